"""Whether a stack has a server that runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devenv.stack.ownership import Ownership, not_running
from devenv.stack.records import load_own_record

if TYPE_CHECKING:
    from collections.abc import Iterable

    from devenv.engines.protocol import Engine, Service, StackIdentity
    from devenv.project.state import StackRecord
    from devenv.stack.dependencies import Dependencies

SERVER = "temporal"


def server_of(stack: StackIdentity, engine: Engine) -> Service | None:
    """Return the server of a stack, which may have stopped; None where there is none."""
    return server_among(engine.services(stack))


def server_among(services: Iterable[Service]) -> Service | None:
    """Return the one of a stack's services that is its server."""
    return next((each for each in services if each.name == SERVER), None)


def serves(stack: StackIdentity, engine: Engine) -> bool:
    """Tell whether the server of a stack runs, ready or not."""
    server = server_of(stack, engine)
    return server is not None and server.is_running


def find_serving(
    stack: StackIdentity, deps: Dependencies, hint: str | None = None
) -> tuple[StackRecord, Engine]:
    """Return the record and the engine of a stack whose server runs, and holds its port where anybody does.

    Raises:
        NotRunningError: It does not run; `hint` says what to do then.
        PortTakenError: Somebody else has its port.
    """
    record = load_own_record(stack, deps.store)
    engine = deps.engine(record.engine) if record else None
    if record is None or engine is None or not serves(stack, engine):
        raise not_running(stack, record, deps, hint)
    Ownership(stack, record, engine, deps).demand("grpc")
    return record, engine
