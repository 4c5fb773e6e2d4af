"""The repository of pgBackRest: which base backups it has, and which one a moment is recovered from."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from devenv.errors import CommandFailedError, RestoreTargetError
from devenv.files.moments import parse_moment, shown_moment
from devenv.project.builtin import addons_dir

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from devenv.engines.protocol import Engine, StackIdentity

POSTGRES = "postgres"
INFO = ("pgbackrest", "info", "--output=json")
# A stanza is what pgBackRest keeps of one database; another in its place is the snapshot of another stack.
ADOPT = ("sh", "-c", "pgbackrest stanza-create || pgbackrest stanza-upgrade")
VOLUME = {"PGBACKREST_REPO1_PATH": "/devenv/backups"}
# As compose.s3.yaml has it.
S3 = {
    "PGBACKREST_REPO1_TYPE": "s3",
    "PGBACKREST_REPO1_PATH": "/",
    "PGBACKREST_REPO1_S3_BUCKET": "temporal-backups",
    "PGBACKREST_REPO1_S3_ENDPOINT": "backup-gateway",
    "PGBACKREST_REPO1_S3_REGION": "us-east-1",
    "PGBACKREST_REPO1_S3_URI_STYLE": "path",
    "PGBACKREST_REPO1_S3_KEY": "devenv",
    "PGBACKREST_REPO1_STORAGE_PORT": "7443",
    "PGBACKREST_REPO1_STORAGE_VERIFY_TLS": "n",
    "PGBACKREST_IO_TIMEOUT": "10",
}
S3_SECRET = "PGBACKREST_REPO1_S3_KEY_SECRET"  # noqa: S105  the name of a variable
SQL = ("psql", "-h", "127.0.0.1", "-U", "temporal", "-d", "postgres", "-At", "-c")
# A code of pgBackRest, of a repository that it lists as if it were empty.
UNREADABLE = 99
KINDS = {"full": "full", "incr": "incremental", "diff": "incremental"}


@dataclass(frozen=True)
class Backup:
    """A base backup; in bytes the `size` of the database, and what is `stored` of it in the repository."""

    name: str
    kind: str
    started_at: datetime
    finished_at: datetime
    size: int
    stored: int

    @property
    def recovers_from(self) -> datetime:
        """The first moment that can be recovered with it; pgBackRest counts whole seconds."""
        return self.finished_at + timedelta(seconds=1)


@dataclass(frozen=True)
class RecoveryPlan:
    """What is restored: the base `backup`, and the log up to `until`; None is the end of the backup."""

    backup: Backup
    until: datetime | None = None

    @property
    def title(self) -> str:
        """What people call it."""
        return f"the backup {self.backup.name}" if self.until is None else shown_moment(self.until)


def plan_recovery(target: str, backups: Sequence[Backup], now: datetime) -> RecoveryPlan:
    """Return what recovers `target`, the name of a backup or a moment before `now`.

    A moment is recovered from the last backup before it, along the history that this one is on: also what
    a restore has abandoned since can be had.

    Raises:
        RestoreTargetError: It is neither, or nothing recovers it.
    """
    named = next((each for each in backups if each.name == target), None)
    if named is not None:
        return RecoveryPlan(named)
    if not backups:
        raise RestoreTargetError("There is no backup that could be restored", "make one: `devenv backup now`")
    try:
        until = parse_moment(target)
    except ValueError as error:
        raise RestoreTargetError(
            f'--to: "{target}" is no backup, and {error}',
            "write a moment as 2026-03-01T18:30:05, with `Z` or +01:00 for another time zone than the "
            "machine's, or a name of `devenv backup list`",
        ) from None
    if until > now:
        raise RestoreTargetError(
            f"--to: {shown_moment(until)} has not come yet", f"it is {shown_moment(now)} now"
        )
    before = [each for each in backups if each.recovers_from <= until]
    if not before:
        earliest = shown_moment(backups[0].recovers_from)
        raise RestoreTargetError(
            f"--to: {shown_moment(until)} is before the first backup",
            f"the earliest moment that can be restored is {earliest}",
        )
    return RecoveryPlan(before[-1], until)


def backups_of(engine: Engine, stack: StackIdentity) -> list[Backup]:
    """Return the backups of `stack`, whose Postgres runs, the newest last.

    Raises:
        NotRunningError: It does not.
        CommandFailedError: The repository cannot be read.
    """
    return read_backups(engine.output(stack, POSTGRES, INFO))


@dataclass(frozen=True)
class Repository:
    """Where the backups of `stack` are for a container of its own: in the volume, or with a `secret` in S3.

    `image` is the one with pgBackRest.
    """

    engine: Engine
    stack: StackIdentity
    image: str
    secret: str = ""

    def backups(self) -> list[Backup]:
        """Return the same as `backups_of`, whether or not Postgres runs.

        Raises:
            CommandFailedError: They cannot be read.
        """
        return read_backups(self._run(f"gosu {POSTGRES} {' '.join(INFO)}", {}))

    def recover(self, plan: RecoveryPlan) -> None:
        """Recover what `plan` says beside the data of the stack, which may run.

        Raises:
            CommandFailedError: It cannot be had; the details say how far the log goes.
        """
        until = plan.until.astimezone(UTC).isoformat(sep=" ") if plan.until else ""
        script = (addons_dir() / "backups" / "recover.sh").read_text()
        self._run(script, {"BACKUP": plan.backup.name, "UNTIL": until})

    def _run(self, script: str, environment: Mapping[str, str]) -> str:
        where = {**S3, S3_SECRET: self.secret} if self.secret else VOLUME
        return self.engine.run_beside(
            self.stack, self.image, script, {**where, **environment}, is_connected=bool(self.secret)
        )


def end_segment(engine: Engine, stack: StackIdentity) -> None:
    """Have Postgres write something, and begin a segment of its log, so that the last one has an end.

    Up to a moment after which nothing was written, Postgres would not know that it has recovered all.

    Raises:
        NotRunningError: Postgres does not run.
        CommandFailedError: It does not take it.
    """
    engine.output(stack, POSTGRES, (*SQL, "SELECT txid_current()"))
    engine.output(stack, POSTGRES, (*SQL, "SELECT pg_switch_wal()"))


def read_backups(info: str) -> list[Backup]:
    """Return the backups that pgBackRest's own description of the repository names, the newest last.

    Raises:
        CommandFailedError: The description says that the repository cannot be read.
    """
    stanzas: list[dict[str, Any]] = json.loads(info)
    states = [repository["status"] for stanza in stanzas for repository in stanza.get("repo", [])]
    if unreadable := [state["message"] for state in states if state["code"] == UNREADABLE]:
        raise CommandFailedError(
            "The backups cannot be read", [], unreadable, hint="see what `devenv status` says of the archive"
        )
    found = [each for stanza in stanzas for each in stanza.get("backup", [])]
    return sorted(map(_to_backup, found), key=lambda each: each.finished_at)


def make_backup(engine: Engine, stack: StackIdentity, *, is_full: bool) -> None:
    """Make a backup of a Postgres that runs, and delete those that are older than the retention.

    Raises:
        NotRunningError: It does not run.
        CommandFailedError: There is none; what there was is as it was.
    """
    engine.output(stack, POSTGRES, ADOPT)
    engine.output(stack, POSTGRES, ("pgbackrest", "backup", f"--type={'full' if is_full else 'incr'}"))


def _to_backup(found: Mapping[str, Any]) -> Backup:
    info, times = found["info"], found["timestamp"]
    return Backup(
        name=found["label"],
        kind=KINDS[found["type"]],
        started_at=datetime.fromtimestamp(times["start"], UTC),
        finished_at=datetime.fromtimestamp(times["stop"], UTC),
        size=info["size"],
        stored=info["repository"]["delta"],
    )
