"""What `status` says to do, in one line."""

from __future__ import annotations

from datetime import timedelta

import pytest

from devenv.cli.output.advice import advice
from devenv.engines.protocol import Service
from devenv.seeds.changes import Change
from devenv.seeds.kinds.namespace import NAMESPACES
from devenv.seeds.seed_model import Key
from devenv.stack.data_versions import VersionChange
from devenv.stack.report import StackReport, StackState
from devenv.temporal.protocol import Action

HEALTHY = Service("temporal", "running", "healthy")
PROVE = "`devenv up` finds out what does not work; the server's own words: `devenv logs --tail 50 temporal`"
DRIFT = [
    Change(
        Action.UPDATE,
        NAMESPACES,
        Key(None, "orders"),
        "retention",
        timedelta(days=1),
        timedelta(days=2),
        "retention differs",
    )
]


def version(*, is_refused: bool) -> VersionChange:
    return VersionChange("temporal", "1.31.2", "1.32.2", "its schema is newer", is_refused)


def test_a_version_that_is_refused_has_a_hint_of_its_own() -> None:
    """`up` would not help."""
    assert advice(StackReport("shop", StackState.STOPPED, versions=[version(is_refused=True)])) is None
    report = StackReport("shop", StackState.READY, services=[HEALTHY], versions=[version(is_refused=False)])
    assert advice(report) == "`devenv up` brings it to the declared version"


def test_a_stack_that_is_ready_and_as_declared_needs_nothing() -> None:
    assert advice(StackReport("shop", StackState.READY, services=[HEALTHY])) is None


@pytest.mark.parametrize(
    ("report", "hint"),
    [
        (StackReport("shop", StackState.ABSENT), "run `devenv up`"),
        (
            StackReport("shop", StackState.STOPPED),
            "run `devenv start`, which keeps everything as it was, or `devenv up`",
        ),
        (
            StackReport("shop", StackState.STARTING),
            "it is coming up: `devenv up` waits until it is ready",
        ),
        (StackReport("shop", StackState.READY, drift=DRIFT), "`devenv apply` makes it as declared"),
        (
            StackReport("shop", StackState.DEGRADED, services=[HEALTHY], drift=DRIFT),
            "`devenv apply` makes what is missing",
        ),
        (
            StackReport("shop", StackState.DEGRADED, services=[HEALTHY]),
            PROVE,
        ),
        (
            StackReport(
                "shop",
                StackState.DEGRADED,
                services=[Service("postgres", "exited", exit_code=137), HEALTHY, Service("ui", "paused")],
                drift=DRIFT,
            ),
            "`devenv up` brings back what is not up; why it is not: `devenv logs --tail 50 postgres ui`",
        ),
    ],
)
def test_every_other_state_has_a_way_out(report: StackReport, hint: str) -> None:
    """One line, with the command to run."""
    assert advice(report) == hint
