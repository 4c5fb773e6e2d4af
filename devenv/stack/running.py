"""What it takes to work on the server of a stack that is up."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from devenv.errors import NotRunningError, ServerUnreachableError
from devenv.stack.ownership import Ownership, not_running
from devenv.stack.progress import Progress
from devenv.stack.records import endpoints_of, load_own_record
from devenv.stack.serving import serves
from devenv.stack.waiting import Deadline, Waiter

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import timedelta

    from devenv.engines.protocol import Engine, StackIdentity
    from devenv.project.state import StackRecord
    from devenv.stack.dependencies import Clock, Dependencies
    from devenv.temporal.protocol import Gateway

# Each look costs the engine a request for every container.
LOOK_INTERVAL_S = 1.0


@dataclass(frozen=True)
class RunningStack:
    """A stack whose services run."""

    stack: StackIdentity
    record: StackRecord
    engine: Engine

    @contextmanager
    def connected(self, deps: Dependencies) -> Iterator[Gateway]:
        """Open a gateway to its server.

        Raises:
            PortTakenError: Somebody else holds the server's port; nothing was sent there.
            ServerUnreachableError: The server does not answer.
        """
        address = endpoints_of(self.record, self.engine).grpc
        ownership = Ownership(self.stack, self.record, self.engine, deps)
        ownership.demand("grpc")
        with deps.connect(address, ownership) as gateway:
            problem = gateway.frontend_problem()
            if problem is not None:
                raise ServerUnreachableError(address, problem)
            yield gateway

    def work(self, deps: Dependencies, timeout: timedelta) -> tuple[Waiter, Progress]:
        """Return what waits, for no longer than `timeout` from now, and what reports."""
        deadline = Deadline(deps.clock, deps.clock.now(), timeout.total_seconds())
        vigil = _Vigil(self.stack, self.engine, deps.clock)
        return Waiter(deadline, vigil), Progress(deps.reporter, deps.clock)


def find_running(stack: StackIdentity, deps: Dependencies) -> RunningStack:
    """Return the stack, which has to be up.

    Raises:
        NotRunningError: It is not.
        PortTakenError: It is not, and somebody else has its port.
    """
    record = load_own_record(stack, deps.store)
    if record is None:
        raise NotRunningError(stack.name)
    engine = deps.engine(record.engine)
    if not any(service.is_running for service in engine.services(stack)):
        raise not_running(stack, record, deps)
    return RunningStack(stack, record, engine)


class _Vigil:
    """Called between two tries of a wait; ends it when the server has ended."""

    def __init__(self, stack: StackIdentity, engine: Engine, clock: Clock) -> None:
        self._stack = stack
        self._engine = engine
        self._clock = clock
        self._next_look = clock.now() + LOOK_INTERVAL_S

    def __call__(self) -> None:
        if self._clock.now() < self._next_look:
            return
        self._next_look = self._clock.now() + LOOK_INTERVAL_S
        if not serves(self._stack, self._engine):
            raise NotRunningError(self._stack.name)
