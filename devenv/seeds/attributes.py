"""Search attributes: the types that they can have, and the names that the server accepts."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator

from devenv.project.names import check_free_name

# Tried on both engines; the server names no limit.
_LONGEST_ATTRIBUTE_NAME = 1000

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


class SearchAttributeType(StrEnum):
    """The types a search attribute can have."""

    TEXT = "Text"
    KEYWORD = "Keyword"
    INT = "Int"
    DOUBLE = "Double"
    BOOL = "Bool"
    DATETIME = "Datetime"
    KEYWORD_LIST = "KeywordList"


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


def check_attribute_name(name: str) -> str:
    """Return `name` when the server accepts it for a search attribute, and a query can name it.

    Raises:
        ValueError: With a sentence for the person who chose it.
    """
    if is_reserved(name):
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


def is_reserved(name: str) -> bool:
    """Whether the server has a search attribute `name` of its own, or keeps the name for one."""
    return name in _SYSTEM_ATTRIBUTES or name.startswith(_ATTRIBUTE_PREFIX)


def is_column_name(name: str) -> bool:
    """Whether `name` is one of the server's own numbered columns, which it lists as custom attributes."""
    return _PREALLOCATED_ATTRIBUTE.fullmatch(name) is not None


def is_declarable(name: str) -> bool:
    """Whether seeds can declare a search attribute that a server has by that name."""
    try:
        check_attribute_name(name)
    except ValueError:
        return False
    return True


AttributeName = Annotated[str, AfterValidator(check_attribute_name)]
