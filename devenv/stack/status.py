"""`status` and `ls`: how stacks are, without writing anything to them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from devenv.dynamicconfig.model import not_enforced
from devenv.engines.protocol import StackIdentity
from devenv.errors import (
    InvalidInputError,
    NotRunningError,
    PermissionDeniedError,
    PortTakenError,
    PrerequisiteError,
    ServerRejectedError,
    ServerUnreachableError,
)
from devenv.events import warn
from devenv.overlays.reading import read_overlays
from devenv.project.access import Credentials
from devenv.project.services import SERVICES
from devenv.project.state import ARCHIVE
from devenv.seeds.fit import unarchived
from devenv.seeds.kinds.namespace import NAMESPACES, NamespaceSpec
from devenv.seeds.kinds.search_attribute import SEARCH_ATTRIBUTES
from devenv.seeds.kinds.task_queue import declared_queues
from devenv.seeds.plan import observe, plan
from devenv.stack.addon_plan import code_of, plan_addons
from devenv.stack.config_delivery import config_drift
from devenv.stack.credentials import unasked_users
from devenv.stack.data_versions import version_drift
from devenv.stack.interrupted import is_interrupted
from devenv.stack.members import load_members
from devenv.stack.pages import pages_of
from devenv.stack.progress import is_up
from devenv.stack.records import identity_of, readable_records, stacks_on_engines
from devenv.stack.report import NamespaceReport, NamespaceState, StackReport, StackState
from devenv.temporal.protocol import Action

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from datetime import timedelta

    from devenv.engines.protocol import Service
    from devenv.seeds.changes import Change
    from devenv.stack.dependencies import Dependencies
    from devenv.stack.desired import Desired
    from devenv.stack.members import Member
    from devenv.stack.progress import Timing
    from devenv.stack.stack import Observation, Stack
    from devenv.temporal.protocol import Gateway, Namespace, QueueActivity

# Exit codes of a normal stop: 0, or 128 and SIGINT, SIGKILL or SIGTERM.
STOPPED = frozenset({0, 130, 137, 143})
# The server, and what it keeps its data in: while one is paused, every question takes until its deadline.
ANSWERING = frozenset(service.name for service in SERVICES if service.keeps_data)
# Nothing of the stack answers then: whoever does at its ports is somebody else.
NOT_RUNNING = frozenset({StackState.ABSENT, StackState.STOPPED})
NO_ANSWER = (
    NotRunningError,
    PortTakenError,
    ServerUnreachableError,
    ServerRejectedError,
    PermissionDeniedError,
)


def get_status(stack: Stack, desired: Desired, *, is_alone: bool = False) -> StackReport:
    """Return how `stack` is: health checks, what the server has registered, and the recorded proof.

    If the server gives no answer, the stack is not ready; why is a warning. With `is_alone` this devenv holds
    the lock of the stack, and has nothing more to start.

    Raises:
        PrerequisiteError: The engine that has the stack does not answer.
    """
    desired.read_all()
    _go_on(stack)
    now = stack.observe()
    if now is None:
        return StackReport(stack.name, StackState.ABSENT)
    _warn_of_compose_files(now, desired)
    state = _state(now, (spec.name for spec in desired.seeds.of(NamespaceSpec)), is_alone=is_alone)
    report = _report(now, state, lambda gateway: _with_server(now, state, desired, gateway))
    report = replace(report, versions=version_drift(now.record, desired.settings, now.engine))
    if report.state is StackState.STOPPED:
        return report  # the server reads the declared config when it starts
    drift = config_drift(now, desired.dynamic_config)
    return replace(report, config=drift)


def get_status_without_files(stack: Stack) -> StackReport:
    """Return how `stack` is without a look at what its project declares: the namespaces are the server's.

    Raises:
        PrerequisiteError: As `get_status`.
    """
    _go_on(stack)
    now = stack.observe()
    if now is None:
        return StackReport(stack.name, StackState.ABSENT)
    state = _state(now, (), is_alone=False)
    return _report(now, state, lambda gateway: _of_server(now, state, gateway))


def _go_on(stack: Stack) -> None:
    """Have a server go on that a devenv has held to copy its data, and that was interrupted."""
    store = stack.deps.store
    if is_interrupted(stack.identity, store) and not store.is_locked(stack.name):
        with stack.lock():
            pass


def _report(now: Observation, state: StackState, ask: Callable[[Gateway], StackReport]) -> StackReport:
    """Return what `ask` learns from the server of a stack in `state`, or why there was nobody to ask."""
    reporter = now.stack.deps.reporter
    if state in NOT_RUNNING:
        return _describe(now, state)
    if state is StackState.DEGRADED:
        for name in now.removed:
            warn(reporter, f"the service {name} was removed: `devenv up` brings it back")
    paused = [service.name for service in now.services if service.is_paused]
    if paused and is_interrupted(now.stack.identity, now.stack.deps.store):
        warn(reporter, "another devenv copies the data of the stack, whose services are paused meanwhile")
        return _describe(now, state)
    for each in (service for service in now.services if service.is_paused):
        warn(reporter, f"the service {each.title} is paused: `devenv up` or `devenv start` has it run again")
    if not ANSWERING.isdisjoint(paused):
        return _describe(now, state)
    try:
        with now.connect() as gateway:
            return ask(gateway)
    except NO_ANSWER as error:
        if state is StackState.STARTING:
            return _describe(now, state)
        warn(reporter, "; ".join([error.message, *error.details]))
        return _describe(now, StackState.DEGRADED)


def _warn_of_compose_files(now: Observation, desired: Desired) -> None:
    """Say which overlay and add-on the next `up` cannot use.

    What runs was launched without it, or before it changed.
    """
    if not now.engine.traits.takes_overlays:
        return
    for read in (
        partial(read_overlays, now.stack.project, desired.overlays),
        partial(plan_addons, now.stack, desired.settings),
    ):
        try:
            read()
        except InvalidInputError as error:
            warn(
                now.stack.deps.reporter,
                f"{error.message}; the next `devenv up` will refuse it: {error.hint}",
            )


def _state(now: Observation, namespaces: Iterable[str], *, is_alone: bool) -> StackState:
    is_proven = now.is_proven(namespaces)
    is_rising = not is_proven and not is_alone and now.stack.deps.store.is_locked(now.stack.name)
    state = state_of(now.services, is_rising=is_rising)
    return StackState.DEGRADED if state is StackState.READY and now.removed else state


def state_of(services: Sequence[Service], *, is_rising: bool = False) -> StackState:
    """Return what the engine alone can tell: READY here means that every service is up.

    `is_rising` says that a devenv is at it, and has not seen the stack usable yet.
    """
    if not services:
        return StackState.ABSENT
    if not is_rising and all(is_up(service) for service in services):
        return StackState.READY
    if not any(
        each.is_running or each.is_paused or (is_rising and each.state == "created") for each in services
    ):
        return StackState.STOPPED
    is_starting = all(is_up(service) or _is_coming(service, is_rising=is_rising) for service in services)
    return StackState.STARTING if is_starting else StackState.DEGRADED


def _is_coming(service: Service, *, is_rising: bool) -> bool:
    if service.is_running:
        return service.health == "starting"
    # An `up` in progress starts stopped services again.
    is_to_start_again = is_rising and service.state == "exited" and service.exit_code in STOPPED
    return service.state == "created" or is_to_start_again


def report_ready(now: Observation, desired: Desired, timings: Sequence[Timing]) -> StackReport:
    """Return the report of a stack that was just proven usable."""
    usable = [
        NamespaceReport(spec.name, NamespaceState.USABLE, spec.retention)
        for spec in desired.seeds.of(NamespaceSpec)
    ]
    return _describe(now, StackState.READY, usable, desired, timings=timings)


def _with_server(now: Observation, state: StackState, desired: Desired, gateway: Gateway) -> StackReport:
    observed = observe(gateway, desired.seeds, archives=now.record.archives)
    changes = plan(desired.seeds, observed)
    namespaces = _namespace_reports(now, desired, observed.namespaces)
    if state is StackState.READY and not _is_usable(changes, now):
        state = StackState.DEGRADED
    report = _describe(now, state, namespaces, desired, drift=changes)
    queues = _task_queues(now, gateway, observed.namespaces, desired)
    return replace(report, task_queues=queues)


def _task_queues(
    now: Observation, gateway: Gateway, registered: Collection[str], desired: Desired
) -> Sequence[QueueActivity]:
    """Return what happens on task queues; that they cannot be told says nothing of the stack's own state."""
    names = [spec.name for spec in desired.seeds.of(NamespaceSpec) if spec.name in registered]
    try:
        return gateway.queue_activity(names, declared_queues(desired.seeds))
    except NO_ANSWER as error:
        why = "; ".join([error.message, *error.details])
        warn(now.stack.deps.reporter, f"task queues are not shown: {why}")
        return ()


