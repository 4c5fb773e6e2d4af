"""Which ports the stack gets, and the record that other stacks read them from."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from devenv.project.state import RecordedWeb, StackRecord
from devenv.stack.data_versions import known_versions, of_data
from devenv.stack.ports import DeclaredPorts, find_ports
from devenv.stack.steps.addons import recorded_addons

if TYPE_CHECKING:
    from collections.abc import Mapping

    from devenv.project.services import Ports
    from devenv.stack.steps.context import UpContext


def choose_ports(up: UpContext) -> None:
    """Choose free ports, and record them before another stack can choose the same."""
    with up.deps.store.exclusive("ports"):
        starting = up.engine.reserved_ports(up.stack.identity)
        with up.progress.step("ports") as step:
            ports = find_ports(
                DeclaredPorts.of(up.desired.settings, up.addons.on),
                up.earlier,
                running=bool(up.before.running),
                any_port=up.request.any_port,
                deps=up.deps,
                starting=starting,
            )
            added = "".join(
                f", {name} {ports[name]}" for addon in up.addons.on for name in addon.definition.ports
            )
            step.outcome = f"gRPC {ports['grpc']}, UI {ports['ui']}, HTTP {ports['http']}{added}"
        up.record = _new_record(up, ports)
        up.deps.store.save(up.record)


def _new_record(up: UpContext, ports: Ports) -> StackRecord:
    stack, earlier, engine = up.stack, up.earlier, up.engine.name
    return StackRecord(
        name=stack.name,
        project=str(stack.project),
        owner=stack.identity.owner,
        engine=engine,
        ports=ports,
        web=RecordedWeb(**asdict(up.desired.web)),
        # Data that stays on Compose while the stack runs elsewhere keeps its images and versions.
        image_family=up.images.kind if up.images else earlier.image_family if earlier else None,
        versions=up.desired.settings.versions.model_dump(),
        data_versions=_data_versions(up),
        visibility=up.desired.settings.visibility if up.images or not earlier else earlier.visibility,
        created_at=earlier.created_at if earlier else datetime.now(UTC),
        **_facts_of_data(up),
        proof=earlier.proof if earlier and earlier.engine == engine else None,
        addons=recorded_addons(up, ports),
        addon_choices=dict(up.addons.choices),
    )


def _data_versions(up: UpContext) -> Mapping[str, str]:
    known = known_versions(up.earlier) if up.earlier else {}
    if up.images is None:
        return known
    # A store that is not used now keeps the version that worked on its data last.
    return {**known, **of_data(up.desired.settings.stack_versions)}


def _facts_of_data(up: UpContext) -> dict[str, Any]:
    """Return what is recorded of clusters by engine; one whose data is gone will be another."""
    if up.earlier is None:
        return {}
    facts: dict[str, dict[str, Any]] = {
        "clusters": dict(up.earlier.clusters),
        "history_shards": dict(up.earlier.history_shards),
    }
    if not up.engine.has_data(up.stack.identity):
        for each in facts.values():
            each.pop(up.engine.name, None)
        return facts
    return {**facts, "visibility_outdated": up.earlier.visibility_outdated}
