"""Namespaces: what seeds say of them, and how a server is brought there."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from enum import StrEnum
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from devenv.files.durations import DurationLimits, format_duration
from devenv.files.strict import DURATION_SCHEMA, LAX, read_duration
from devenv.project.names import DEFAULT_NAMESPACE
from devenv.seeds.attributes import AttributeName, SearchAttributeType, is_declarable
from devenv.seeds.changes import quoted
from devenv.seeds.importer import objection
from devenv.seeds.kinds.kind import Kind
from devenv.seeds.seed_model import Key, NamespaceName, Spec
from devenv.temporal.protocol import SYSTEM_NAMESPACE, Namespace

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from devenv.seeds.changes import Change
    from devenv.seeds.importer import ImportResult, ImportSource
    from devenv.seeds.kinds.kind import Differences
    from devenv.seeds.seeds import Observed, Seeds
    from devenv.temporal.protocol import Gateway

PROTECTED = frozenset({DEFAULT_NAMESPACE, SYSTEM_NAMESPACE})
DEFAULT_RETENTION = timedelta(hours=72)
# Where the add-on `archive` has the server put what a namespace archives that names no other place.
ARCHIVE_URI = "s3://temporal-archive"
RETENTION_LIMITS = DurationLimits(timedelta(hours=1))

_URI = re.compile(r"[a-z][a-z0-9+.\-]*://\S+", re.IGNORECASE)
_ARCHIVAL = (
    "history_archival_state",
    "history_archival_uri",
    "visibility_archival_state",
    "visibility_archival_uri",
)


class ArchivalState(StrEnum):
    """Whether what retention would delete is archived; only a server with an archive takes part."""

    ENABLED = "enabled"
    DISABLED = "disabled"


def check_retention(retention: timedelta) -> timedelta:
    """Return `retention`.

    Raises:
        ValueError: The server would refuse it.
    """
    if retention not in RETENTION_LIMITS:
        raise ValueError(
            f"a retention of {format_duration(retention)} is too short, the server keeps at least 1h"
        )
    return retention


def check_archival_uri(uri: str) -> str:
    """Return `uri` when it names an archive, such as `file:///archive`.

    Raises:
        ValueError: With a sentence for the person who wrote it.
    """
    if not _URI.match(uri):
        raise ValueError(f'"{uri}" is not the URI of an archive, write one such as s3://bucket/path')
    return uri


def _read_retention(value: object) -> object:
    return read_duration(value, RETENTION_LIMITS)


Retention = Annotated[
    timedelta,
    BeforeValidator(_read_retention),
    AfterValidator(check_retention),
    DURATION_SCHEMA,
    Field(json_schema_extra={"default": format_duration(DEFAULT_RETENTION)}),
]
ArchivalUri = Annotated[str, AfterValidator(check_archival_uri)]


class NamespaceSpec(Spec):
    """A namespace, with the search attributes its workflows use."""

    unsupported: ClassVar[frozenset[str]] = frozenset(
        {"active_cluster", "bad_binaries", "clusters", "is_global", "is_global_namespace", "replication"}
    )
    called_here: ClassVar[dict[str, str]] = {
        "custom_search_attributes": "search_attributes",
        "email": "owner_email",
        "retention_days": "retention, with its unit: 3d",
        "retention_period": "retention",
        "workflow_execution_retention_period": "retention",
        "workflow_execution_retention_ttl": "retention",
    }

    name: NamespaceName
    retention: Retention = DEFAULT_RETENTION
    description: str = ""
    owner_email: str = ""
    data: dict[str, str] = Field(default_factory=dict)
    archival: bool | None = None
    history_archival_state: Annotated[ArchivalState, LAX] | None = None
    history_archival_uri: ArchivalUri = ""
    visibility_archival_state: Annotated[ArchivalState, LAX] | None = None
    visibility_archival_uri: ArchivalUri = ""
    search_attributes: dict[AttributeName, Annotated[SearchAttributeType, LAX]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _says_it_once(self) -> Self:
        if self.archival is not None and (self.history_archival_state or self.visibility_archival_state):
            raise ValueError(
                "archival stands for history_archival_state and visibility_archival_state: write it or them"
            )
        return self

    @property
    def archives(self) -> bool:
        """Whether it asks for an archive."""
        return bool(self.archival) or ArchivalState.ENABLED in {
            self.history_archival_state,
            self.visibility_archival_state,
        }

    def without_archival(self) -> NamespaceSpec:
        """Return the same namespace for somebody who deletes it soon: an archive would keep what is in it."""
        fields = type(self).model_fields
        return self.model_copy(update={name: fields[name].default for name in ("archival", *_ARCHIVAL)})


class Namespaces(Kind[Namespace]):
    """Registered namespaces; they are observed before all other kinds, as `Observed.namespaces`."""

    name = "namespace"
    title = "namespace"
    section = "namespaces"
    model = NamespaceSpec

    def is_declared(self, seeds: Seeds) -> bool:
        return True

    def observe(
        self, gateway: Gateway, seeds: Seeds, server: Observed, undeclared_in: Collection[str] | None
    ) -> Mapping[Key, Namespace]:
        return {Key(None, name): namespace for name, namespace in server.namespaces.items()}

    def changes(self, seeds: Seeds, observed: Observed) -> Iterator[Change]:
        for spec in seeds.of(NamespaceSpec):
            found = observed.namespaces.get(spec.name)
            if found is None:
                yield self.creation(spec, "retention", spec.retention, "not registered")
            else:
                differences = _differences(spec, found, archives=observed.archives)
                yield from map(_with_obstacle, self.updates(spec, differences))

    def removals(self, seeds: Seeds, observed: Observed) -> Iterator[Change]:
        kept = {spec.name for spec in seeds.of(NamespaceSpec)} | PROTECTED
        for name in observed.namespaces:
            if name not in kept:
                yield self.deletion(Key(None, name))

    def target(self, changes: Sequence[Change]) -> Namespace:
        change = changes[0]
        return to_namespace(change.spec) if change.spec else Namespace(change.name)

    def words(self, field: str, value: Any) -> str:
        return format_duration(value) if field == "retention" else quoted(value)

    def import_objects(self, source: ImportSource, result: ImportResult) -> None:
        shipped = {spec.name: spec for spec in source.shipped.of(NamespaceSpec)}
        known = {spec.name for spec in source.declared.of(NamespaceSpec)}
        # Those that devenv ships come last: they need not be declared for what others have declared already.
        for name in sorted(set(source.chosen) - known, key=lambda name: (name in shipped, name)):
            namespace = source.observed.namespaces[name]
            attributes = {
                each: kind for each, kind in source.attributes_of(name).items() if is_declarable(each)
            }
            if name in shipped and source.observed.cluster.shares_attributes:
                known_elsewhere = declared_attributes(source, result)
                attributes = {each: attributes[each] for each in attributes.keys() - known_elsewhere}
            item = _item(namespace, attributes)
            reason = objection(NamespaceSpec, item, partial(_is_declared, namespace))
            if reason:
                result.skip(self, Key(None, name), reason)
            elif NamespaceSpec.model_validate(item) != shipped.get(name):
                result.add(self, item)
            if namespace.is_global:
                result.skip(self, Key(None, f"{name}: its replication"), "seeds cannot declare it")


NAMESPACES = Namespaces()


def to_namespace(spec: NamespaceSpec) -> Namespace:
    """Return the namespace; what is not declared is empty, which the server takes for `leave it`."""
    states = {True: ArchivalState.ENABLED, False: ArchivalState.DISABLED, None: ""}
    return Namespace(
        name=spec.name,
        retention=spec.retention,
        description=spec.description,
        owner_email=spec.owner_email,
        data=spec.data,
        history_archival_state=spec.history_archival_state or states[spec.archival],
        history_archival_uri=spec.history_archival_uri,
        visibility_archival_state=spec.visibility_archival_state or states[spec.archival],
        visibility_archival_uri=spec.visibility_archival_uri,
    )


def declared_attributes(source: ImportSource, result: ImportResult) -> set[str]:
    """Return the search attributes that a namespace declares already, or will once `result` is written."""
    declared = (spec.search_attributes for spec in source.declared.of(NamespaceSpec))
    imported = (item.get("search_attributes", {}) for item in result.items(NAMESPACES.section))
    return set(chain(*declared, *imported))


def usable_namespaces(source: ImportSource, result: ImportResult) -> set[str]:
    """Return the namespaces that are declared, or will be once `result` is written."""
    declared = [*source.declared.of(NamespaceSpec), *source.shipped.of(NamespaceSpec)]
    return {item["name"] for item in result.items(NAMESPACES.section)} | {spec.name for spec in declared}


def _differences(spec: NamespaceSpec, observed: Namespace, *, archives: bool) -> Differences:
    desired = to_namespace(spec)
    if desired.retention != observed.retention:
        yield "retention", observed.retention, desired.retention
    for name in ("description", "owner_email", *(_ARCHIVAL if archives else ())):
        before, after = getattr(observed, name), getattr(desired, name)
        # The server takes an empty text for "leave it": what is not declared cannot differ.
        if after and after != before:
            yield name, before, after
    for key, value in desired.data.items():
        # The server merges data, so further keys there are no drift.
        if observed.data.get(key) != value:
            yield f"data.{key}", observed.data.get(key, ""), value


def _with_obstacle(change: Change) -> Change:
    if change.before == "" or change.field not in {"history_archival_uri", "visibility_archival_uri"}:
        return change
    what = f"namespace {change.name} archives to {change.before}, declared is {change.after}"
    ways = f"declare {change.before}, or have another namespace for the other place"
    return replace(change, obstacle=f"{what}; no server changes that once it is set: {ways}")


def _item(namespace: Namespace, attributes: Mapping[str, str]) -> dict[str, Any]:
    item: dict[str, Any] = {"name": namespace.name, "retention": format_duration(namespace.retention)}
    item |= {"description": namespace.description, "owner_email": namespace.owner_email}
    item["data"] = dict(sorted(namespace.data.items()))
    states = {namespace.history_archival_state, namespace.visibility_archival_state}
    uris = {namespace.history_archival_uri, namespace.visibility_archival_uri}
    is_ours = states == {"enabled"} and uris == {ARCHIVE_URI}
    item |= {"archival": True} if is_ours else {}
    for what in () if is_ours else ("history", "visibility"):
        if getattr(namespace, f"{what}_archival_state") == "enabled":
            item[f"{what}_archival_state"] = "enabled"
            item[f"{what}_archival_uri"] = getattr(namespace, f"{what}_archival_uri")
    item["search_attributes"] = dict(sorted(attributes.items()))
    return {key: value for key, value in item.items() if value not in ("", {})}


def _is_declared(found: Namespace, spec: NamespaceSpec) -> bool:
    declared = to_namespace(spec)
    return declared.retention == found.retention and dict(declared.data) == dict(found.data)