def _of_server(now: Observation, state: StackState, gateway: Gateway) -> StackReport:
    proof, names = now.record.proof, now.stack.names
    proven = proof.namespaces if proof is not None and now.is_proven(()) else ()
    namespaces = [
        NamespaceReport(
            name,
            NamespaceState.USABLE if name in proven else NamespaceState.REGISTERED,
            namespace.retention,
        )
        for name, namespace in sorted(gateway.namespaces().items())
        if not names.is_foreign(name)
    ]
    if state is StackState.READY and not _is_usable((), now):
        state = StackState.DEGRADED
    return _describe(now, state, namespaces)


def _is_usable(changes: Iterable[Change], now: Observation) -> bool:
    now.ownership().check_all()
    needed = {NAMESPACES, SEARCH_ATTRIBUTES}
    is_there = not any(change.action is Action.CREATE and change.kind in needed for change in changes)
    by_tls = Credentials(now.record.access.tls)
    return is_there and now.stack.deps.web_problem(now.endpoints.ui_health, by_tls) is None


def _namespace_reports(
    now: Observation, desired: Desired, observed: Mapping[str, Namespace]
) -> list[NamespaceReport]:
    declared = desired.seeds.of(NamespaceSpec)
    is_proven = now.is_proven(spec.name for spec in declared)
    found = NamespaceState.USABLE if is_proven else NamespaceState.REGISTERED
    return [
        NamespaceReport(spec.name, found, observed[spec.name].retention)
        if spec.name in observed
        else NamespaceReport(spec.name, NamespaceState.MISSING, spec.retention)
        for spec in declared
    ]


