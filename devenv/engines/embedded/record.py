"""Where the embedded engine keeps what it knows of a stack, and which servers run on the stack's database.

A record can be lost or damaged while the server runs; a second server on one database would damage that. So
where the record names no running server, the system is asked for processes that have the database.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated

from pydantic import AwareDatetime

from devenv.engines.embedded.database import made_by
from devenv.engines.embedded.server import ADDRESS_OPTION, METRICS_OPTION, PORT_OPTIONS, VERB
from devenv.engines.host import processes
from devenv.engines.host.processes import ProcessIdentity
from devenv.files.atomic import write_atomically
from devenv.files.strict import LAX, StrictModel
from devenv.project.services import LOOPBACK, Ports
from devenv.project.state import RecordedPorts

if TYPE_CHECKING:
    from pathlib import Path

    from devenv.engines.host.processes import Program


@dataclass(frozen=True)
class StackFiles:
    """The files of one stack on the embedded engine; all are the user's own (0600)."""

    directory: Path

    @property
    def record(self) -> Path:
        """What runs or ran last, as `ServerRecord` writes it."""
        return self.directory / "embedded.json"

    @property
    def database(self) -> Path:
        """The server's SQLite database."""
        return self.directory / "embedded.db"

    @property
    def database_version(self) -> Path:
        """The version of the CLI that made the database."""
        return self.directory / "embedded.db.version"

    @property
    def restored(self) -> Path:
        """A copy that is to become the database."""
        return self.directory / "embedded.db.restored"

    @property
    def restored_version(self) -> Path:
        """The version of the CLI that made the copy; with this file the copy is complete."""
        return self.directory / "embedded.db.restored.version"

    @property
    def log(self) -> Path:
        """What the server prints, of all launches since the last `remove`."""
        return self.directory / "logs" / "temporal.log"

    def prepare(self) -> None:
        """Make the directories, private ones."""
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.log.parent.mkdir(mode=0o700, exist_ok=True)

    def remove_traces(self) -> None:
        """Delete everything but the database."""
        self.record.unlink(missing_ok=True)
        self.log.unlink(missing_ok=True)

    def remove_database(self) -> None:
        """Delete the database with what SQLite keeps beside it."""
        for path in self.directory.glob(f"{self.database.name}*"):
            path.unlink(missing_ok=True)


class ServerRecord(StrictModel):
    """One launch of the development server, running or ended.

    `arguments` are the ones its declaration decides, `log_offset` is where its output begins in the log, and
    `exit_code` is None while it runs and where nobody could know it. One that `is_stopping` was told to end,
    maybe by a devenv that was killed meanwhile.
    """

    process: ProcessIdentity
    ports: RecordedPorts
    metrics_port: int
    arguments: Annotated[tuple[str, ...], LAX]
    version: str
    started_at: AwareDatetime
    log_offset: int
    exit_code: int | None = None
    is_stopping: bool = False

    @property
    def is_alive(self) -> bool:
        """Whether this very process still runs."""
        return processes.is_alive(self.process)

    @property
    def is_paused(self) -> bool:
        """Whether it is stopped by a signal, and would go on if it was continued."""
        return processes.is_stopped(self.process)


def load(path: Path) -> ServerRecord | None:
    """Return the record at `path`, None if there is none that can be read."""
    try:
        return ServerRecord.model_validate_json(path.read_bytes())
    except (FileNotFoundError, ValueError):
        return None


def save(path: Path, record: ServerRecord) -> None:
    """Write `record` to `path`."""
    write_atomically(path, record.model_dump_json(indent=2).encode() + b"\n", 0o600)


def settle(path: Path, record: ServerRecord) -> ServerRecord:
    """Return `record` with the exit code that became known, and keep it: only the parent learns it, once."""
    code = processes.exit_code(record.process) if record.exit_code is None else None
    if code is None:
        return record
    settled = record.model_copy(update={"exit_code": code})
    save(path, settled)
    return settled


def running_server(files: StackFiles) -> ServerRecord | None:
    """Return the server that runs: the recorded one, or else one that the system knows."""
    known = load(files.record)
    if known is not None and known.is_alive:
        return known
    return next(iter(_found(files)), None)


def all_running(files: StackFiles) -> list[ServerRecord]:
    """Return every server on the database; more than one is the fault of somebody else."""
    known = load(files.record)
    alive = [known] if known is not None and known.is_alive else []
    return alive + [each for each in _found(files) if each.process not in [one.process for one in alive]]


def last_server(files: StackFiles) -> ServerRecord | None:
    """Return the server that runs, or the recorded one that has ended."""
    return running_server(files) or load(files.record)


def _found(files: StackFiles) -> list[ServerRecord]:
    if not files.database.exists() and not files.record.exists():
        return []
    return [_to_record(each, files) for each in processes.programs_with(files.database, VERB)]


def _to_record(program: Program, files: StackFiles) -> ServerRecord:
    """Return what is known of a server from its command line."""
    arguments = list(program.arguments)
    values = dict(pairwise(arguments))
    numbers = dict.fromkeys((*PORT_OPTIONS.values(), METRICS_OPTION), 0)
    for name in numbers:
        with suppress(ValueError):
            numbers[name] = int(values.get(name, 0))
    if METRICS_OPTION in arguments:
        place = arguments.index(METRICS_OPTION)
        del arguments[place : place + 2]
    return ServerRecord(
        process=program.process,
        ports=Ports(
            {name: numbers[option] for name, option in PORT_OPTIONS.items()},
            values.get(ADDRESS_OPTION, LOOPBACK),
        ),
        metrics_port=numbers[METRICS_OPTION],
        arguments=tuple(arguments),
        version=made_by(files) or "",
        started_at=program.started_at,
        log_offset=0,
    )
