"""From what a server has to seeds that declare it. Pure: no server is asked, no file is written."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from devenv.files.durations import format_duration
from devenv.files.sentences import sentences
from devenv.seeds.changes import Kind
from devenv.seeds.models import NamespaceSpec, NexusEndpointSpec
from devenv.seeds.names import check_attribute_name, is_column_name
from devenv.seeds.schedule_adopt import inexpressible, schedule_item
from devenv.seeds.schedule_spec import ScheduleSpec
from devenv.seeds.schedule_target import to_schedule
from devenv.seeds.targets import to_endpoint, to_namespace
from devenv.seeds.wording import TITLES

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from devenv.files.yaml_documents import KeyPath
    from devenv.seeds.models import Seeds
    from devenv.seeds.plan import Observed
    from devenv.temporal.protocol import Namespace, NexusEndpoint
    from devenv.temporal.schedules import Schedule

SECTIONS = {
    Kind.NAMESPACE: "namespaces",
    Kind.NEXUS_ENDPOINT: "nexus_endpoints",
    Kind.SCHEDULE: "schedules",
}


@dataclass(frozen=True)
class LeftOut:
    """One thing of a server that the seeds will not have, and why."""

    kind: Kind
    name: str
    namespace: str | None
    reason: str

    @property
    def text(self) -> str:
        """The sentence that people read."""
        owner = f"{self.namespace}." if self.namespace else ""
        return f"{TITLES[self.kind]} {owner}{self.name} is left out: {self.reason}"


@dataclass(frozen=True)
class Missing:
    """Search attributes of a declared namespace that its declaration lacks: name to type.

    A namespace is declared in one place, so a file of its own could not say them. `place` is that one.
    """

    namespace: str
    place: str | None
    search_attributes: Mapping[str, str]

    @property
    def text(self) -> str:
        """The sentence that people read."""
        items = sorted(self.search_attributes.items())
        written = ", ".join(f"{_yaml_key(name)}: {kind}" for name, kind in items)
        where = self.place or "the declaration"
        return f"the namespace {self.namespace} is declared at {where}: add search_attributes {{{written}}}"


class Adoption:
    """What is taken over, section by section as a seeds file has it, and what is not.

    `left_out` no seeds will have; `missing` has to be written where its namespace is declared.
    """

    def __init__(self) -> None:
        self.sections: dict[str, list[dict[str, Any]]] = {name: [] for name in SECTIONS.values()}
        self.left_out: list[LeftOut] = []
        self.missing: list[Missing] = []

    @property
    def data(self) -> dict[str, Any]:
        """The content of a seeds file."""
        return {name: items for name, items in self.sections.items() if items}

    def count(self, kind: Kind) -> int:
        """Return how many of `kind` are taken over."""
        return len(self.sections[SECTIONS[kind]])

    def add(self, kind: Kind, item: dict[str, Any]) -> None:
        """Take something over."""
        self.sections[SECTIONS[kind]].append(item)

    def leave(self, kind: Kind, name: str, reason: str, namespace: str | None = None) -> None:
        """Leave something out."""
        self.left_out.append(LeftOut(kind, name, namespace, reason))


@dataclass(frozen=True)
class Source:
    """What a server has, which namespaces are wanted of it, and what is declared without it.

    `shipped` are the seeds that every project has: what is there as in them needs no declaration.
    """

    observed: Observed
    chosen: Collection[str]
    declared: Seeds
    shipped: Seeds


def adopt(source: Source) -> Adoption:
    """Return seeds for what a server has in the chosen namespaces and nobody declares.

    What cannot be declared exactly as it is stays out: `apply` would change it.
    """
    adoption = Adoption()
    for name in _by_origin(source):
        _adopt_namespace(adoption, source, name)
    _name_missing_attributes(adoption, source)
    usable = {item["name"] for item in adoption.sections["namespaces"]}
    usable |= {spec.name for seeds in (source.declared, source.shipped) for spec in seeds.namespaces}
    _adopt_endpoints(adoption, source, usable)
    _adopt_schedules(adoption, source, usable)
    return adoption


def _by_origin(source: Source) -> list[str]:
    """Return the namespaces that nobody declares, those that devenv ships last."""
    known = {spec.name for spec in source.declared.namespaces}
    shipped = {spec.name for spec in source.shipped.namespaces}
    return sorted(set(source.chosen) - known, key=lambda name: (name in shipped, name))


def _adopt_namespace(adoption: Adoption, source: Source, name: str) -> None:
    namespace = source.observed.namespaces[name]
    attributes = _own_attributes(adoption, source, name)
    is_shipped = any(spec.name == name for spec in source.shipped.namespaces)
    if is_shipped and source.observed.cluster.shares_attributes:
        # It sees those of all others, and need not be declared for their sake.
        attributes = {each: attributes[each] for each in attributes.keys() - _carried(adoption, source)}
    item = _namespace_item(namespace, attributes)
    reason = _objection(NamespaceSpec, item, partial(_is_declared, namespace))
    if reason:
        adoption.leave(Kind.NAMESPACE, name, reason)
    elif NamespaceSpec.model_validate(item) not in source.shipped.namespaces:
        adoption.add(Kind.NAMESPACE, item)
    if namespace.is_global:
        adoption.leave(Kind.NAMESPACE, f"{name}: its replication", "seeds cannot declare it")


def _own_attributes(adoption: Adoption, source: Source, namespace: str) -> dict[str, str]:
    """Return the search attributes of a namespace that can be declared; one that cannot is left out alone."""
    attributes: dict[str, str] = {}
    for name, kind in source.observed.search_attributes.get(namespace, {}).items():
        if is_column_name(name):
            continue
        try:
            attributes[check_attribute_name(name)] = kind
        except ValueError as error:
            owner = None if source.observed.cluster.shares_attributes else namespace
            left = LeftOut(Kind.SEARCH_ATTRIBUTE, name, owner, str(error))
            if left not in adoption.left_out:
                adoption.left_out.append(left)
    return attributes


def _carried(adoption: Adoption, source: Source) -> set[str]:
    """Return the search attributes that a namespace declares already, or will."""
    declared = (spec.search_attributes for spec in source.declared.namespaces)
    adopted = (item.get("search_attributes", {}) for item in adoption.sections["namespaces"])
    return set(chain(*declared, *adopted))


def _name_missing_attributes(adoption: Adoption, source: Source) -> None:
    """Tell of the search attributes that `plan --prune` would delete in namespaces that are declared."""
    is_shared = source.observed.cluster.shares_attributes
    # `--prune` asks for no more than one declaration, in whatever namespace.
    told = _carried(adoption, source)
    for spec in source.declared.namespaces:
        if spec.name not in source.chosen:
            continue
        attributes = _own_attributes(adoption, source, spec.name)
        missing = {each: attributes[each] for each in attributes.keys() - told}
        if missing:
            adoption.missing.append(Missing(spec.name, source.declared.place_of(spec.name), missing))
        told |= missing.keys() if is_shared else set()


def _namespace_item(namespace: Namespace, attributes: Mapping[str, str]) -> dict[str, Any]:
    item: dict[str, Any] = {"name": namespace.name, "retention": format_duration(namespace.retention)}
    item |= {"description": namespace.description, "owner_email": namespace.owner_email}
    item["data"] = dict(sorted(namespace.data.items()))
    for what in ("history", "visibility"):
        if getattr(namespace, f"{what}_archival_state") == "enabled":
            item[f"{what}_archival_state"] = "enabled"
            item[f"{what}_archival_uri"] = getattr(namespace, f"{what}_archival_uri")
    item["search_attributes"] = dict(sorted(attributes.items()))
    return {key: value for key, value in item.items() if value not in ("", {})}


def _adopt_endpoints(adoption: Adoption, source: Source, usable: Collection[str]) -> None:
    known = {spec.name for spec in source.declared.nexus_endpoints}
    for name, endpoint in sorted(source.observed.endpoints.items()):
        if name in known or (endpoint.namespace and endpoint.namespace not in source.chosen):
            continue
        reason = _endpoint_objection(endpoint, usable)
        if reason:
            adoption.leave(Kind.NEXUS_ENDPOINT, name, reason)
        else:
            adoption.add(Kind.NEXUS_ENDPOINT, _endpoint_item(endpoint))


def _endpoint_objection(endpoint: NexusEndpoint, usable: Collection[str]) -> str | None:
    if endpoint.url:
        return "it leads to a URL, which seeds cannot declare"
    if endpoint.namespace not in usable:
        return f"the namespace {endpoint.namespace}, which it leads to, is left out"
    item = _endpoint_item(endpoint)
    return _objection(NexusEndpointSpec, item, lambda spec: to_endpoint(spec) == endpoint)


def _is_declared(found: Namespace, spec: NamespaceSpec) -> bool:
    declared = to_namespace(spec)
    return declared.retention == found.retention and dict(declared.data) == dict(found.data)


def _endpoint_item(endpoint: NexusEndpoint) -> dict[str, Any]:
    target = {"namespace": endpoint.namespace, "task_queue": endpoint.task_queue}
    item: dict[str, Any] = {"name": endpoint.name, "target": target}
    return item | ({"description": endpoint.description} if endpoint.description else {})


def _adopt_schedules(adoption: Adoption, source: Source, usable: Collection[str]) -> None:
    known = {(spec.namespace, spec.id) for spec in source.declared.schedules}
    for key, schedule in sorted(source.observed.schedules.items()):
        if key in known or schedule.namespace not in source.chosen:
            continue
        reason = _schedule_objection(schedule, usable, _declared_attributes(adoption, source, schedule))
        if reason:
            adoption.leave(Kind.SCHEDULE, schedule.id, reason, schedule.namespace)
        else:
            adoption.add(Kind.SCHEDULE, schedule_item(schedule))


def _declared_attributes(adoption: Adoption, source: Source, schedule: Schedule) -> set[str]:
    """Return the search attributes that the namespace of `schedule` declares, or will."""
    specs = chain(source.declared.namespaces, source.shipped.namespaces)
    declared = (spec.search_attributes for spec in specs if spec.name == schedule.namespace)
    items = adoption.sections["namespaces"]
    adopted = (item.get("search_attributes", {}) for item in items if item["name"] == schedule.namespace)
    return set(chain(*declared, *adopted))


def _schedule_objection(
    schedule: Schedule, usable: Collection[str], attributes: Collection[str]
) -> str | None:
    if schedule.namespace not in usable:
        return f"the namespace {schedule.namespace} is left out"
    undeclared = {*schedule.search_attributes, *schedule.schedule_search_attributes}.difference(attributes)
    if undeclared:
        return f"{schedule.namespace} declares no search attribute {', '.join(sorted(undeclared))}"
    return inexpressible(schedule) or _objection(
        ScheduleSpec, schedule_item(schedule), lambda spec: to_schedule(spec) == schedule
    )


def _yaml_key(name: str) -> str:
    return name if name.isidentifier() else json.dumps(name, ensure_ascii=False)


class _Item:
    """What is validated here comes from no file: a place is the name of a field."""

    def place(self, key_path: KeyPath) -> str:
        """Return the names on the way."""
        return ".".join(map(str, key_path)) or "it"


def _objection(model: Any, item: dict[str, Any], is_same: Callable[[Any], bool]) -> str | None:
    """Return why `item` is no declaration of what it was made from, None if it is."""
    try:
        spec = model.model_validate(item)
    except ValidationError as refusal:
        return sentences(refusal, model, _Item())[0]
    return None if is_same(spec) else "seeds cannot declare it exactly as it is"
