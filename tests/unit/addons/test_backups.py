"""When `up` makes a backup, and what `status` says of the archive."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fakes.backups import backup, info
from fakes.engine import FakeEngine, RecordingReporter

from devenv.addons import AddonContext, backups
from devenv.addons.backups.repository import read_backups
from devenv.engines.protocol import Service, StackIdentity
from devenv.errors import CommandFailedError
from devenv.project.services import Ports

STACK = StackIdentity("shop", Path("/projects/shop"), 1000)
STARTED = datetime.now(UTC) - timedelta(hours=2)
BEFORE, AFTER = (int((STARTED + timedelta(minutes=minutes)).timestamp()) for minutes in (-5, 5))
LONG_BEFORE = int((STARTED - timedelta(days=2)).timestamp())


class Postgres(FakeEngine):
    """An engine whose Postgres, with pgBackRest beside it, was started at `STARTED`."""

    def __init__(self, said: str) -> None:
        super().__init__(answers={"postgres": said})
        self.running["shop"] = {"postgres": Service("postgres", "running", started_at=STARTED)}
        self.failing = ""

    def output(self, stack: StackIdentity, service: str, command: tuple[str, ...]) -> str:  # type: ignore[override]
        if self.failing and self.failing in command:
            raise CommandFailedError("It failed", command, ["unable to write", "No space left on device"])
        return super().output(stack, service, command)

    @property
    def made(self) -> list[str]:
        """The kinds of the backups that were made."""
        commands = [command for _, command in self.executed if command[:2] == ("pgbackrest", "backup")]
        return [command[2].removeprefix("--type=") for command in commands]


def context(engine: FakeEngine) -> AddonContext:
    nowhere = Path("/nowhere")
    return AddonContext(STACK, engine, Ports(), {"retention_days": 14}, RecordingReporter(), nowhere, nowhere)


@pytest.mark.parametrize(
    ("there", "made"),
    [
        ([], ["full"]),
        ([backup("1F", BEFORE)], ["incr"]),
        ([backup("1F", LONG_BEFORE), backup("1F_2I", BEFORE, "incr")], ["full"]),
        ([backup("1F", BEFORE), backup("1F_2I", AFTER, "incr")], []),
    ],
    ids=["none", "before Postgres was started", "the last full one is old", "after it"],
)
def test_a_database_that_was_started_since_the_last_backup_gets_one(
    there: list[dict[str, object]], made: list[str]
) -> None:
    """Where the data of before, or its archive, may end, the new one has a beginning."""
    engine = Postgres(info(*there))
    assert list(backups.after_ready(context(engine))) == []
    assert engine.made == made


def test_without_a_backup_it_is_not_ready_and_says_why() -> None:
    engine = Postgres(info())
    engine.failing = "backup"
    assert list(backups.after_ready(context(engine))) == ["It failed; No space left on device"]


def test_the_archive_is_no_alert_as_long_as_it_takes_what_comes() -> None:
    assert list(backups.alerts(context(Postgres("\n")))) == []


def test_an_archive_that_takes_nothing_is_an_alert_with_what_waits() -> None:
    engine = Postgres("1772366400|00000001000000000000000A|3\n")
    [alert] = backups.alerts(context(engine))
    assert "is not archived: 00000001000000000000000A failed at" in alert
    assert "3 segments of 16 MB wait" in alert


def test_postgres_that_does_not_answer_is_an_alert() -> None:
    engine = Postgres("")
    del engine.answers["postgres"]
    [alert] = backups.alerts(context(engine))
    assert alert.startswith("whether the write-ahead log is archived is not known")


def test_backups_are_read_oldest_first_with_their_sizes() -> None:
    found = read_backups(info(backup("2F", AFTER), backup("1F", BEFORE)))
    assert [each.name for each in found] == ["1F", "2F"]
    assert (found[0].kind, found[0].size, found[0].stored) == ("full", 32_000_000, 4_000_000)
    assert found[0].finished_at == datetime.fromtimestamp(BEFORE, UTC)
