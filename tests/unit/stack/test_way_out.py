"""Hints of a failed `up`: what was tried already is not proposed."""

from __future__ import annotations

import pytest
from fakes.world import make_desired

from devenv.errors import NotReadyError, PortTakenError, ServiceCrashedError
from devenv.stack.ports import DeclaredPorts, helpful_hint

LINE = "stop it, or change `[ports] grpc` in devenv.toml (or devenv.local.toml), which fixes the port"
USUAL = "stop it, choose another port with `[ports] grpc` in devenv.toml, or run `devenv up --any-port`"
MOVE = "stop it, or let the stack move: `devenv down`, which keeps its data, then `devenv up --any-port`"
FIXED = {"ports": {"grpc": 7233}}
ELSEWHERE = {"ports": {"ui": 9000}}


@pytest.mark.parametrize(
    ("settings", "any_port", "was_running", "hint"),
    [
        ({}, False, False, USUAL),
        (ELSEWHERE, False, False, USUAL),
        ({}, True, False, "stop it, or choose another port with `[ports] grpc` in devenv.toml"),
        (FIXED, False, False, f"{LINE}: without that line `devenv up --any-port` takes a free one"),
        (FIXED, True, False, f"{LINE}: without that line devenv takes a free one"),
        ({}, True, True, MOVE),
    ],
)
def test_the_hint_of_a_taken_port_fits(
    settings: dict[str, object], *, any_port: bool, was_running: bool, hint: str
) -> None:
    """`--any-port` helps nobody who gave it, and moves no port that a file fixes and no stack that runs."""
    error = PortTakenError(7233, "grpc", "nginx (pid 12)")
    found = helpful_hint(
        error,
        DeclaredPorts.of(make_desired(settings=settings).settings),
        any_port=any_port,
        keep_on_failure=False,
        was_running=was_running,
    )
    assert found == hint


def test_the_command_that_frees_a_port_comes_first() -> None:
    """Where another stack has it."""
    error = PortTakenError(7233, "grpc", "the stack mill", freed_by="devenv -C /mill down")
    ports = DeclaredPorts.of(make_desired(settings=FIXED).settings)
    found = helpful_hint(error, ports, any_port=False, keep_on_failure=False, was_running=False)
    assert found.startswith("`devenv -C /mill down` frees it, or change `[ports] grpc` in devenv.toml")


def test_who_kept_everything_is_told_where_to_look() -> None:
    """Not to keep it."""
    error = ServiceCrashedError("temporal", 1, [])
    ports = DeclaredPorts.of(make_desired().settings)
    usual = helpful_hint(error, ports, any_port=False, keep_on_failure=False, was_running=False)
    assert "--keep-on-failure" in usual
    kept = helpful_hint(error, ports, any_port=False, keep_on_failure=True, was_running=False)
    assert kept == "everything is still there: read `devenv logs`; `devenv down` takes it away"


@pytest.mark.parametrize(("waited_s", "proposed"), [(30, "5m"), (120, "5m"), (300, "10m"), (610, "21m")])
def test_more_time_is_more_than_there_was(waited_s: float, proposed: str) -> None:
    """Five minutes help nobody who gave ten."""
    assert f"`devenv up --timeout {proposed}`" in NotReadyError(waited_s, []).hint
