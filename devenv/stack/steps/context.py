"""What the steps of one `up` share."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from devenv.seeds.kinds.namespace import NamespaceSpec
from devenv.stack.progress import Progress
from devenv.stack.stack import Observation

if TYPE_CHECKING:
    from contextlib import ExitStack

    from devenv.engines.protocol import Engine, Launch, LaunchSpec, StackIdentity
    from devenv.events import Reporter
    from devenv.images.catalog import ImageFamily
    from devenv.overlays.review import ReviewedOverlays
    from devenv.project.state import StackRecord
    from devenv.stack.addon_plan import AddonPlan
    from devenv.stack.config_delivery import Delivery
    from devenv.stack.data_versions import VersionChange
    from devenv.stack.dependencies import Dependencies
    from devenv.stack.desired import Desired
    from devenv.stack.ports import Ownership
    from devenv.stack.progress import ServiceMonitor, Waiter
    from devenv.stack.report import StackReport
    from devenv.stack.stack import Stack
    from devenv.stack.up import UpRequest


@dataclass(frozen=True)
class Inventory:
    """What exists of a stack on one engine before something is done to it; `running` services run."""

    had_services: bool = False
    running: frozenset[str] = frozenset()
    had_data: bool = False

    @classmethod
    def of(cls, engine: Engine, stack: StackIdentity) -> Inventory:
        """Return what exists now."""
        services = engine.services(stack)
        return cls(
            had_services=bool(services),
            running=frozenset(service.name for service in services if service.is_running),
            had_data=engine.has_data(stack),
        )


@dataclass
class UpContext:
    """One `up`: what it was asked, and what its steps have found and made so far.

    Above a field are the steps that fill it in or replace it. A step that reads one without a value too
    early raises AttributeError: the order of the steps is wrong then.
    """

    stack: Stack
    # its add-ons: fit_addons, prepare_addons
    desired: Desired
    request: UpRequest
    # the record before this `up`; the roll-back notes in it which versions have worked on the data
    earlier: StackRecord | None
    progress: Progress = field(init=False)

    # check_recorded_versions, check_data
    version_changes: list[VersionChange] = field(init=False)
    # check_addons, fit_addons
    addons: AddonPlan = field(init=False)
    # choose_engine
    engine: Engine = field(init=False)
    # choose_engine, fit_addons; None for an engine that runs none
    images: ImageFamily | None = field(init=False)
    # check_overlays
    overlays: ReviewedOverlays | None = field(init=False)
    # leave_other_engines
    before: Inventory = field(init=False)

    # recover; the snapshot of what is replaced, None without
    saved: str | None = None
    # join; whether the worktree used a stack that is shared before
    was_user: bool = True

    # The rest is of one try; its resources are released when the try has ended.
    resources: ExitStack = field(init=False)
    # choose_ports; apply_and_prove notes in it which cluster it is
    record: StackRecord = field(init=False)
    # write_files
    spec: LaunchSpec = field(init=False)
    fingerprint: str = field(init=False)
    # deliver_config
    delivery: Delivery = field(init=False)
    # launch; None if all services run as declared
    launch: Launch | None = field(init=False)
    monitor: ServiceMonitor = field(init=False)
    waiter: Waiter = field(init=False)
    # apply_and_prove
    ownership: Ownership = field(init=False)
    # save_proof
    report: StackReport = field(init=False)

    def __post_init__(self) -> None:
        """Begin to count the time."""
        self.progress = Progress(self.deps.reporter, self.deps.clock)

    @property
    def deps(self) -> Dependencies:
        """Everything outside the process."""
        return self.stack.deps

    @property
    def reporter(self) -> Reporter:
        """Where warnings go."""
        return self.deps.reporter

    def observe(self) -> Observation:
        """Return how the stack is now on the engine that was chosen."""
        services = self.engine.services(self.stack.identity)
        return Observation(self.stack, self.record, self.engine, services)

    @property
    def is_proven_as_declared(self) -> bool:
        """Whether the recorded proof is about services that were launched as `fingerprint` says."""
        return self.record.proof is not None and self.record.proof.fingerprint == self.fingerprint

    @property
    def namespaces(self) -> list[str]:
        """The names of the declared namespaces."""
        return [spec.name for spec in self.desired.seeds.of(NamespaceSpec)]
