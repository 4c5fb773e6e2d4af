"""From what a server has to seeds that declare it. Pure: no server is asked, no file is written."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from devenv.project.durations import format_duration
from devenv.project.sentences import sentences
from devenv.seeds.calendars import to_cron
from devenv.seeds.changes import TITLES, Kind
from devenv.seeds.models import NamespaceSpec, NexusEndpointSpec, ScheduleSpec
from devenv.seeds.names import is_column_name
from devenv.seeds.targets import to_endpoint, to_namespace, to_schedule
from devenv.temporal.schedules import DEFAULT_CATCHUP_WINDOW, UTC

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from devenv.project.documents import KeyPath
    from devenv.seeds.models import Seeds
    from devenv.seeds.plan import Observed
    from devenv.temporal.protocol import Namespace, NexusEndpoint
    from devenv.temporal.schedules import Schedule

SECTIONS = {
    Kind.NAMESPACE: "namespaces",
    Kind.NEXUS_ENDPOINT: "nexus_endpoints",
    Kind.SCHEDULE: "schedules",
}
_SECTIONS_OF_A_SCHEDULE = {"spec", "policies", "state", "action", "start_workflow"}


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


class Adoption:
    """What is taken over, section by section as a seeds file has it, and what is left out."""

    def __init__(self) -> None:
        self.sections: dict[str, list[dict[str, Any]]] = {name: [] for name in SECTIONS.values()}
        self.left_out: list[LeftOut] = []

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
    _adopt_namespaces(adoption, source)
    usable = {item["name"] for item in adoption.sections["namespaces"]}
    usable |= {spec.name for seeds in (source.declared, source.shipped) for spec in seeds.namespaces}
    _adopt_endpoints(adoption, source, usable)
    _adopt_schedules(adoption, source, usable)
    return adoption


def _adopt_namespaces(adoption: Adoption, source: Source) -> None:
    known = {spec.name for spec in source.declared.namespaces}
    shipped = {spec.name for spec in source.shipped.namespaces}
    for name in sorted(set(source.chosen) - known, key=lambda name: (name in shipped, name)):
        namespace = source.observed.namespaces[name]
        attributes = dict(source.observed.search_attributes.get(name, {}))
        if name in shipped and source.observed.cluster.shares_attributes:
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


def _carried(adoption: Adoption, source: Source) -> set[str]:
    """Return the search attributes that a namespace declares already, or will."""
    declared = (spec.search_attributes for spec in source.declared.namespaces)
    adopted = (item.get("search_attributes", {}) for item in adoption.sections["namespaces"])
    return {name for attributes in (*declared, *adopted) for name in attributes}


def _namespace_item(namespace: Namespace, attributes: Mapping[str, str]) -> dict[str, Any]:
    item: dict[str, Any] = {"name": namespace.name, "retention": format_duration(namespace.retention)}
    item |= {"description": namespace.description, "owner_email": namespace.owner_email}
    item["data"] = dict(sorted(namespace.data.items()))
    for what in ("history", "visibility"):
        if getattr(namespace, f"{what}_archival_state") == "enabled":
            item[f"{what}_archival_state"] = "enabled"
            item[f"{what}_archival_uri"] = getattr(namespace, f"{what}_archival_uri")
    item["search_attributes"] = {
        name: kind for name, kind in sorted(attributes.items()) if not is_column_name(name)
    }
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
        reason = _schedule_objection(schedule, usable)
        if reason:
            adoption.leave(Kind.SCHEDULE, schedule.id, reason, schedule.namespace)
        else:
            adoption.add(Kind.SCHEDULE, _schedule_item(schedule))


def _schedule_objection(schedule: Schedule, usable: Collection[str]) -> str | None:
    if schedule.namespace not in usable:
        return f"the namespace {schedule.namespace} is left out"
    if schedule.further:
        return f"seeds cannot declare its {', '.join(_names(schedule.further))}"
    if any(_value(text) is _NO_JSON for text in schedule.input):
        return "an argument of its workflow is not JSON"
    item = _schedule_item(schedule)
    return _objection(ScheduleSpec, item, lambda spec: to_schedule(spec) == schedule)


def _names(further: Mapping[str, Any]) -> Iterator[str]:
    """Yield the names of what a schedule has more; sections of the message say nothing to people."""
    for name, value in sorted(further.items()):
        if name in _SECTIONS_OF_A_SCHEDULE:
            yield from _names(value)
        else:
            yield name


def _schedule_item(schedule: Schedule) -> dict[str, Any]:
    item: dict[str, Any] = {"id": schedule.id, "namespace": schedule.namespace}
    item |= {"workflow": schedule.workflow, "task_queue": schedule.task_queue}
    if schedule.workflow_id != schedule.id:
        item["workflow_id"] = schedule.workflow_id
    item |= _times(schedule)
    usual = {
        "timezone": (schedule.timezone, UTC),
        "input": ([_value(text) for text in schedule.input], []),
        "paused": (schedule.paused, False),
        "note": (schedule.note, ""),
        "overlap": (schedule.overlap, "skip"),
    }
    item |= {name: value for name, (value, default) in usual.items() if value != default}
    if schedule.catchup_window != DEFAULT_CATCHUP_WINDOW:
        item["catchup_window"] = format_duration(schedule.catchup_window)
    return item


def _times(schedule: Schedule) -> dict[str, Any]:
    if len(schedule.intervals) == 1 and not schedule.calendars:
        [interval] = schedule.intervals
        every = {"interval": format_duration(interval.every)}
        return every | ({"offset": format_duration(interval.offset)} if interval.offset else {})
    lines = sorted(map(to_cron, schedule.calendars)) + sorted(map(to_cron, schedule.intervals))
    return {"cron": lines[0] if len(lines) == 1 else lines}


_NO_JSON = object()


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return _NO_JSON


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
