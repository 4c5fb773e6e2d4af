"""`status`: how a stack is, without writing anything to it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from devenv.dynamicconfig.embedded import not_enforced
from devenv.errors import (
    OverlayInvalidError,
    PermissionDeniedError,
    PortTakenError,
    ServerRejectedError,
    ServerUnreachableError,
)
from devenv.events import warn
from devenv.overlays.reading import read_overlays
from devenv.seeds.changes import Kind
from devenv.seeds.observe import observe
from devenv.seeds.plan import plan
from devenv.stack.data_versions import version_drift
from devenv.stack.ownership import Ownership
from devenv.stack.proof import is_proven
from devenv.stack.records import endpoints_of, identity_of, load_own_record
from devenv.stack.report import NamespaceReport, NamespaceState, StackReport, StackState
from devenv.stack.running import RunningStack
from devenv.stack.watch import is_up
from devenv.temporal.protocol import Action

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from devenv.engines.protocol import Engine, Service, StackIdentity
    from devenv.errors import DevenvError
    from devenv.project.state import StackRecord
    from devenv.seeds.changes import Change
    from devenv.stack.dependencies import Dependencies
    from devenv.stack.desired import Desired
    from devenv.stack.progress import Timing
    from devenv.temporal.protocol import Gateway, Namespace

# Of what was told to end: well, or by SIGINT, SIGKILL or SIGTERM.
STOPPED = frozenset({0, 130, 137, 143})
# While one of these is paused, to ask the server anything takes until its deadline.
ANSWERING = frozenset({"temporal", "postgres", "opensearch"})


@dataclass(frozen=True)
class _Sight:
    """What can be told of a stack without its server."""

    record: StackRecord
    engine: Engine
    services: Sequence[Service]
    state: StackState
    is_proven: bool


def look_at(
    stack: StackIdentity, desired: Desired, deps: Dependencies, *, is_alone: bool = False
) -> StackReport:
    """Return how `stack` is: health checks, what the server has registered, and the recorded proof.

    A server that gives no answer leaves a stack that is not ready; why is a warning. With `is_alone` this
    devenv holds the lock of the stack, and has nothing more to start.

    Raises:
        PrerequisiteError: The engine that has the stack does not answer.
    """
    record = load_own_record(stack, deps.store)
    if record is None:
        return StackReport(stack.name, StackState.ABSENT)
    sight = _see(record, desired, deps, is_alone=is_alone)
    _warn_of_overlays(stack, desired, sight.engine, deps)
    if sight.state in {StackState.ABSENT, StackState.STOPPED}:
        return replace(_describe(sight), versions=version_drift(record, desired.settings, sight.engine))
    paused = [service.name for service in sight.services if service.is_paused]
    for name in paused:
        warn(deps.reporter, f"the service {name} is paused: `devenv up` or `devenv start` has it run again")
    if not ANSWERING.isdisjoint(paused):
        return replace(_describe(sight), versions=version_drift(record, desired.settings, sight.engine))
    try:
        with RunningStack(stack, record, sight.engine).connected(deps) as gateway:
            report = _with_server(sight, desired, gateway, deps)
    except (PortTakenError, ServerUnreachableError, ServerRejectedError, PermissionDeniedError) as error:
        report = _without_answer(sight, error, deps)
    return replace(report, versions=version_drift(record, desired.settings, sight.engine))


def _warn_of_overlays(stack: StackIdentity, desired: Desired, engine: Engine, deps: Dependencies) -> None:
    """Say which overlay the next `up` cannot use; what runs was launched without it, or before it changed."""
    if not desired.overlays or not engine.traits.takes_overlays:
        return
    try:
        read_overlays(stack.project, desired.overlays)
    except OverlayInvalidError as error:
        warn(deps.reporter, f"{error.message}; the next `devenv up` will refuse it: {error.hint}")


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
    # What an earlier stop ended is started again in its turn, if anybody is at it.
    is_to_start_again = is_rising and service.state == "exited" and service.exit_code in STOPPED
    return service.state == "created" or is_to_start_again


def report_ready(
    desired: Desired,
    record: StackRecord,
    engine: Engine,
    services: Sequence[Service],
    timings: Sequence[Timing],
) -> StackReport:
    """Return the report of a stack that was just proven usable."""
    sight = _Sight(record, engine, services, StackState.READY, is_proven=True)
    usable = [
        NamespaceReport(spec.name, NamespaceState.USABLE, spec.retention) for spec in desired.seeds.namespaces
    ]
    return _describe(sight, usable, desired, timings=timings)


def _see(record: StackRecord, desired: Desired, deps: Dependencies, *, is_alone: bool) -> _Sight:
    engine = deps.engine(record.engine)
    services = engine.services(identity_of(record))
    proven = is_proven(record, desired, services)
    is_rising = not proven and not is_alone and deps.store.is_locked(record.name)
    return _Sight(record, engine, services, state_of(services, is_rising=is_rising), proven)


def _with_server(sight: _Sight, desired: Desired, gateway: Gateway, deps: Dependencies) -> StackReport:
    observed = observe(gateway, desired.seeds)
    changes = plan(desired.seeds, observed)
    namespaces = _namespace_reports(desired, observed.namespaces, is_proven=sight.is_proven)
    if sight.state is StackState.READY and not _is_usable(changes, sight, deps):
        sight = replace(sight, state=StackState.DEGRADED)
    return _describe(sight, namespaces, desired, drift=changes)


def _without_answer(sight: _Sight, error: DevenvError, deps: Dependencies) -> StackReport:
    if sight.state is StackState.STARTING:
        return _describe(sight)
    warn(deps.reporter, "; ".join([error.message, *error.details]))
    return _describe(replace(sight, state=StackState.DEGRADED))


def _is_usable(changes: Iterable[Change], sight: _Sight, deps: Dependencies) -> bool:
    Ownership(identity_of(sight.record), sight.record, sight.engine, deps).demand_all()
    ui = endpoints_of(sight.record, sight.engine).ui_health
    needed = {Kind.NAMESPACE, Kind.SEARCH_ATTRIBUTE}
    is_there = not any(change.action is Action.CREATE and change.kind in needed for change in changes)
    return is_there and deps.web_problem(ui) is None


def _namespace_reports(
    desired: Desired, observed: Mapping[str, Namespace], *, is_proven: bool
) -> list[NamespaceReport]:
    found = NamespaceState.USABLE if is_proven else NamespaceState.REGISTERED
    return [
        NamespaceReport(spec.name, found, observed[spec.name].retention)
        if spec.name in observed
        else NamespaceReport(spec.name, NamespaceState.MISSING, spec.retention)
        for spec in desired.seeds.namespaces
    ]


def _describe(
    sight: _Sight,
    namespaces: Sequence[NamespaceReport] = (),
    desired: Desired | None = None,
    *,
    timings: Sequence[Timing] = (),
    drift: Sequence[Change] = (),
) -> StackReport:
    engine = sight.engine
    return StackReport(
        stack=sight.record.name,
        state=sight.state,
        engine=engine.name,
        endpoints=endpoints_of(sight.record, engine),
        network=engine.network(identity_of(sight.record)),
        services=sight.services,
        namespaces=namespaces,
        timings=timings,
        not_enforced=_not_enforced(desired, engine) if desired else (),
        drift=drift,
    )


def _not_enforced(desired: Desired, engine: Engine) -> list[str]:
    return [] if engine.traits.enforces_constraints else not_enforced(desired.dynamic_config)
