"""Which names the server, or a person reading a log, can live with."""

from __future__ import annotations

import re
import zoneinfo
from functools import partial
from typing import Annotated

from pydantic import AfterValidator

from devenv.files.sentences import did_you_mean
from devenv.project.names import check_free_name, check_name, check_namespace_name

# The server puts `temporal-sys-scheduler:` before the one and the time of the start behind the other.
_LONGEST_SCHEDULE_ID = 232
_LONGEST_STARTED_WORKFLOW_ID = 234
# Tried on both engines; neither names a limit.
_LONGEST_ATTRIBUTE_NAME = 1000
_LONGEST_ENDPOINT_NAME = 200

_URI = re.compile(r"[a-z][a-z0-9+.\-]*://\S+", re.IGNORECASE)
_ENDPOINT_NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9\-]*[a-zA-Z0-9]")
_PREALLOCATED_ATTRIBUTE = re.compile(r"(Bool|Int|Double|Datetime|Keyword|KeywordList|Text)\d\d", re.ASCII)
_ATTRIBUTE_PREFIX = "Temporal"

# system, predefined and reserved in common/searchattribute/sadefs/constants.go of server 1.32.2,
# without those that the prefix covers
_SYSTEM_ATTRIBUTES = frozenset(
    {
        "BatcherNamespace",
        "BatcherUser",
        "BinaryChecksums",
        "BuildIds",
        "CloseTime",
        "ExecutionDuration",
        "ExecutionStatus",
        "ExecutionTime",
        "HistoryLength",
        "HistorySizeBytes",
        "Memo",
        "MemoEncoding",
        "NamespaceId",
        "ParentRunId",
        "ParentWorkflowId",
        "RootRunId",
        "RootWorkflowId",
        "RunId",
        "StartTime",
        "StateTransitionCount",
        "TaskQueue",
        "VisibilityTaskKey",
        "WorkflowId",
        "WorkflowType",
    }
)


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


def check_attribute_name(name: str) -> str:
    """Return `name` when the server accepts it for a search attribute, and a query can name it.

    Raises:
        ValueError: With a sentence for the person who chose it.
    """
    if name in _SYSTEM_ATTRIBUTES or name.startswith(_ATTRIBUTE_PREFIX):
        raise ValueError(f'the search attribute name "{name}" is reserved by the server')
    if is_column_name(name):
        raise ValueError(
            f'the search attribute name "{name}" is taken: the server numbers its own columns so'
        )
    if "`" in name:
        raise ValueError(
            f"the search attribute name {name!r} holds a backtick, so that no query could name it"
        )
    return check_free_name(name, _LONGEST_ATTRIBUTE_NAME)


def is_column_name(name: str) -> bool:
    """Whether `name` is one of the server's own numbered columns, which it lists as custom attributes."""
    return _PREALLOCATED_ATTRIBUTE.fullmatch(name) is not None


def check_timezone(name: str) -> str:
    """Return `name` when it is a time zone; without a time zone database here only the server can tell.

    Raises:
        ValueError: With the nearest name.
    """
    try:
        zoneinfo.ZoneInfo(name)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        known = zoneinfo.available_timezones()
        if known:
            raise ValueError(f'"{name}" is no time zone{did_you_mean(name, known)}') from None
    return name


def check_archival_uri(uri: str) -> str:
    """Return `uri` when it names an archive, such as `file:///archive`.

    Raises:
        ValueError: With a sentence for the person who wrote it.
    """
    if not _URI.match(uri):
        raise ValueError(f'"{uri}" is not the URI of an archive, write one such as s3://bucket/path')
    return uri


Name = Annotated[str, AfterValidator(check_name)]
FreeName = Annotated[str, AfterValidator(check_free_name)]
ScheduleId = Annotated[str, AfterValidator(partial(check_free_name, longest=_LONGEST_SCHEDULE_ID))]
StartedWorkflowId = Annotated[
    str, AfterValidator(partial(check_free_name, longest=_LONGEST_STARTED_WORKFLOW_ID))
]
NamespaceName = Annotated[str, AfterValidator(check_namespace_name)]
EndpointName = Annotated[str, AfterValidator(check_endpoint_name)]
AttributeName = Annotated[str, AfterValidator(check_attribute_name)]
