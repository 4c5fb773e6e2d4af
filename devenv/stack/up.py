"""`up`: bring a stack to its declared state and return when it is proven usable."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from devenv.errors import DevenvError, PortTakenError
from devenv.events import warn
from devenv.project.state import RecordedWeb, StackRecord
from devenv.seeds.kinds.namespace import NAMESPACES, NamespaceSpec
from devenv.stack.config_delivery import begin_delivery
from devenv.stack.data_versions import (
    demand_versions,
    demand_versions_of_data,
    known_versions,
    of_data,
    versions_that_ran,
)
from devenv.stack.declared import AFTER_NAMESPACES, check_fit, check_namespace
from devenv.stack.desired import config_warnings
from devenv.stack.engine_choice import EngineRequest, choose_engine
from devenv.stack.engine_switch import engines_to_leave
from devenv.stack.exposure import exposure_warnings
from devenv.stack.launching import Plan, launch_if_needed, launch_spec, resume_paused
from devenv.stack.loan import end_loan
from devenv.stack.overlay_trust import accept_overlays
from devenv.stack.ownership import Ownership
from devenv.stack.port_choice import choose_ports
from devenv.stack.progress import Progress
from devenv.stack.proof import record_proof
from devenv.stack.readiness import Readiness
from devenv.stack.reconcile import Reconciler
from devenv.stack.records import endpoints_of, web_of
from devenv.stack.rollback import Footprint, roll_back
from devenv.stack.stack import Observation
from devenv.stack.status import report_ready
from devenv.stack.waiting import Deadline, Waiter, as_missing
from devenv.stack.watch import ServiceWatch
from devenv.stack.way_out import helpful_hint

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from devenv.engines.protocol import Engine, Launch
    from devenv.images.catalog import Kind as ImageKind
    from devenv.overlays.judged import JudgedOverlays
    from devenv.project.services import Ports
    from devenv.stack.desired import Desired
    from devenv.stack.engine_choice import ChosenEngine
    from devenv.stack.report import StackReport
    from devenv.stack.stack import Stack


@dataclass(frozen=True)
class UpRequest:
    """What `up` was asked, beside the declared state; `must_stay` forbids to leave another engine.

    `trust` is the hash of overlays that may do all that they can.
    """

    engine: EngineRequest = field(default_factory=EngineRequest)
    any_port: bool = False
    keep_on_failure: bool = False
    must_stay: bool = False
    trust: str | None = None


def bring_up(stack: Stack, desired: Desired, request: UpRequest) -> StackReport:
    """Bring `stack` to `desired` and wait until it is ready; a second call on a ready stack changes nothing.

    A `run` that uses the stack leaves it up from now on.

    Raises:
        PrerequisiteError: Nothing was created.
        PortTakenError: Nothing was created.
        NotReadyError: The deadline passed; what this call created is removed.
        ServiceCrashedError: As NotReadyError.
    """
    with stack.lock():
        stack.mend_record(is_claimed=True)
        _ = stack.record  # raises if it is another project's, whose loan stays
        end_loan(stack.name, stack.deps.store)
        return bring_up_locked(stack, desired, request)


def bring_up_locked(stack: Stack, desired: Desired, request: UpRequest) -> StackReport:
    """Do the same for one who has the stack's lock, and may not mean to keep the stack."""
    return _Up(stack, desired, request).run()


