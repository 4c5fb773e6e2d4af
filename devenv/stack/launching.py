"""Prepares what an engine launches, and launches it unless it runs already."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from devenv.dynamicconfig.model import unconstrained
from devenv.engines.protocol import LaunchSpec
from devenv.events import warn
from devenv.stack.files import write_compose_files
from devenv.stack.overlay_trust import StackInputs, accept_overlays
from devenv.stack.records import web_of

if TYPE_CHECKING:
    from devenv.engines.protocol import Engine, Launch, StackIdentity
    from devenv.events import Reporter
    from devenv.images.catalog import ImageFamily
    from devenv.project.state import StackRecord, StackStore
    from devenv.stack.dependencies import Dependencies
    from devenv.stack.desired import Desired
    from devenv.stack.overlay_trust import Resolution


@dataclass(frozen=True)
class Plan:
    """What to launch; `fingerprint` is the same as long as running services would come out the same."""

    spec: LaunchSpec
    fingerprint: str


def prepare(
    stack: StackIdentity,
    desired: Desired,
    images: ImageFamily | None,
    record: StackRecord,
    deps: Dependencies,
    *,
    overlaid: Resolution | None = None,
) -> Plan:
    """Write the files of the stack and return what to launch; the embedded engine has no `images`.

    `overlaid` was accepted for ports that may have been others.

    Raises:
        OverlayInvalidError: As `accept_overlays`.
        TrustNeededError: As `accept_overlays`.
    """
    spec = launch_spec(stack, desired, record, deps.store)
    if images is None:
        return Plan(spec, _digest([spec.ports.to_document(), asdict(spec.web), spec.settings]))
    accepted = accept_overlays(StackInputs(stack, desired, spec.ports, images), deps, known=overlaid)
    return Plan(spec, write_compose_files(stack, desired, spec.ports, images, deps.store, overlaid=accepted))


def launch_spec(stack: StackIdentity, desired: Desired, record: StackRecord, store: StackStore) -> LaunchSpec:
    """Return what an engine is told of `stack`, with the ports that `record` gives it."""
    return LaunchSpec(
        stack=stack,
        ports=record.ports,
        directory=store.create(stack.name),
        settings=unconstrained(desired.dynamic_config),
        web=web_of(record),
    )


def resume_paused(engine: Engine, stack: StackIdentity, reporter: Reporter) -> None:
    """Have services that are paused run again, and say which."""
    for name in engine.resume(stack):
        warn(reporter, f"the service {name} was paused: it runs again")


def launch_if_needed(engine: Engine, plan: Plan, record: StackRecord, reporter: Reporter) -> Launch | None:
    """Launch the services, or return None if they run as the record's proof says they were launched."""
    was_launched_so = record.proof is not None and record.proof.fingerprint == plan.fingerprint
    services = engine.services(plan.spec.stack)
    if was_launched_so and services and all(each.is_running or each.has_finished for each in services):
        return None
    return engine.launch(plan.spec, reporter)


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()[:12]
