"""When `up` makes a backup, and what `status` says of the archive."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml
from fakes.backups import backup, info
from fakes.engine import FakeEngine, RecordingReporter

from devenv.addons import AddonContext, backups
from devenv.addons.backups.repository import Repository, read_backups
from devenv.engines.protocol import Service, StackIdentity
from devenv.errors import CommandFailedError, SettingsInvalidError
from devenv.project.builtin import builtin_dir
from devenv.project.services import Ports

if TYPE_CHECKING:
    from collections.abc import Sequence

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

    def output(self, stack: StackIdentity, service: str, command: Sequence[str]) -> str:
        if self.failing and self.failing in command:
            raise CommandFailedError("It failed", command, ["unable to write", "No space left on device"])
        return super().output(stack, service, command)

    @property
    def made(self) -> list[str]:
        """The kinds of the backups that were made."""
        commands = [command for _, command in self.executed if command[:2] == ("pgbackrest", "backup")]
        return [command[2].removeprefix("--type=") for command in commands]


def context(engine: FakeEngine, ports: Ports | None = None, **settings: bool) -> AddonContext:
    nowhere = Path("/nowhere")
    chosen = {"retention_days": 14, "s3": False, **settings}
    return AddonContext(STACK, engine, ports or Ports(), chosen, RecordingReporter(), nowhere, nowhere)


def test_backups_go_only_into_an_object_store_that_is_on() -> None:
    """Known by its port, before anything is launched."""
    engine = Postgres(info())
    backups.check(context(engine))
    backups.check(context(engine, Ports.of(s3=7070), s3=True))
    with pytest.raises(SettingsInvalidError, match="needs the add-on object-store, which is off"):
        backups.check(context(engine, s3=True))


def test_what_runs_beside_is_told_where_the_backups_are() -> None:
    """In the volume, without a network; or in the object store of the stack, as its Compose file has it."""
    engine = Postgres("")
    engine.answers["beside"] = info(backup("1F", BEFORE))
    for secret in ("", "of-the-store"):
        assert [each.name for each in Repository(engine, STACK, "image", secret).backups()] == ["1F"]
    (_, volume), (_, store) = engine.beside
    assert volume == {"PGBACKREST_REPO1_PATH": "/devenv/backups"}
    file = yaml.safe_load((builtin_dir("compose") / "addons/backups/compose.s3.yaml").read_text())
    declared = file["services"]["postgres"]["environment"]
    differing = {"PGBACKREST_REPO1_S3_KEY_SECRET", "PGBACKREST_REPO1_BUNDLE"}
    assert {name: text for name, text in declared.items() if name not in differing} == {
        name: text for name, text in store.items() if name not in differing
    }
    assert store["PGBACKREST_REPO1_S3_KEY_SECRET"] == "of-the-store"


@pytest.mark.parametrize(
    ("there", "made"),
    [
        ([], ["full"]),
        ([backup("1F", BEFORE)], ["incr"]),
        ([backup("1F", LONG_BEFORE), backup("1F_2I", BEFORE, "incr")], ["full"]),
        ([backup("1F", BEFORE), backup("1F_2I", AFTER, "incr")], []),
        ([backup("1F", LONG_BEFORE), backup("1F_2I", AFTER, "incr")], ["full"]),
    ],
    ids=["none", "before Postgres was started", "the last full one is old", "after it", "it runs for days"],
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


def test_a_repository_that_cannot_be_read_is_not_an_empty_one() -> None:
    """pgBackRest lists both without backups, and does not fail."""
    state = {"code": 99, "message": "[PathOpenError] unable to list file info: [13] Permission denied"}
    said = json.dumps([{"name": "temporal", "backup": [], "repo": [{"key": 1, "status": state}]}])
    with pytest.raises(CommandFailedError, match="cannot be read") as raised:
        read_backups(said)
    assert raised.value.details == (state["message"],)


def test_backups_are_read_oldest_first_with_their_sizes() -> None:
    found = read_backups(info(backup("2F", AFTER), backup("1F", BEFORE)))
    assert [each.name for each in found] == ["1F", "2F"]
    assert (found[0].kind, found[0].size, found[0].stored) == ("full", 32_000_000, 4_000_000)
    assert found[0].finished_at == datetime.fromtimestamp(BEFORE, UTC)
