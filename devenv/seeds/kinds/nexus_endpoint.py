"""Nexus endpoints, which belong to the whole cluster."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import AfterValidator

from devenv.seeds.changes import quoted
from devenv.seeds.importer import objection
from devenv.seeds.kinds.kind import Kind
from devenv.seeds.kinds.namespace import usable_namespaces
from devenv.seeds.seed_model import FreeName, Key, Name, SeedModel, Spec
from devenv.temporal.protocol import NexusEndpoint

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from devenv.seeds.changes import Change
    from devenv.seeds.importer import ImportResult, ImportSource
    from devenv.seeds.kinds.kind import Differences
    from devenv.seeds.seeds import Observed, Seeds
    from devenv.temporal.protocol import Gateway

# Tried on both engines; the server names no limit.
_LONGEST_ENDPOINT_NAME = 200
_ENDPOINT_NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9\-]*[a-zA-Z0-9]")


def check_endpoint_name(name: str) -> str:
    """Return `name` when the server accepts it for a Nexus endpoint.

    Raises:
        ValueError: With a sentence for the person who chose it.
    """
    if len(name) > _LONGEST_ENDPOINT_NAME:
        raise ValueError(f"an endpoint's name has at most {_LONGEST_ENDPOINT_NAME} characters")
    if not _ENDPOINT_NAME.fullmatch(name):
        raise ValueError(
            f'the endpoint name "{name}" must begin with a letter, end with a letter or digit '
            "and have only letters, digits and dashes between"
        )
    return name


class NexusTarget(SeedModel):
    """Where a Nexus endpoint sends its calls."""

    unsupported: ClassVar[frozenset[str]] = frozenset({"url", "external", "target_url"})

    namespace: Name
    task_queue: FreeName


class NexusEndpointSpec(Spec):
    """A Nexus endpoint, known in the whole cluster."""

    namespace_path: ClassVar[tuple[str, ...]] = ("target", "namespace")

    name: Annotated[str, AfterValidator(check_endpoint_name)]
    target: NexusTarget
    description: str = ""


class NexusEndpoints(Kind[NexusEndpoint]):
    """Nexus endpoints."""

    name = "nexus_endpoint"
    title = "Nexus endpoint"
    section = "nexus_endpoints"
    model = NexusEndpointSpec

    def observe(
        self, gateway: Gateway, seeds: Seeds, server: Observed, undeclared_in: Collection[str] | None
    ) -> Mapping[Key, NexusEndpoint]:
        # A server that is too old for them, or hides them, need not be asked for what nobody declares.
        if undeclared_in is None and not self.is_declared(seeds):
            return {}
        return {Key(None, name): endpoint for name, endpoint in gateway.endpoints().items()}

    def changes(self, seeds: Seeds, observed: Observed) -> Iterator[Change]:
        for spec in seeds.of(NexusEndpointSpec):
            endpoint, found = to_endpoint(spec), observed.of(self).get(spec.key)
            if found is None:
                yield self.creation(spec, "target", endpoint.target)
            else:
                yield from self.updates(spec, _differences(endpoint, found))

    def target(self, changes: Sequence[Change]) -> NexusEndpoint:
        change = changes[0]
        return to_endpoint(change.spec) if change.spec else NexusEndpoint(change.name)

    def words(self, field: str, value: Any) -> str:
        return quoted(value) if field == "description" else str(value)

    def import_objects(self, source: ImportSource, result: ImportResult) -> None:
        declared = {spec.key for spec in source.declared.of(NexusEndpointSpec)}
        usable = usable_namespaces(source, result)
        for key, endpoint in sorted(source.observed.of(self).items()):
            if key in declared or (endpoint.namespace and endpoint.namespace not in source.chosen):
                continue
            reason = _objection(endpoint, usable)
            if reason:
                result.skip(self, key, reason)
            else:
                result.add(self, _item(endpoint))


NEXUS_ENDPOINTS = NexusEndpoints()


def to_endpoint(spec: NexusEndpointSpec) -> NexusEndpoint:
    """Return the Nexus endpoint that `spec` declares."""
    return NexusEndpoint(
        name=spec.name,
        namespace=spec.target.namespace,
        task_queue=spec.target.task_queue,
        description=spec.description,
    )


def _differences(desired: NexusEndpoint, observed: NexusEndpoint) -> Differences:
    if desired.target != observed.target:
        yield "target", observed.target, desired.target
    if desired.description and desired.description != observed.description:
        yield "description", observed.description, desired.description


def _objection(endpoint: NexusEndpoint, usable: Collection[str]) -> str | None:
    if endpoint.url:
        return "it leads to a URL, which seeds cannot declare"
    if endpoint.namespace not in usable:
        return f"the namespace {endpoint.namespace}, which it leads to, is left out"
    return objection(NexusEndpointSpec, _item(endpoint), lambda spec: to_endpoint(spec) == endpoint)


def _item(endpoint: NexusEndpoint) -> dict[str, Any]:
    target = {"namespace": endpoint.namespace, "task_queue": endpoint.task_queue}
    item: dict[str, Any] = {"name": endpoint.name, "target": target}
    return item | ({"description": endpoint.description} if endpoint.description else {})
