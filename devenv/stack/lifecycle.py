"""`stop`, `start` and `restart`: scale a stack to zero and back, removing nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from devenv.engines.readable_log import readable_lines
from devenv.errors import ServiceCrashedError
from devenv.stack.data_versions import demand_versions
from devenv.stack.declared import check_namespace
from devenv.stack.overlay_trust import accept_overlays, provisional_spec
from devenv.stack.progress import Progress
from devenv.stack.records import web_of
from devenv.stack.stack import LOCK_TIMEOUT
from devenv.stack.status import get_status
from devenv.stack.up import bring_up_locked
from devenv.stack.waiting import Deadline, Waiter
from devenv.stack.watch import ServiceWatch, is_up, not_up_sentence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from devenv.engines.protocol import Engine
    from devenv.stack.desired import Desired
    from devenv.stack.report import StackReport
    from devenv.stack.stack import Observation, Stack
    from devenv.stack.up import UpRequest

LOG_TAIL_LINES = 15


def stop(stack: Stack, services: Sequence[str]) -> None:
    """Stop all or the named services.

    Raises:
        NotRunningError: The stack is absent.
    """
    with stack.lock(LOCK_TIMEOUT):
        _stop(stack.require_exists(services), services)


def start(stack: Stack, services: Sequence[str], desired: Desired, request: UpRequest) -> StackReport:
    """Start the whole stack, or the named services, and wait until what can be used is usable.

    As long as other services stay stopped, that is: the named ones are up. The engine is the one that has the
    stack, whatever the settings say for a new one.

    Raises:
        NotRunningError: The stack is absent.
        ServiceCrashedError: A named service ended again.
        DevenvError: As `up`.
    """
    with stack.lock():
        now = stack.require_exists(services)
        return _start(now, services, _on(now.engine, desired), request)


def restart(stack: Stack, services: Sequence[str], desired: Desired, request: UpRequest) -> StackReport:
    """Stop, then start as `start` does; a version that the data forbids is refused while all still runs."""
    with stack.lock():
        now = stack.require_exists(services)
        desired = _on(now.engine, desired)
        # Before anything is stopped that could not be started again.
        check_namespace(desired.settings, desired.seeds)
        demand_versions(now.record, desired.settings, stack.deps)
        spec = provisional_spec(stack.identity, desired, now.record)
        accept_overlays(spec, now.engine, stack.deps, trusted=request.trust)
        _stop(now, services)
        return _start(now, services, desired, request)


def _on(engine: Engine, desired: Desired) -> Desired:
    return replace(desired, settings=desired.settings.model_copy(update={"engine": engine.name}))


def _stop(now: Observation, services: Sequence[str]) -> None:
    deps = now.stack.deps
    with Progress(deps.reporter, deps.clock).step("stop") as step:
        now.engine.stop(now.stack.identity, services)
        step.outcome = ", ".join(services) or "all services"


def _start(now: Observation, services: Sequence[str], desired: Desired, request: UpRequest) -> StackReport:
    if services:
        _start_some(now, services, desired)
        if not all(each.is_running or each.has_finished for each in now.again().services):
            return get_status(now.stack, desired, is_alone=True)
    return bring_up_locked(now.stack, desired, request)


def _start_some(now: Observation, names: Sequence[str], desired: Desired) -> None:
    deps = now.stack.deps
    spec = replace(provisional_spec(now.stack.identity, desired, now.record), web=web_of(now.record))
    progress = Progress(deps.reporter, deps.clock)
    deadline = Deadline(deps.clock, deps.clock.now(), desired.settings.timeout.total_seconds())
    watch = ServiceWatch(now.engine, now.stack.identity, None, progress, deps.clock)
    with progress.step("start") as step:
        now.engine.start(spec, names)
        Waiter(deadline, watch).until(step, lambda: _not_up(now.again(), names))


def _not_up(now: Observation, names: Sequence[str]) -> list[str]:
    services = [service for service in now.services if service.name in names]
    for service in services:
        if service.has_ended and not service.has_finished:
            log = now.engine.logs(now.stack.identity, [service.name], tail=LOG_TAIL_LINES)
            lines = readable_lines([line.text for line in log])
            raise ServiceCrashedError(service.name, service.exit_code, lines)
    return [not_up_sentence(each) for each in services if not is_up(each)]
