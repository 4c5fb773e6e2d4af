"""`stop`, `start`, `restart` and `down`: a stack goes and comes back; only `down` may delete its data."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from devenv.errors import EngineAwayError, PrerequisiteError, ServiceCrashedError
from devenv.events import warn
from devenv.registry import ENGINES
from devenv.stack.endpoints import web_of
from devenv.stack.overlay_trust import provisional_spec
from devenv.stack.progress import Deadline, Progress, ServiceMonitor, Waiter, is_up, not_up_sentence
from devenv.stack.records import identity_of
from devenv.stack.sharing import users
from devenv.stack.snapshots import save_automatically
from devenv.stack.stack import LOCK_TIMEOUT
from devenv.stack.status import get_status
from devenv.stack.steps.addons import remove_stack
from devenv.stack.steps.context import UpContext
from devenv.stack.steps.profile import end_profiles
from devenv.stack.up import check, launch_checked
from devenv.temporal.server_log import SHOWN_LINES, readable_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from devenv.engines.protocol import Engine, StackIdentity
    from devenv.project.state import StackRecord
    from devenv.stack.dependencies import Dependencies
    from devenv.stack.desired import Desired
    from devenv.stack.report import StackReport
    from devenv.stack.stack import Observation, Stack
    from devenv.stack.up import UpRequest

AGAIN = "then run `devenv down` again: nothing was removed"


def stop(stack: Stack, services: Sequence[str]) -> None:
    """Stop all or the named services.

    Raises:
        NotRunningError: The stack is absent.
    """
    with stack.lock(LOCK_TIMEOUT):
        deps = stack.deps
        _stop_services(stack.require_exists(services), services, Progress(deps.reporter, deps.clock))


def start(stack: Stack, services: Sequence[str], desired: Desired, request: UpRequest) -> StackReport:
    """Start the whole stack, or the named services, and wait until what can be used is usable.

    As long as other services stay stopped, that is: the named ones are up. The engine is the one that has the
    stack, whatever the settings say for a new one.

    Raises:
        NotRunningError: The stack is absent.
        ServiceCrashedError: A named service ended again.
        DevenvError: As `bring_up`.
    """
    desired.read_all()
    with stack.lock():
        now = stack.require_exists(services)
        up = _begin(now, desired, request)
        if services and not _start_services(up, now, services):
            return get_status(stack, up.desired, is_alone=True)
        check(up)
        return launch_checked(up)


def restart(stack: Stack, services: Sequence[str], desired: Desired, request: UpRequest) -> StackReport:
    """Stop, then start as `start` does; what `up` would refuse is refused while all still runs."""
    desired.read_all()
    with stack.lock():
        now = stack.require_exists(services)
        up = _begin(now, desired, request)
        check(up)
        _stop_services(now, services, up.progress)
        if services and not _start_services(up, now, services):
            return get_status(stack, up.desired, is_alone=True)
        return launch_checked(up)


def _begin(now: Observation, desired: Desired, request: UpRequest) -> UpContext:
    settings = desired.settings.model_copy(update={"engine": now.engine.name})
    return UpContext(now.stack, replace(desired, settings=settings), request, now.record)


def _stop_services(now: Observation, services: Sequence[str], progress: Progress) -> None:
    if affected := users(now.stack, now.services):
        others = ", ".join(each.worktree for each in affected)
        warn(
            now.stack.deps.reporter, f"the stack {now.stack.name} is shared: this stops it for {others}, too"
        )
    with progress.step("stop") as step:
        now.engine.stop(now.stack.identity, services)
        step.outcome = ", ".join(services) or "all services"


def _start_services(up: UpContext, now: Observation, names: Sequence[str]) -> bool:
    """Start `names` and wait until they are up; return whether no other service is stopped."""
    clock, settings = up.deps.clock, up.desired.settings
    spec = replace(provisional_spec(up.stack.identity, up.desired, now.record), web=web_of(now.record))
    deadline = Deadline(clock, clock.now(), settings.timeout.total_seconds())
    monitor = ServiceMonitor(now.engine, up.stack.identity, None, up.progress, clock)
    with up.progress.step("start") as step:
        now.engine.start(spec, names)
        Waiter(deadline, monitor).until(step, lambda: _not_up(now.again(), names))
    return all(each.is_running or each.has_finished for each in now.again().services)


def _not_up(now: Observation, names: Sequence[str]) -> list[str]:
    services = [service for service in now.services if service.name in names]
    for service in services:
        if service.has_crashed:
            log = now.engine.logs(now.stack.identity, [service.name], tail=SHOWN_LINES)
            lines = readable_lines([line.text for line in log])
            raise ServiceCrashedError(service.title, service.exit_code, lines)
    return [not_up_sentence(each) for each in services if not is_up(each)]


@dataclass(frozen=True)
class DownReport:
    """What `down` found and left."""

    stack: str
    was_there: bool
    keeps_data: bool
    deleted: tuple[str, ...] = ()
    """Where data was that is deleted now, in words."""
    used_by: tuple[str, ...] = ()
    """The worktrees for which a stack that is shared stays up."""
    namespaces_deleted: tuple[str, ...] = ()


def down(stack: Stack, *, volumes: bool, saves_data: bool = False) -> DownReport:
    """Remove the stack, on whichever engine it is; with `volumes` its data too.

    With `saves_data` a snapshot is made of what is deleted.

    A stack of this name that belongs to another project of the same user is taken down as well: its project
    may be gone. It is no failure if there is nothing to remove.

    Raises:
        EngineAwayError: An engine does not answer that has the stack, or with `volumes` one that may still
            have data of it; nothing was removed.
        AutomaticSnapshotFailedError: The data could not be saved; nothing was removed.
    """
    with stack.lock(LOCK_TIMEOUT):
        return down_locked(stack, volumes=volumes, saves_data=saves_data)


def down_locked(stack: Stack, *, volumes: bool, saves_data: bool = False) -> DownReport:
    """Do the same for a caller who has the lock of the stack."""
    deps = stack.deps
    stack.mend_record(is_claimed=False)
    record = deps.store.load(stack.name)
    known = identity_of(record) if record else stack.identity
    engines = list(_engines(known, record, deps, volumes=volumes))
    was_there = any(engine.services(known) for engine in engines)
    having_data = [engine for engine in engines if engine.has_data(known)]
    for engine in having_data if volumes and saves_data else ():
        save_automatically(replace(stack, identity=known), record, engine, "it is deleted")
    progress = Progress(deps.reporter, deps.clock)
    end_profiles(deps, known)
    for engine in engines:
        with progress.step(f"remove ({engine.name})"):
            remove_stack(known, engine, deps, volumes=volumes)
    keeping_data = [engine for engine in having_data if engine.has_data(known)]
    deleted = tuple(each.traits.data_place for each in having_data if each not in keeping_data)
    if volumes:
        # The last thing: an engine that is asked may make the directory that it looks into.
        deps.store.forget(stack.name)
    return DownReport(stack.name, was_there=was_there, keeps_data=bool(keeping_data), deleted=deleted)


def _engines(
    stack: StackIdentity, record: StackRecord | None, deps: Dependencies, *, volumes: bool
) -> Iterator[Engine]:
    """Yield the engines that have something of the stack; one that is away matters if it should have."""
    if record is not None:
        deps.engine(record.engine)  # known, or what it has would stay
    for name in ENGINES:
        engine = deps.engine(name)
        is_recorded = record is not None and record.engine == name
        try:
            has_something = bool(engine.services(stack)) or engine.has_data(stack)
        except PrerequisiteError as error:
            # Once on another engine, a stack runs there alone; its data stayed where it was.
            may_have_data = (volumes or record is None) and engine.had_data(stack)
            if is_recorded or may_have_data:
                raise EngineAwayError(name, engine.traits.data_place, error, AGAIN) from error
        else:
            if is_recorded or has_something:
                yield engine
