"""What devenv remembers of a development server between two commands."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from devenv.engines.embedded.files import write_private
from devenv.engines.host import processes
from devenv.engines.host.processes import ProcessIdentity
from devenv.project.services import Ports

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class ServerRecord:
    """One launch of the development server, running or ended.

    `arguments` are the ones its declaration decides, `log_offset` is where its output begins in the log, and
    `exit_code` is None while it runs and where nobody could know it.
    """

    process: ProcessIdentity
    ports: Ports
    metrics_port: int
    arguments: tuple[str, ...]
    version: str
    started_at: datetime
    log_offset: int
    exit_code: int | None = None

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
        return _to_record(json.loads(path.read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None


def save(path: Path, record: ServerRecord) -> None:
    """Write `record` to `path`."""
    ports, started_at = record.ports.to_document(), record.started_at.isoformat()
    document = asdict(record) | {"ports": ports, "started_at": started_at}
    write_private(path, json.dumps(document, indent=2) + "\n")


def settle(path: Path, record: ServerRecord) -> ServerRecord:
    """Return `record` with the exit code that became known, and keep it: only the parent learns it, once."""
    code = processes.exit_code(record.process) if record.exit_code is None else None
    if code is None:
        return record
    settled = replace(record, exit_code=code)
    save(path, settled)
    return settled


def _to_record(document: dict[str, Any]) -> ServerRecord:
    return ServerRecord(
        process=ProcessIdentity(**document["process"]),
        ports=Ports.of(**document["ports"]),
        metrics_port=document["metrics_port"],
        arguments=tuple(document["arguments"]),
        version=document["version"],
        started_at=datetime.fromisoformat(document["started_at"]),
        log_offset=document["log_offset"],
        exit_code=document["exit_code"],
    )
