"""Declared state on Docker: the same suite as on the embedded engine, with Postgres and OpenSearch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from e2e.stacks import SHOP
from suites.by_hand import ByHandSuite
from suites.declared_state import RICH_TIMES

if TYPE_CHECKING:
    from e2e.command_line import Cli
    from e2e.stacks import Yard

pytestmark = pytest.mark.stack

# How the example differs from the suite's seeds, on the engine where an attribute belongs to one namespace.
OF_SHOP = [
    "+ search attribute pnats-staging.CustomerId Keyword",
    '+ search attribute pnats-staging.Order "x.y" @ Home Keyword',
    '~ Nexus endpoint orders: description "Place and cancel orders from other namespaces" → "Place orders"',
    "~ schedule orders.nightly-report: times 0 2 * * * → 0 2 * * 1-5 # reports",
    "~ schedule orders.nightly-report: timezone UTC → Europe/Paris",
    '~ schedule orders.nightly-report: input [] → [{"limits": [1, 2.5, null], "region": "eu"}, "text", null]',
    '~ schedule orders.nightly-report: note none → "Reports of the day"',
    "+ schedule orders.often (times @every 6h/10m)",
    "+ schedule pnats.office-hours (times */15 9-17 * * 1-5)",
    f"+ schedule orders.says everything/1 (times {RICH_TIMES})",
]


@pytest.fixture(scope="class")
def project(module_yard: Yard) -> Cli:
    """Return a project that declares nothing and is up."""
    stack = module_yard.project("declared")
    stack.up()
    return stack.cli


class TestDeclaredStateOnDocker(ByHandSuite):
    """The suite, where search attributes belong to the whole cluster."""

    def test_another_stack_differs_in_exactly_what_it_is_not(self, clean: Cli, other: Cli) -> None:
        """Be it on the other engine: it is asked by its address, and not touched."""
        before = other.answer("plan")["changes"]
        result = clean.run("plan", "--address", other.grpc)
        assert (result.exit, result.out.splitlines()) == (0, OF_SHOP), result
        assert other.answer("plan")["changes"] == before == []

    @pytest.fixture
    def other(self, yard: Yard) -> Cli:
        """Return the example project, up on the embedded engine."""
        other = yard.copy_of(SHOP, "shop").cli
        other.answer("up", "--engine", "embedded", "--any-port")
        return other
