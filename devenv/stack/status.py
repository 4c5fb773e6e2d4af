"""`status`: how a stack is, without writing anything to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devenv.dynamicconfig.embedded import not_enforced
from devenv.engines.protocol import EngineName
from devenv.seeds.observe import observe
from devenv.seeds.plan import plan
from devenv.stack.proof import is_proven
from devenv.stack.records import identity_of, load_own_record, ports_of
from devenv.stack.report import Endpoints, NamespaceReport, NamespaceState, StackReport, StackState
from devenv.stack.watch import is_up

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from devenv.engines.protocol import Engine, Service, StackIdentity
    from devenv.project.state import StackRecord
    from devenv.seeds.changes import Change
    from devenv.stack.desired import Desired
    from devenv.stack.progress import Timing
    from devenv.stack.toolkit import Toolkit
    from devenv.temporal.protocol import Gateway, Namespace


def look_at(stack: StackIdentity, desired: Desired, kit: Toolkit) -> StackReport:
    """Return how `stack` is: health checks, what the server has registered, and the recorded proof.

    Raises:
        PrerequisiteError: The engine that has the stack does not answer.
    """
    record = load_own_record(stack, kit.store)
    if record is None:
        return StackReport(stack.name, StackState.ABSENT)
    engine = kit.engine(EngineName(record.engine))
    services = engine.services(stack)
    state = state_of(services)
    if state in {StackState.ABSENT, StackState.STOPPED}:
        return _describe(record, engine, services, state)
    with kit.connect(Endpoints(ports_of(record), "").grpc) as gateway:
        if gateway.frontend_problem() is not None:
            waiting = state if state is StackState.STARTING else StackState.DEGRADED
            return _describe(record, engine, services, waiting)
        return _with_server(record, desired, engine, services, gateway, kit)


def state_of(services: Sequence[Service]) -> StackState:
    """Return what the engine alone can tell: READY here means that every service is up."""
    if not services:
        return StackState.ABSENT
    if all(is_up(service) for service in services):
        return StackState.READY
    if not any(service.is_running for service in services):
        return StackState.STOPPED
    is_starting = any(service.health == "starting" or service.state == "created" for service in services)
    return StackState.STARTING if is_starting else StackState.DEGRADED


def report_ready(
    desired: Desired, record: StackRecord, engine: Engine, timings: Sequence[Timing]
) -> StackReport:
    """Return the report of a stack that was just proven usable."""
    services = engine.services(identity_of(record))
    usable = [
        NamespaceReport(spec.name, NamespaceState.USABLE, spec.retention) for spec in desired.seeds.namespaces
    ]
    return _describe(record, engine, services, StackState.READY, usable, desired, timings=timings)


def _with_server(
    record: StackRecord,
    desired: Desired,
    engine: Engine,
    services: Sequence[Service],
    gateway: Gateway,
    kit: Toolkit,
) -> StackReport:
    observed = observe(gateway, desired.seeds)
    proven = is_proven(record, desired, engine)
    namespaces = _namespace_reports(desired, observed.namespaces, is_proven=proven)
    state = state_of(services)
    if state is StackState.READY and not _is_usable(namespaces, record, kit):
        state = StackState.DEGRADED
    changes = plan(desired.seeds, observed)
    return _describe(record, engine, services, state, namespaces, desired, drift=changes)


def _is_usable(namespaces: Sequence[NamespaceReport], record: StackRecord, kit: Toolkit) -> bool:
    ui = Endpoints(ports_of(record), "").ui_health
    is_there = all(each.state is not NamespaceState.MISSING for each in namespaces)
    return is_there and kit.web_problem(ui) is None


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


def _describe(  # noqa: PLR0913  one place assembles the report
    record: StackRecord,
    engine: Engine,
    services: Sequence[Service],
    state: StackState,
    namespaces: Sequence[NamespaceReport] = (),
    desired: Desired | None = None,
    *,
    timings: Sequence[Timing] = (),
    drift: Sequence[Change] = (),
) -> StackReport:
    stack = identity_of(record)
    ports = ports_of(record)
    return StackReport(
        stack=record.name,
        state=state,
        engine=engine.name,
        endpoints=Endpoints(ports, engine.internal_address(ports)),
        network=engine.network(stack),
        services=services,
        namespaces=namespaces,
        timings=timings,
        not_enforced=_not_enforced(desired, engine) if desired else (),
        drift=drift,
    )


def _not_enforced(desired: Desired, engine: Engine) -> list[str]:
    return not_enforced(desired.dynamic_config) if engine.name is EngineName.EMBEDDED else []
