"""`devenv backup`: backups of the database of a stack with the add-on `backups`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from fakes.backups import have_backups, info

from devenv.errors import CommandFailedError

if TYPE_CHECKING:
    from cli.conftest import CommandLine


@pytest.fixture
def backed_up(running: CommandLine) -> CommandLine:
    """Return a project whose stack is up and has two backups."""
    have_backups(running.world, running.stack)
    return running


def test_backups_are_listed_with_the_earliest_moment(backed_up: CommandLine) -> None:
    """Moments are those of the machine's clock for people, and of UTC for programs."""
    document = backed_up("backup", "list", "-o", "json").document
    assert document["earliest"] == "2026-03-01T12:00:00+00:00"
    assert [each["kind"] for each in document["backups"]] == ["full", "incremental"]
    text = backed_up("backup", "list").out.splitlines()
    assert text[1].split()[:2] == ["20260301-120000F", "full"]
    assert text[1].split()[-4:] == ["32.0", "MB", "4.0", "MB"]


def test_without_a_backup_it_says_how_one_is_made(backed_up: CommandLine) -> None:
    have_backups(backed_up.world, backed_up.stack, info())
    assert backed_up("backup", "list").out == "No backups. `devenv backup now` makes one.\n"
    assert backed_up("backup", "list", "-o", "json").document["earliest"] is None


def test_a_backup_is_made_now(backed_up: CommandLine) -> None:
    """A full one; the answer is the newest in the repository."""
    result = backed_up("backup", "now")
    assert "The backup 20260301-120000F_20260301-130000I is made: 32.0 MB, which take 4.0 MB." in result.out
    assert ("postgres", ("pgbackrest", "backup", "--type=full")) in backed_up.world.compose.executed


def test_a_repository_that_takes_none_is_told_with_its_reason(backed_up: CommandLine) -> None:
    """Nothing is lost by it, and it can be tried again."""
    reason = "unable to write: No space left on device"
    backed_up.world.compose.output_failure = CommandFailedError("pgbackrest failed", [], [reason])
    error = backed_up("backup", "now", "-o", "json").error
    assert (error["code"], error["exit_code"]) == ("backup-failed", 1)
    assert error["details"] == [reason]


@pytest.mark.parametrize("command", ["now", "list"])
def test_without_the_add_on_it_says_what_switches_it_on(running: CommandLine, command: str) -> None:
    error = running("backup", command, "-o", "json").error
    assert (error["code"], error["hint"]) == (
        "backups-off",
        "run `devenv up --with backups`; it makes the first one",
    )


def test_the_embedded_engine_has_none(devenv: CommandLine) -> None:
    """It says so, with what has them."""
    devenv("up", "--engine", "embedded")
    have_backups(devenv.world, devenv.stack)
    record = devenv.world.store.load(devenv.stack)
    assert record is not None
    left_out = record.addons[0].model_copy(update={"lacks": "the add-on backups, which needs Docker"})
    devenv.world.store.save(record.model_copy(update={"addons": (left_out,)}))
    error = devenv("backup", "list", "-o", "json").error
    assert error["message"].endswith("the embedded engine leaves out the add-on backups, which needs Docker")
