"""`plan` and `apply`: what a running stack lacks of what is declared, and making it so."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import timedelta
from typing import TYPE_CHECKING

from devenv.engines.protocol import EngineName
from devenv.errors import NotRunningError, SeedsInvalidError, ServerUnreachableError
from devenv.events import warn
from devenv.seeds.changes import Kind
from devenv.seeds.fit import beyond_sql, unarchived
from devenv.seeds.observe import observe
from devenv.seeds.plan import plan
from devenv.stack.converging import Convergence
from devenv.stack.locking import locked
from devenv.stack.progress import Progress
from devenv.stack.proof import SERVER, extend_proof
from devenv.stack.readiness import Readiness
from devenv.stack.records import load_own_record, ports_of
from devenv.stack.report import Endpoints
from devenv.stack.waiting import Deadline, Waiter
from devenv.temporal.protocol import Action

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from devenv.engines.protocol import Engine, StackIdentity
    from devenv.events import Reporter
    from devenv.project.state import StackRecord
    from devenv.seeds.changes import Change
    from devenv.seeds.models import Seeds
    from devenv.stack.desired import Desired
    from devenv.stack.toolkit import Clock, Toolkit
    from devenv.temporal.protocol import Gateway

LOCK_TIMEOUT = timedelta(minutes=10)
# Each look costs the engine a request for every container.
LOOK_INTERVAL_S = 1.0
AFTER_NAMESPACES = (Kind.SEARCH_ATTRIBUTE, Kind.NEXUS_ENDPOINT, Kind.SCHEDULE)


def check_fit(seeds: Seeds, engine: EngineName, reporter: Reporter) -> None:
    """Return if a stack on `engine` can have what is declared; what it ignores is a warning.

    Raises:
        SeedsInvalidError: It has no room for so many search attributes.
    """
    problems = beyond_sql(seeds)
    if problems and engine is EngineName.EMBEDDED:
        hint = "declare fewer of that type, or run the stack with `--engine compose`"
        raise SeedsInvalidError(problems[0], details=problems[1:], hint=hint)
    for sentence in unarchived(seeds):
        warn(reporter, sentence)


def plan_stack(stack: StackIdentity, desired: Desired, kit: Toolkit, *, prune: bool) -> list[Change]:
    """Return what `apply` would change; nothing is written.

    Raises:
        NotRunningError: The stack is not up.
        ServerUnreachableError: It is up and does not answer.
    """
    record, engine = _running(stack, kit)
    check_fit(desired.seeds, engine.name, kit.reporter)
    if engine.name is EngineName.COMPOSE:
        for sentence in beyond_sql(desired.seeds):
            warn(kit.reporter, sentence)
    with kit.connect(Endpoints(ports_of(record), "").grpc) as gateway:
        _demand_answer(gateway, record)
        return plan(desired.seeds, observe(gateway, desired.seeds, prune=prune), prune=prune)


def apply_to_stack(
    stack: StackIdentity, desired: Desired, kit: Toolkit, *, deletions: Collection[Change] = ()
) -> Sequence[Change]:
    """Make the running stack what is declared, and return what was changed when all of it is usable.

    Of what is declared nowhere only `deletions` go.

    Raises:
        NotRunningError: The stack is not up.
        ApplyIncompleteError: The server refused a part.
        NotReadyError: The deadline passed.
    """
    with locked(stack, LOCK_TIMEOUT, kit):
        record, engine = _running(stack, kit)
        check_fit(desired.seeds, engine.name, kit.reporter)
        progress = Progress(kit.reporter, kit.clock)
        deadline = Deadline(kit.clock, kit.clock.now(), desired.settings.timeout.total_seconds())
        with kit.connect(Endpoints(ports_of(record), "").grpc) as gateway:
            _demand_answer(gateway, record)
            waiter = Waiter(deadline, _Vigil(stack, engine, kit.clock))
            convergence = Convergence(gateway, desired.seeds, waiter, progress)
            changes = convergence.plan(prune=bool(deletions))
            created = _apply(convergence, Readiness(gateway, waiter, progress), changes)
            extend_proof(record, created, engine, kit.store)
            convergence.remove(deletions)
            return convergence.applied


def _apply(convergence: Convergence, readiness: Readiness, changes: Iterable[Change]) -> list[str]:
    """Create and update; return the namespaces that are new, and proven usable."""
    kinds = {change.kind for change in changes if change.action is not Action.DELETE}
    rest = [kind for kind in AFTER_NAMESPACES if kind in kinds]
    made = convergence.converge([Kind.NAMESPACE] if Kind.NAMESPACE in kinds else [])
    created = [change.name for change in made if change.action is Action.CREATE]
    with readiness.proof(created) if created else nullcontext():
        convergence.converge(rest)
    return created


def _running(stack: StackIdentity, kit: Toolkit) -> tuple[StackRecord, Engine]:
    record = load_own_record(stack, kit.store)
    if record is None:
        raise NotRunningError(stack.name)
    engine = kit.engine(EngineName(record.engine))
    if not any(service.is_running for service in engine.services(stack)):
        raise NotRunningError(stack.name)
    return record, engine


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
        if not any(each.name == SERVER and each.is_running for each in self._engine.services(self._stack)):
            raise NotRunningError(self._stack.name)


def _demand_answer(gateway: Gateway, record: StackRecord) -> None:
    problem = gateway.frontend_problem()
    if problem is not None:
        raise ServerUnreachableError(Endpoints(ports_of(record), "").grpc, problem)
