"""Which servers run on a stack's database, whatever the record says of them.

A record can be lost or damaged while the server runs; a second server on one database would damage that. So
where the record names no running server, the system is asked for processes that have the database.
"""

from __future__ import annotations

from contextlib import suppress
from itertools import pairwise
from typing import TYPE_CHECKING

from devenv.engines.embedded import record
from devenv.engines.embedded.database import made_by
from devenv.engines.embedded.record import ServerRecord
from devenv.engines.embedded.server import ADDRESS_OPTION, METRICS_OPTION, PORT_OPTIONS, VERB
from devenv.engines.host import processes
from devenv.project.services import LOOPBACK, Ports

if TYPE_CHECKING:
    from devenv.engines.embedded.files import StackFiles
    from devenv.engines.host.processes import Program


def running_server(files: StackFiles) -> ServerRecord | None:
    """Return the server that runs: the recorded one, or else one that the system knows."""
    known = record.load(files.record)
    if known is not None and known.is_alive:
        return known
    return next(iter(_found(files)), None)


def all_running(files: StackFiles) -> list[ServerRecord]:
    """Return every server on the database; more than one is the fault of somebody else."""
    known = record.load(files.record)
    alive = [known] if known is not None and known.is_alive else []
    return alive + [each for each in _found(files) if each.process not in [one.process for one in alive]]


def last_server(files: StackFiles) -> ServerRecord | None:
    """Return the server that runs, or the recorded one that has ended."""
    return running_server(files) or record.load(files.record)


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
