"""Says what an engine is to launch, and has it launched unless it runs already."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from devenv.dynamicconfig.model import unconstrained
from devenv.engines.protocol import LaunchSpec

if TYPE_CHECKING:
    from devenv.engines.protocol import Engine, Images, Launch, StackIdentity
    from devenv.events import Reporter
    from devenv.project.services import Ports
    from devenv.project.state import StackRecord
    from devenv.stack.desired import Desired


@dataclass(frozen=True)
class Plan:
    """What to launch; `fingerprint` is the same as long as running services would come out the same."""

    spec: LaunchSpec
    fingerprint: str


def launch_spec(
    stack: StackIdentity, desired: Desired, ports: Ports, images: Images | None = None
) -> LaunchSpec:
    """Return what an engine is told of `stack`: what is declared, on `ports`, from `images`."""
    settings = desired.settings
    return LaunchSpec(
        stack=stack,
        ports=ports,
        settings=unconstrained(desired.dynamic_config),
        web=desired.web,
        namespace=settings.namespace,
        is_durable=settings.durability == "safe",
        versions=settings.stack_versions,
        images=images,
        visibility=settings.visibility,
        overlays=desired.overlays,
        addons=desired.addons,
    )


def launch_if_needed(engine: Engine, plan: Plan, record: StackRecord, reporter: Reporter) -> Launch | None:
    """Launch the services, or return None if they run as the record's proof says they were launched."""
    was_launched_so = record.proof is not None and record.proof.fingerprint == plan.fingerprint
    services = engine.services(plan.spec.stack)
    if was_launched_so and services and all(each.is_running or each.has_finished for each in services):
        return None
    return engine.launch(plan.spec, reporter)
