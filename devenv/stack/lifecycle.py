"""`stop`, `start` and `restart`: scale a stack to zero and back, removing nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from devenv.engines.readable_log import readable_lines
from devenv.errors import NotRunningError, ServiceCrashedError, UnknownServiceError
from devenv.stack.data_versions import demand_versions
from devenv.stack.declared import check_namespace
from devenv.stack.launching import launch_spec
from devenv.stack.locking import LOCK_TIMEOUT, LONG_LOCK_TIMEOUT, locked
from devenv.stack.overlay_trust import accept_overlays, provisional_inputs
from devenv.stack.ownership import demand_this_home
from devenv.stack.progress import Progress
from devenv.stack.records import load_own_record
from devenv.stack.status import look_at
from devenv.stack.up import bring_up_locked
from devenv.stack.waiting import Deadline, Waiter
from devenv.stack.watch import ServiceWatch, is_up, not_up_sentence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from devenv.engines.protocol import Engine, StackIdentity
    from devenv.stack.dependencies import Dependencies
    from devenv.stack.desired import Desired
    from devenv.stack.report import StackReport
    from devenv.stack.up import UpRequest

LOG_TAIL_LINES = 15


def existing_engine(stack: StackIdentity, deps: Dependencies, services: Sequence[str] = ()) -> Engine:
    """Return the engine that has the stack, after checking that it has `services`.

    Raises:
        NotRunningError: The stack is absent.
        UnknownServiceError: It has no service of one of those names.
    """
    record = load_own_record(stack, deps.store)
    if record is None:
        raise NotRunningError(stack.name)
    engine = deps.engine(record.engine)
    demand_this_home(stack, engine)
    existing = [service.name for service in engine.services(stack)]
    if not existing:
        raise NotRunningError(stack.name)
    for name in services:
        if name not in existing:
            raise UnknownServiceError(name, existing)
    return engine


def stop(stack: StackIdentity, services: Sequence[str], deps: Dependencies) -> None:
    """Stop all or the named services.

    Raises:
        NotRunningError: The stack is absent.
    """
    with locked(stack, LOCK_TIMEOUT, deps):
        _stop(stack, services, existing_engine(stack, deps, services), deps)


def start(
    stack: StackIdentity, services: Sequence[str], desired: Desired, request: UpRequest, deps: Dependencies
) -> StackReport:
    """Start the whole stack, or the named services, and wait until what can be used is usable.

    As long as other services stay stopped that is: the named ones are up. The engine is the stack's, whatever
    the settings say for a new one.

    Raises:
        NotRunningError: The stack is absent.
        ServiceCrashedError: A named service ended again.
        DevenvError: As `bring_up`.
    """
    with locked(stack, LONG_LOCK_TIMEOUT, deps):
        engine = existing_engine(stack, deps, services)
        return _start(stack, services, _on(engine, desired), request, engine, deps)


def restart(
    stack: StackIdentity, services: Sequence[str], desired: Desired, request: UpRequest, deps: Dependencies
) -> StackReport:
    """Stop, then start as `start` does; a version that the data forbids is refused while all still runs."""
    with locked(stack, LONG_LOCK_TIMEOUT, deps):
        engine = existing_engine(stack, deps, services)
        check_namespace(desired.settings, desired.seeds)  # before anything is stopped
        demand_versions(load_own_record(stack, deps.store), _on(engine, desired).settings, deps)
        _accept_overlays(stack, desired, request, engine, deps)
        _stop(stack, services, engine, deps)
        return _start(stack, services, _on(engine, desired), request, engine, deps)


def _accept_overlays(
    stack: StackIdentity, desired: Desired, request: UpRequest, engine: Engine, deps: Dependencies
) -> None:
    """Have the overlays judged before anything is stopped that could not be started again."""
    if engine.traits.takes_overlays:
        inputs = provisional_inputs(stack, desired, load_own_record(stack, deps.store))
        accept_overlays(inputs, deps, trusted=request.trust)


def _on(engine: Engine, desired: Desired) -> Desired:
    return replace(desired, settings=desired.settings.model_copy(update={"engine": engine.name}))


def _stop(stack: StackIdentity, services: Sequence[str], engine: Engine, deps: Dependencies) -> None:
    with Progress(deps.reporter, deps.clock).step("stop") as step:
        engine.stop(stack, services)
        step.outcome = ", ".join(services) or "all services"


def _start(
    stack: StackIdentity,
    services: Sequence[str],
    desired: Desired,
    request: UpRequest,
    engine: Engine,
    deps: Dependencies,
) -> StackReport:
    if services:
        _start_some(stack, services, desired, engine, deps)
        if not all(each.is_running or each.has_finished for each in engine.services(stack)):
            return look_at(stack, desired, deps, is_alone=True)
    return bring_up_locked(stack, desired, request, deps)


def _start_some(
    stack: StackIdentity, services: Sequence[str], desired: Desired, engine: Engine, deps: Dependencies
) -> None:
    record = load_own_record(stack, deps.store)
    if record is None:
        raise NotRunningError(stack.name)
    spec = launch_spec(stack, desired, record, deps.store)
    progress = Progress(deps.reporter, deps.clock)
    deadline = Deadline(deps.clock, deps.clock.now(), desired.settings.timeout.total_seconds())
    watch = ServiceWatch(engine, stack, None, progress, deps.clock)
    with progress.step("start") as step:
        engine.start(spec, services)
        Waiter(deadline, watch).until(step, lambda: _not_up(engine, stack, services))


def _not_up(engine: Engine, stack: StackIdentity, names: Sequence[str]) -> list[str]:
    services = [service for service in engine.services(stack) if service.name in names]
    for service in services:
        if service.has_ended and not service.has_finished:
            log = [line.text for line in engine.logs(stack, [service.name], tail=LOG_TAIL_LINES)]
            raise ServiceCrashedError(service.name, service.exit_code, readable_lines(log))
    return [not_up_sentence(each) for each in services if not is_up(each)]
