"""Declared state on Docker: the same suite as on the embedded engine, for each visibility store."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from e2e.polling import eventually
from e2e.stacks import SHOP
from e2e.workflows import found_by, start_workflow, terminate
from suites.by_hand import ByHandSuite, ColumnsSuite
from suites.declarations import PLANNED, RICH_TIMES, SEEDS
from suites.declared_state import planned, temporal, write_seeds
from temporalio.common import SearchAttributeKey, SearchAttributePair, TypedSearchAttributes

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
    *(line for line in PLANNED if line.startswith("~ task queue ")),
]


IN_POSTGRES = 'visibility = "postgres"\n'
BY_CUSTOMER = "CustomerId = 'c1'"
SCHEDULED = "TemporalNamespaceDivision = 'TemporalScheduler' AND CustomerId = 'c8'"


@pytest.fixture(scope="class")
def project(request: pytest.FixtureRequest, module_yard: Yard) -> Cli:
    """Return a project that declares nothing and is up, with the settings of the class."""
    stack = module_yard.project(request.cls.__name__.lower(), {"devenv.toml": request.cls.settings})
    stack.up()
    return stack.cli


class TestDeclaredStateOnDocker(ByHandSuite):
    """The suite, where search attributes belong to the whole cluster."""

    settings = ""

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


class TestDeclaredStateInPostgres(ColumnsSuite):
    """The suite, where search attributes have columns in each namespace, and nothing runs OpenSearch."""

    settings = IN_POSTGRES
    way_out = 'visibility = "opensearch"'

    def test_each_store_keeps_what_it_has_listed(self, clean: Cli) -> None:
        """There and back: each is found where it was listed, and where it ends."""
        services = {each["name"] for each in clean.answer("status")["services"]}
        assert services == {"postgres", "temporal", "ui"}
        first = _start_for_customer(clean)

        told = _change_visibility(clean, "")
        assert "what was listed stays in the database temporal_visibility" in told
        assert found_by(clean.grpc, "orders", BY_CUSTOMER) == []
        temporal(clean, f"workflow describe -n orders -w {first}")
        second = _start_for_customer(clean)

        told = _change_visibility(clean, IN_POSTGRES)
        assert "what was listed stays in the volume opensearch-data" in told
        assert found_by(clean.grpc, "orders", BY_CUSTOMER) == [first]
        terminate(clean.grpc, "orders", second)
        assert eventually(lambda: found_by(clean.grpc, "orders", f"WorkflowId = '{second}'")) == [second]

    def test_schedules_go_on_with_their_attributes_in_each_store(self, clean: Cli) -> None:
        """Updated in each, with and without other attributes: a replay must come to the same as before."""
        other_note = SEEDS.replace("note: A note", "note: Other")
        other_customer = SEEDS.replace("CustomerId: c8", "CustomerId: c9")
        for settings in ("", IN_POSTGRES):
            for text in (other_note, other_customer, SEEDS):
                write_seeds(clean, "all.yaml", text)
                assert clean.run("apply").exit == 0
            _change_visibility(clean, settings)
            # A run that ended in the other store may still be listed, until the server has deleted it.
            found = found_by(clean.grpc, "orders", SCHEDULED)
            assert set(found) == {"temporal-sys-scheduler:says everything/1"}
            temporal(clean, "schedule toggle -n orders -s 'says everything/1' --unpause --reason x")
            lines = eventually(lambda: len(found := planned(clean)) == 2 and found)
            assert (lines or [""])[0] == "~ schedule orders.says everything/1: paused false → true"
            assert clean.run("apply").exit == 0


def _start_for_customer(project: Cli) -> str:
    """Start a workflow with a search attribute, and return its id when it is found by that."""
    attributes = TypedSearchAttributes(
        [SearchAttributePair(SearchAttributeKey.for_keyword("CustomerId"), "c1")]
    )
    started = start_workflow(project.grpc, "orders", attributes=attributes)
    assert eventually(lambda: found_by(project.grpc, "orders", BY_CUSTOMER)) == [started]
    return started


def _change_visibility(project: Cli, settings: str) -> str:
    """Bring the stack up with other settings, when `plan` has told; return what `up` told."""
    (project.project / "devenv.toml").write_text(settings, encoding="utf-8")
    [change] = [each for each in project.answer("plan")["changes"] if each["kind"] == "visibility"]
    result = project.run("up", "--any-port")
    assert result.exit == 0, result
    assert change["reason"] in result.err
    return result.err
