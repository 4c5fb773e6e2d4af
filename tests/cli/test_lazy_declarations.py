"""A command reads what it needs of the project, and a mistake in the rest does not stop it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from cli.conftest import CommandLine

TYPO = "limit.maxIDLenght:\n- value: 5\n  constraint: {}\n"

NEED_NO_CONFIG = [
    ["namespace", "list"],
    ["namespace", "describe", "default"],
    ["namespace", "create", "mine"],
    ["namespace", "delete", "by-hand", "--yes"],
    ["plan", "--address", "other.example:7233"],
    ["import", "--dry-run"],
    ["import", "--address", "other.example:7233", "--dry-run"],
    ["env"],
    ["open"],
]
NEED_ALL = [
    ["up"],
    ["start"],
    ["restart"],
    ["status"],
    ["apply"],
    ["config", "apply"],
    ["config", "show"],
    ["plan"],
    ["run", "--", "true"],
]


@pytest.fixture
def mistyped(running: CommandLine) -> CommandLine:
    """Return a command line whose stack is up and whose dynamic config has got a mistake since."""
    assert running("namespace", "create", "by-hand").code == 0
    running.write("dynamicconfig/limits.yaml", TYPO)
    running.world.compose.calls.clear()
    running.world.gateway.calls.clear()
    return running


@pytest.mark.parametrize("arguments", NEED_NO_CONFIG, ids=" ".join)
def test_a_mistake_in_dynamic_config_does_not_stop_what_has_no_use_for_it(
    mistyped: CommandLine, arguments: list[str]
) -> None:
    """The seeds are all that these compare with."""
    assert mistyped("-o", "json", *arguments).code == 0


@pytest.mark.parametrize("arguments", NEED_ALL, ids=" ".join)
def test_what_brings_the_stack_to_its_declaration_reads_all_of_it_first(
    mistyped: CommandLine, arguments: list[str]
) -> None:
    """The mistake is told with its place, and nothing was touched."""
    result = mistyped(*arguments)
    assert result.code in {3, 125}
    assert "dynamicconfig/limits.yaml:" in result.err
    assert mistyped.world.compose.calls == []
    assert mistyped.world.gateway.calls == []
