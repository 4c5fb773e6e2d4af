"""Declared state on Docker: the same suite as on the embedded engine, with Postgres and OpenSearch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from declared_state import DeclaredStateSuite

if TYPE_CHECKING:
    from e2e.command_line import Cli
    from e2e.stacks import Yard

pytestmark = pytest.mark.stack


@pytest.fixture(scope="class")
def project(module_yard: Yard) -> Cli:
    """Return a project that declares nothing and is up."""
    stack = module_yard.project("declared")
    stack.up()
    return stack.cli


class TestDeclaredStateOnDocker(DeclaredStateSuite):
    """The suite, where search attributes belong to the whole cluster."""