def _describe(
    now: Observation,
    state: StackState,
    namespaces: Sequence[NamespaceReport] = (),
    desired: Desired | None = None,
    *,
    timings: Sequence[Timing] = (),
    drift: Sequence[Change] = (),
) -> StackReport:
    return StackReport(
        stack=now.stack.name,
        state=state,
        engine=now.engine.name,
        endpoints=now.endpoints,
        network=now.engine.network(now.stack.identity),
        services=now.services,
        namespaces=namespaces,
        timings=timings,
        not_enforced=_not_enforced(desired, now) if desired else (),
        drift=drift,
        addons=[addon.name for addon in now.record.addons if not addon.lacks],
        pages=pages_of(now.record),
        alerts=_alerts(now) if state not in NOT_RUNNING else (),
    )


def _alerts(now: Observation) -> list[str]:
    code = code_of(now.record.addons, now.record, now.stack.deps)
    return [alert for _, module, context in code for alert in module.alerts(context)]


def _not_enforced(desired: Desired, now: Observation) -> list[str]:
    traits = now.engine.traits
    values = [] if traits.enforces_constraints else not_enforced(desired.dynamic_config)
    overlays = () if traits.takes_overlays else desired.overlays
    addons = [addon.lacks for addon in now.record.addons if addon.lacks]
    archival = () if ARCHIVE in now.record.addon_names else unarchived(desired.seeds)
    users = unasked_users(desired.seeds, now.record.access)
    return [*values, *(f"the overlay {path}" for path in overlays), *addons, *archival, *users]


@dataclass(frozen=True)
class ListedStack:
    """One stack; `state` is `unknown` where its engine does not answer, `grpc` where it listened last.

    `memory` is in bytes, that of running services; `age` counts from the first `up`, or since its data was
    deleted. `members` are worktrees that share it.
    """

    name: str
    state: str
    engine: str
    project: str
    project_exists: bool
    grpc: str | None
    addons: Sequence[str] = ()
    memory: int | None = None
    age: timedelta | None = None
    members: Sequence[Member] = ()


def list_stacks(deps: Dependencies) -> list[ListedStack]:
    """Return recorded stacks, and those that only an engine can tell of, by name."""
    recorded = {record.name: record for record in readable_records(deps)}
    now = datetime.now(UTC)
    listed = [
        replace(
            _listed(identity_of(record), record.engine, record.ports.address("grpc"), deps),
            addons=[addon.name for addon in record.addons if not addon.lacks],
            age=now - record.created_at,
        )
        for record in recorded.values()
    ]
    listed += [
        _listed(StackIdentity(name, Path(project), deps.owner), engine, None, deps)
        for name, (project, engine) in stacks_on_engines(deps).items()
        if name not in recorded
    ]
    return sorted(listed, key=lambda stack: stack.name)


def _listed(stack: StackIdentity, engine: str, grpc: str | None, deps: Dependencies) -> ListedStack:
    memory = None
    try:
        services = deps.engine(engine).services(stack)
        state: str = state_of(services)
        if any(service.is_running for service in services):
            memory = deps.engine(engine).memory(stack)
    except PrerequisiteError:
        state = "unknown"
    members = load_members(stack.name, deps)
    # That of a bare repository is no directory.
    exists = stack.project.is_dir() or any(not each.is_gone for each in members)
    return ListedStack(
        stack.name, state, engine, str(stack.project), exists, grpc, memory=memory, members=members
    )
