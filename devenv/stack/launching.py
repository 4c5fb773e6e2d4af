"""Prepares what an engine launches, and launches it unless it runs already."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from devenv.dynamicconfig.model import unconstrained
from devenv.engines.protocol import LaunchSpec, Ports
from devenv.stack.files import write_compose_files

if TYPE_CHECKING:
    from devenv.engines.protocol import Engine, Launch, StackIdentity
    from devenv.events import Reporter
    from devenv.images.catalog import ImageFamily
    from devenv.project.state import StackRecord, StackStore
    from devenv.stack.desired import Desired


@dataclass(frozen=True)
class Plan:
    """What to launch; `fingerprint` is the same as long as running services would come out the same."""

    spec: LaunchSpec
    fingerprint: str


def prepare(
    stack: StackIdentity, desired: Desired, images: ImageFamily | None, record: StackRecord, store: StackStore
) -> Plan:
    """Write the files of the stack and return what to launch; the embedded engine has no `images`."""
    ports = Ports(record.ports.grpc, record.ports.ui, record.ports.http)
    settings = unconstrained(desired.dynamic_config)
    spec = LaunchSpec(
        stack=stack,
        ports=ports,
        directory=store.create(stack.name),
        overlays=tuple(overlay.path for overlay in desired.overlays),
        settings=settings,
    )
    if images is None:
        return Plan(spec, _digest([list(ports), settings]))
    return Plan(spec, write_compose_files(stack, desired, ports, images, store))


def launch_if_needed(engine: Engine, plan: Plan, record: StackRecord, reporter: Reporter) -> Launch | None:
    """Launch the services, or return None if they run as the record's proof says they were launched."""
    was_launched_so = record.proof is not None and record.proof.fingerprint == plan.fingerprint
    services = engine.services(plan.spec.stack)
    if was_launched_so and services and all(service.is_running for service in services):
        return None
    return engine.launch(plan.spec, reporter)


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()[:12]
