"""`devenv backup` and `devenv restore`: the database of a stack with the add-on `backups`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from fakes.backups import info, ship_backups

from devenv.errors import CommandFailedError

if TYPE_CHECKING:
    from cli.conftest import CommandLine

MOMENT = "2026-03-01T12:30:00Z"


@pytest.fixture
def backed_up(devenv: CommandLine) -> CommandLine:
    """Return a project whose stack is up and has two backups."""
    devenv.write("devenv.toml", "[addons]\nbackups = true\n")
    ship_backups(devenv.world)
    assert devenv("up").code == 0
    devenv.world.compose.calls.clear()
    return devenv


def test_backups_are_listed_with_the_earliest_moment(backed_up: CommandLine) -> None:
    """Moments are those of the machine's clock for people, and of UTC for programs."""
    document = backed_up("backup", "list", "-o", "json").document
    assert document["earliest"] == "2026-03-01T12:00:01+00:00"
    assert [each["kind"] for each in document["backups"]] == ["full", "incremental"]
    text = backed_up("backup", "list").out.splitlines()
    assert text[1].split()[:2] == ["20260301-120000F", "full"]
    assert text[1].split()[-4:] == ["32.0", "MB", "4.0", "MB"]


def test_without_a_backup_it_says_how_one_is_made(backed_up: CommandLine) -> None:
    backed_up.world.compose.answers["postgres pgbackrest"] = info()
    assert backed_up("backup", "list").out == "No backups. `devenv backup now` makes one.\n"
    assert backed_up("backup", "list", "-o", "json").document["earliest"] is None
    error = backed_up("restore", "--to", MOMENT, "--yes", "-o", "json").error
    assert (error["code"], error["hint"]) == ("restore-target-invalid", "make one: `devenv backup now`")


def test_backups_of_a_stack_that_is_down_are_read_beside_it(backed_up: CommandLine) -> None:
    backed_up("down")
    assert len(backed_up("backup", "list", "-o", "json").document["backups"]) == 2
    assert backed_up.world.compose.beside[0][1] == {"PGBACKREST_REPO1_PATH": "/devenv/backups"}
    assert backed_up("backup", "now", "-o", "json").error["code"] == "not-running"


def test_backups_in_the_object_store_need_a_stack_that_runs(backed_up: CommandLine) -> None:
    """The store is a service of it."""
    record = backed_up.world.store.load(backed_up.stack)
    assert record is not None
    addon = record.addons[0].model_copy(update={"settings": {"s3": True}})
    backed_up.world.store.save(record.model_copy(update={"addons": (addon,)}))
    backed_up("down")
    error = backed_up("backup", "list", "-o", "json").error
    assert (error["code"], error["hint"]) == (
        "not-running",
        "run `devenv up`: its backups are in its object store",
    )


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


@pytest.mark.parametrize("arguments", [("backup", "now"), ("backup", "list"), ("restore", "--to", MOMENT)])
def test_without_the_add_on_it_says_what_switches_it_on(
    running: CommandLine, arguments: tuple[str, ...]
) -> None:
    error = running(*arguments, "-o", "json").error
    assert (error["code"], error["hint"]) == (
        "backups-off",
        "run `devenv up --with backups`; it makes the first one",
    )


def test_the_embedded_engine_has_none(devenv: CommandLine) -> None:
    """It says so, with what has them."""
    ship_backups(devenv.world)
    devenv.write("devenv.toml", "[addons]\nbackups = true\n")
    devenv("up", "--engine", "embedded")
    error = devenv("backup", "list", "-o", "json").error
    expected = "the embedded engine leaves out the add-on backups, which needs `devenv up --engine compose`"
    assert error["message"].endswith(expected)


