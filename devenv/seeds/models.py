"""The seeds format: what a project may declare, as frozen values.

Reading files is `devenv.seeds.load`; what a server has is not described here.
"""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import AfterValidator, BeforeValidator, Field, PrivateAttr

from devenv.files.durations import DurationLimits, format_duration
from devenv.files.strict import DURATION_SCHEMA, LAX, read_duration
from devenv.seeds.names import (
    AttributeName,
    EndpointName,
    FreeName,
    Name,
    NamespaceName,
    check_archival_uri,
)
from devenv.seeds.schedule_spec import ScheduleSpec
from devenv.seeds.seed_model import SeedModel

DEFAULT_RETENTION = timedelta(hours=72)
RETENTION_LIMITS = DurationLimits(timedelta(hours=1))


class SearchAttributeType(StrEnum):
    """The types a search attribute can have."""

    TEXT = "Text"
    KEYWORD = "Keyword"
    INT = "Int"
    DOUBLE = "Double"
    BOOL = "Bool"
    DATETIME = "Datetime"
    KEYWORD_LIST = "KeywordList"


class ArchivalState(StrEnum):
    """Whether what retention would delete is archived; only a server with an archive takes part."""

    ENABLED = "enabled"
    DISABLED = "disabled"


def is_value_of(kind: SearchAttributeType, value: object) -> bool:
    """Tell whether the server takes `value` for a search attribute of that type."""
    match kind:
        case SearchAttributeType.BOOL:
            return isinstance(value, bool)
        case SearchAttributeType.INT:
            return isinstance(value, int) and not isinstance(value, bool)
        case SearchAttributeType.DOUBLE:
            return isinstance(value, int | float) and not isinstance(value, bool)
        case SearchAttributeType.KEYWORD_LIST:
            return isinstance(value, list)
        case SearchAttributeType.TEXT | SearchAttributeType.KEYWORD | SearchAttributeType.DATETIME:
            return isinstance(value, str)


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


class NamespaceSpec(SeedModel):
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
    history_archival_state: Annotated[ArchivalState, LAX] | None = None
    history_archival_uri: ArchivalUri = ""
    visibility_archival_state: Annotated[ArchivalState, LAX] | None = None
    visibility_archival_uri: ArchivalUri = ""
    search_attributes: dict[AttributeName, Annotated[SearchAttributeType, LAX]] = Field(default_factory=dict)


class NexusTarget(SeedModel):
    """Where a Nexus endpoint sends its calls."""

    unsupported: ClassVar[frozenset[str]] = frozenset({"url", "external", "target_url"})

    namespace: Name
    task_queue: FreeName


class NexusEndpointSpec(SeedModel):
    """A Nexus endpoint, known in the whole cluster."""

    name: EndpointName
    target: NexusTarget
    description: str = ""


class Seeds(SeedModel):
    """Everything declared, in the order of declaration: the content of one file, or of all of them."""

    namespaces: Annotated[tuple[NamespaceSpec, ...], LAX] = ()
    nexus_endpoints: Annotated[tuple[NexusEndpointSpec, ...], LAX] = ()
    schedules: Annotated[tuple[ScheduleSpec, ...], LAX] = ()

    # Where namespaces are declared, as file:line:column; empty for what comes from no file.
    _places: dict[str, str] = PrivateAttr(default_factory=dict)
    _cautions: tuple[str, ...] = PrivateAttr(default=())

    def placed(self, places: dict[str, str], cautions: tuple[str, ...] = ()) -> Seeds:
        """Return these seeds, knowing the place of each namespace, and what to say before they are used."""
        copy = self.model_copy()
        copy._places = places  # noqa: SLF001  the attributes are this class's own
        copy._cautions = cautions  # noqa: SLF001
        return copy

    @property
    def cautions(self) -> tuple[str, ...]:
        """Sentences, with their places, on what is accepted and hardly means what its writer thinks."""
        return self._cautions

    def place_of(self, namespace: str) -> str | None:
        """Return where `namespace` is declared, if it comes from a file."""
        return self._places.get(namespace)
