"""Engines on the command line: one that a record names and this devenv does not have."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from fakes.world import make_record

if TYPE_CHECKING:
    from cli.conftest import CommandLine

COMMANDS = [
    ("up",),
    ("up", "--engine", "embedded"),
    ("status",),
    ("env",),
    ("logs",),
    ("plan",),
    ("apply",),
    ("stop",),
    ("start",),
    ("down",),
    ("down", "--volumes", "--yes"),
]


@pytest.fixture
def elsewhere(devenv: CommandLine) -> CommandLine:
    """Return a project whose stack is on an engine that a newer devenv has."""
    record = make_record(devenv.stack, project=devenv.project)
    devenv.world.store.save(record.model_copy(update={"engine": "podman"}))
    return devenv


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_stack_on_an_unknown_engine_is_told_as_that(
    elsewhere: CommandLine, command: tuple[str, ...]
) -> None:
    """Nothing is launched, removed or called damaged."""
    name, *others = command
    error = elsewhere(name, "-o", "json", *others).error
    assert (error["code"], error["exit_code"]) == ("unknown-engine", 4)
    assert 'the engine "podman"' in error["message"]
    assert "compose, embedded" in error["message"]
    assert (elsewhere.world.compose.calls, elsewhere.world.embedded.calls) == ([], [])
    record = elsewhere.world.store.load(elsewhere.stack)
    assert record is not None
    assert record.engine == "podman"


def test_a_stack_on_an_unknown_engine_is_listed(elsewhere: CommandLine) -> None:
    """It hides no other."""
    elsewhere.world.store.save(make_record("bank", "embedded"))
    stacks = elsewhere("ls", "-o", "json").document["stacks"]
    found = [(each["name"], each["engine"], each["state"]) for each in stacks]
    assert found == [("bank", "embedded", "absent"), (elsewhere.stack, "podman", "unknown")]