class _Up:
    """One `up`: its steps, in their order."""

    def __init__(self, stack: Stack, desired: Desired, request: UpRequest) -> None:
        deps = stack.deps
        self._whole = stack
        self._stack = stack.identity
        self._desired = desired
        self._request = request
        self._deps = deps
        self._progress = Progress(deps.reporter, deps.clock)
        self._judged: JudgedOverlays | None = None

    def run(self) -> StackReport:
        earlier = self._whole.record
        check_namespace(self._desired.settings, self._desired.seeds)
        for sentence in config_warnings(self._desired):
            warn(self._deps.reporter, sentence)
        changes = demand_versions(earlier, self._desired.settings, self._deps)
        chosen = self._choose_engine(earlier)
        self._whole.check_not_elsewhere(chosen.engine)
        if earlier is None or not earlier.data_versions:
            changes = demand_versions_of_data(self._stack, self._desired.settings, chosen)
        for change in changes:
            warn(self._deps.reporter, change.sentence)
        for sentence in exposure_warnings(self._desired.settings, chosen.engine.traits):
            warn(self._deps.reporter, sentence)
        chosen.engine.check_data(self._stack, self._deps.reporter)
        check_fit(self._desired.seeds, chosen.engine.traits, self._deps.reporter)
        self._judged = self._accept_overlays(chosen, earlier)
        resume_paused(chosen.engine, self._stack, self._deps.reporter)
        footprint = self._make_room(chosen.engine, earlier)
        try:
            return self._launch_twice_at_most(chosen, footprint, earlier)
        except DevenvError as error:
            hint = helpful_hint(
                error,
                self._desired.settings,
                any_port=self._request.any_port,
                keep_on_failure=self._request.keep_on_failure,
                was_running=bool(footprint.running),
            )
            raise error.with_hint(hint) from error

    def _launch_twice_at_most(
        self, chosen: ChosenEngine, footprint: Footprint, earlier: StackRecord | None
    ) -> StackReport:
        try:
            return self._launch(chosen, footprint, earlier)
        except PortTakenError as error:
            if not error.was_free or self._request.keep_on_failure or footprint.had_services:
                raise
            # All was rolled back. Looked at again, the port has a holder to name or is one to move away from.
            return self._launch(chosen, footprint, earlier)

    def _launch(self, chosen: ChosenEngine, footprint: Footprint, earlier: StackRecord | None) -> StackReport:
        with self._deps.store.choosing_ports():
            starting = chosen.engine.reserved_ports(self._stack)
            ports = self._choose_ports(earlier, starting, is_running=bool(footprint.running))
            record = self._record(earlier, chosen, ports)
        try:
            return self._converge(chosen, record)
        except DevenvError as raised:
            error = chosen.engine.explain(raised, self._stack)
            earlier = self._remember_what_ran(chosen, earlier)
            if not self._request.keep_on_failure:
                error = self._roll_back(error, chosen, footprint, earlier)
            if error is raised:
                raise
            raise error from raised

    def _remember_what_ran(self, chosen: ChosenEngine, earlier: StackRecord | None) -> StackRecord | None:
        """Note which versions came so far as to work on older data; return `earlier` with them."""
        record = self._deps.store.load(self._stack.name)
        if earlier is None or record is None or chosen.images is None:
            return earlier
        try:
            services = chosen.engine.services(self._stack)
        except DevenvError:  # nobody can tell: what was to run may have run
            return earlier.model_copy(update={"data_versions": record.data_versions})
        ran = versions_that_ran(services, chosen.images, self._desired.settings.versions)
        noted = {"data_versions": {**known_versions(earlier), **ran}}
        self._deps.store.save(record.model_copy(update=noted))
        return earlier.model_copy(update=noted)

    def _roll_back(
        self, error: DevenvError, chosen: ChosenEngine, footprint: Footprint, earlier: StackRecord | None
    ) -> DevenvError:
        """Take away what this `up` made; return `error` with where the logs are."""
        logs = roll_back(chosen.engine, self._stack, footprint, earlier, self._deps)
        return error.with_details(f"logs: {logs}")

    def _choose_engine(self, earlier: StackRecord | None) -> ChosenEngine:
        with self._progress.step("engine") as step:
            chosen = choose_engine(
                self._stack, self._desired.settings, earlier, self._request.engine, self._deps
            )
            step.outcome = chosen.engine.name
            if chosen.images:
                step.outcome += f", {chosen.images.kind} images"
        return chosen

    def _accept_overlays(self, chosen: ChosenEngine, earlier: StackRecord | None) -> JudgedOverlays | None:
        """Have the overlays judged while nothing is touched yet; the ports may still become others."""
        wanted = self._desired.settings.ports
        ports = earlier.ports if earlier else wanted.to_ports()
        spec = launch_spec(self._stack, self._desired, ports, chosen.images)
        return accept_overlays(spec, chosen.engine, self._deps, trusted=self._request.trust)

    def _prepare(self, chosen: ChosenEngine, record: StackRecord) -> Plan:
        """Write what the engine launches from, with the overlays as they are accepted for these ports."""
        spec = launch_spec(self._stack, self._desired, record.ports, chosen.images)
        judged = accept_overlays(spec, chosen.engine, self._deps, known=self._judged)
        return Plan(spec, chosen.engine.prepare(spec, judged))

    def _make_room(self, engine: Engine, earlier: StackRecord | None) -> Footprint:
        """Remove what runs on another engine, or on ports that nobody remembers; return what there is."""
        must_stay = self._request.must_stay
        for left in engines_to_leave(self._stack, engine.name, earlier, self._deps, must_stay=must_stay):
            self._remove_services(left)
        footprint = Footprint.of(engine, self._stack)
        if earlier is None and footprint.had_services:
            self._remove_services(engine)
            return Footprint(had_data=footprint.had_data)
        if earlier is not None and footprint.running:
            self._free_http_port(engine, earlier)
        return footprint

    def _free_http_port(self, engine: Engine, earlier: StackRecord) -> None:
        """Stop what publishes the HTTP API if another container will: Compose would start that one first."""
        moves = web_of(earlier).has_open_api is not self._desired.web.has_open_api
        services = engine.traits.http_api_services
        if moves and services:
            with self._progress.step("stop (HTTP API)"):
                engine.stop(self._stack, services)

    def _remove_services(self, engine: Engine) -> None:
        with self._progress.step(f"remove ({engine.name})"):
            engine.remove(self._stack, volumes=False)

    def _choose_ports(
        self, earlier: StackRecord | None, starting: frozenset[int], *, is_running: bool
    ) -> Ports:
        with self._progress.step("ports") as step:
            ports = choose_ports(
                self._desired.settings,
                earlier,
                running=is_running,
                any_port=self._request.any_port,
                deps=self._deps,
                starting=starting,
            )
            step.outcome = f"gRPC {ports['grpc']}, UI {ports['ui']}, HTTP {ports['http']}"
        return ports

    def _record(self, earlier: StackRecord | None, chosen: ChosenEngine, ports: Ports) -> StackRecord:
        engine = chosen.engine.name
        record = StackRecord(
            name=self._stack.name,
            project=str(self._stack.project),
            owner=self._stack.owner,
            engine=engine,
            ports=ports,
            web=RecordedWeb(**asdict(self._desired.web)),
            image_family=_image_family(chosen, earlier),
            versions=self._desired.settings.versions.model_dump(),
            data_versions=self._data_versions(earlier, chosen),
            created_at=earlier.created_at if earlier else datetime.now(UTC),
            clusters=self._clusters(earlier, chosen.engine),
            proof=earlier.proof if earlier and earlier.engine == engine else None,
        )
        self._deps.store.save(record)
        return record

    def _data_versions(self, earlier: StackRecord | None, chosen: ChosenEngine) -> Mapping[str, str]:
        """Return the versions that work on the data on compose; on another engine it stays as it is."""
        if chosen.images is None:
            return known_versions(earlier) if earlier else {}
        return of_data(self._desired.settings.versions)

    def _clusters(self, earlier: StackRecord | None, engine: Engine) -> dict[str, str]:
        """Return the known ids of clusters; one whose data is gone will be another."""
        clusters = dict(earlier.clusters) if earlier else {}
        if not engine.has_data(self._stack):
            clusters.pop(engine.name, None)
        return clusters

    def _converge(self, chosen: ChosenEngine, record: StackRecord) -> StackReport:
        plan = self._prepare(chosen, record)
        delivery = begin_delivery(self._stack, self._desired.dynamic_config, chosen.engine, self._deps)
        clock = self._deps.clock
        deadline = Deadline(clock, clock.now(), self._desired.settings.timeout.total_seconds())
        with self._launched(chosen.engine, plan, record, deadline) as launch:
            watch = ServiceWatch(chosen.engine, self._stack, launch, self._progress, clock)
            waiter = Waiter(deadline, watch, watch.last_seen_not_up)
            record = self._make_usable(chosen, record, waiter, is_launched=launch is not None)
            delivery.finish(self._progress)
            with self._progress.step("services") as step:
                waiter.until(step, watch.not_up)
        services = chosen.engine.services(self._stack)
        now = Observation(self._whole, record, chosen.engine, services)
        record_proof(now, plan.fingerprint, [spec.name for spec in self._desired.seeds.of(NamespaceSpec)])
        return report_ready(now, self._desired, self._progress.timings)

    @contextmanager
    def _launched(
        self, engine: Engine, plan: Plan, record: StackRecord, deadline: Deadline
    ) -> Iterator[Launch | None]:
        """Launch what does not run as declared; nothing of it goes on when the block is left in failure.

        The block begins when no service that runs is to be replaced any more: it would answer a question, and
        be gone at the next.
        """
        with ExitStack() as on_failure:
            with self._progress.step("launch") as step:
                launch = launch_if_needed(engine, plan, record, self._deps.reporter)
                if launch is not None:
                    on_failure.callback(launch.end)
                    Waiter(deadline, launch.check).until(step, launch.replacing)
                step.outcome = "services are starting" if launch else "runs as declared"
            yield launch
            if launch is not None:
                launch.wait()
            on_failure.pop_all()

    def _make_usable(
        self, chosen: ChosenEngine, record: StackRecord, waiter: Waiter, *, is_launched: bool
    ) -> StackRecord:
        """Wait until the stack's own server is as declared; return the record, which knows it by then."""
        endpoints = endpoints_of(record, chosen.engine)
        ownership = Ownership(self._stack, record, chosen.engine, self._deps)
        with self._deps.connect(endpoints.grpc, ownership) as gateway:
            readiness = Readiness(gateway, waiter, self._progress)
            readiness.await_frontend()
            record = ownership.remember(record, self._deps.store)
            reconciler = Reconciler(gateway, self._desired.seeds, waiter, self._progress)
            is_changed = bool(reconciler.reconcile([NAMESPACES]))
            is_to_prove = is_launched or is_changed or not self._is_proven(record, chosen.engine)
            namespaces = [spec.name for spec in self._desired.seeds.of(NamespaceSpec)]
            with readiness.proof(namespaces) if is_to_prove else nullcontext():
                reconciler.reconcile(AFTER_NAMESPACES)
        with self._progress.step("web-ui") as step:
            waiter.until(step, lambda: as_missing(ownership.problem("ui") or ownership.problem("http")))
            waiter.until(step, lambda: as_missing(self._deps.web_problem(endpoints.ui_health)))
            # The Web UI is healthy before it has a connection to the frontend: its pages would show an error.
            waiter.until(step, lambda: as_missing(self._deps.web_problem(endpoints.http_health)))
        return record

    def _is_proven(self, record: StackRecord, engine: Engine) -> bool:
        now = Observation(self._whole, record, engine, engine.services(self._stack))
        return now.is_proven(spec.name for spec in self._desired.seeds.of(NamespaceSpec))


def _image_family(chosen: ChosenEngine, earlier: StackRecord | None) -> ImageKind | None:
    """Return the family of the stack's images: data on compose keeps it while the stack runs elsewhere."""
    if chosen.images is not None:
        return chosen.images.kind
    return earlier.image_family if earlier else None