def test_a_restore_recovers_beside_and_then_replaces(backed_up: CommandLine) -> None:
    """From the last backup before that moment; the snapshot of what was before is named."""
    result = backed_up("restore", "--to", MOMENT, "--yes", "-o", "json")
    document = result.document
    assert (document["state"], document["backup"]) == ("ready", "20260301-120000F")
    assert document["restored_to"] == "2026-03-01T12:30:00+00:00"
    assert document["snapshot"].startswith(backed_up.stack)
    assert backed_up.world.compose.calls == ["save", "run beside", "remove", "adopt", "launch"]
    [(image, environment)] = backed_up.world.compose.beside
    assert image.startswith("temporal-devenv/pgbackrest:")
    assert environment["BACKUP"] == "20260301-120000F"
    assert environment["UNTIL"] == "2026-03-01 12:30:00+00:00"
    asked = [command[-1] for _, command in backed_up.world.compose.executed]
    assert "SELECT pg_switch_wal()" in asked


def test_a_backup_is_restored_by_its_name(backed_up: CommandLine) -> None:
    """Text says how to go back."""
    name = "20260301-120000F_20260301-130000I"
    result = backed_up("restore", "--to", name, "--yes")
    assert f"has the database of the backup {name}, and is ready." in result.out
    assert f"devenv snapshot restore {backed_up.stack}-" in result.out
    assert backed_up.world.compose.beside[0][1]["UNTIL"] == ""


def test_a_stack_that_is_down_is_restored_and_stays_down(backed_up: CommandLine) -> None:
    backed_up("down")
    backed_up.world.compose.calls.clear()
    result = backed_up("restore", "--to", MOMENT, "--yes", "--no-snapshot")
    assert "`devenv up` brings it up." in result.out
    # The first run is the list of backups.
    assert backed_up.world.compose.calls == ["run beside", "run beside", "adopt"]


def test_what_cannot_be_recovered_leaves_all_as_it_is(backed_up: CommandLine) -> None:
    """The stack runs on; what Postgres says of the end of its log is told."""
    said = ["FATAL:  recovery ended before configured recovery target was reached"]
    backed_up.world.compose.copy_failure = CommandFailedError("A script failed", [], said)
    error = backed_up("restore", "--to", MOMENT, "--yes", "--no-snapshot", "-o", "json").error
    assert error["code"] == "recovery-failed"
    assert error["details"][0] == said[0]
    assert backed_up.world.compose.calls == ["run beside", "settle"]
    assert backed_up("status", "-o", "json").document["state"] == "ready"


@pytest.mark.parametrize(
    ("target", "message", "hint"),
    [
        ("tomorrow", '"tomorrow" is no backup, and no moment of ISO 8601', "write a moment as"),
        ("2026-03-01", "a date without a time of day", "write a moment as"),
        ("2199-01-01T00:00:00Z", "has not come yet", "now"),
        ("2026-03-01T12:00:00Z", "is before the first backup", "2026-03-01T12:00:01"),
        ("20260301-120001F", "is no backup", "a name of `devenv backup list`"),
    ],
)
def test_a_target_that_there_is_not_is_refused(
    backed_up: CommandLine, target: str, message: str, hint: str
) -> None:
    """With what there is; nothing is touched."""
    error = backed_up("restore", "--to", target, "--yes", "-o", "json").error
    assert (error["code"], error["exit_code"]) == ("restore-target-invalid", 3)
    assert message in error["message"]
    assert hint in error["hint"]
    assert backed_up.world.compose.calls == []


def test_a_deletion_of_the_stack_names_its_backups(backed_up: CommandLine) -> None:
    """They are lost with it."""
    error = backed_up("down", "--volumes", "-o", "json").error
    assert error["code"] == "confirmation-needed"
    assert error["details"] == ["with it all backups; the snapshot that is saved before has the data alone"]


def test_switched_off_it_says_what_is_no_more(backed_up: CommandLine) -> None:
    assert "no moment from now on can be restored" in backed_up("up", "--without", "backups").err


def test_a_restore_needs_a_confirmation(backed_up: CommandLine) -> None:
    """Nobody is asked where nobody can answer."""
    error = backed_up("restore", "--to", MOMENT, "-o", "json").error
    assert (error["code"], error["exit_code"]) == ("confirmation-needed", 9)
    assert backed_up.world.compose.calls == []
