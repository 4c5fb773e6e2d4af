"""The constraints of a value: their names, and the values that the server accepts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devenv.dynamicconfig.catalog.nearest import certain_match
from devenv.dynamicconfig.model import CONSTRAINT_NAMES
from devenv.files.sentences import described, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

CANONICAL_NAMES: Mapping[str, str] = {name.lower(): name for name in CONSTRAINT_NAMES}
_FORMER_NAMES = {"domainname": "namespace", "domain": "namespace", "domainid": "namespaceID"}
_FORMER_NAMES |= {"tasklistname": "taskQueueName", "tasklist": "taskQueueName", "tasklisttype": "taskType"}
"""Names in Cadence, which Temporal was forked from, and in the first servers, in lower case."""

# The enums `TaskQueueType` and `TaskType` of the API by short name. The long names are
# `TASK_QUEUE_TYPE_…` and `TASK_TYPE_…`.
TASK_QUEUE_TYPES = {"Workflow": 1, "Activity": 2, "Nexus": 3}
HISTORY_TASK_TYPES = {
    "ReplicationHistory": 1,
    "ReplicationSyncActivity": 2,
    "TransferWorkflowTask": 3,
    "TransferActivityTask": 4,
    "TransferCloseExecution": 5,
    "TransferCancelExecution": 6,
    "TransferStartChildExecution": 7,
    "TransferSignalExecution": 8,
    "TransferResetWorkflow": 10,
    "WorkflowTaskTimeout": 12,
    "ActivityTimeout": 13,
    "UserTimer": 14,
    "WorkflowRunTimeout": 15,
    "DeleteHistoryEvent": 16,
    "ActivityRetryTimer": 17,
    "WorkflowBackoffTimer": 18,
    "VisibilityStartExecution": 19,
    "VisibilityUpsertExecution": 20,
    "VisibilityCloseExecution": 21,
    "VisibilityDeleteExecution": 22,
    "TransferDeleteExecution": 24,
    "ReplicationSyncWorkflowState": 25,
    "ArchivalArchiveExecution": 26,
    "StateMachineOutbound": 27,
    "StateMachineTimer": 28,
    "WorkflowExecutionTimeout": 29,
    "ReplicationSyncHsm": 30,
    "ReplicationSyncVersionedTransition": 31,
    "ChasmPure": 32,
    "Chasm": 33,
    "ReplicationDeleteExecution": 34,
    "WorkerCommands": 35,
    "TimeskippingTimer": 36,
}
_LONG_NAMES = {"taskType": "TASK_QUEUE_TYPE_", "historyTaskType": "TASK_TYPE_"}
_NUMBERS = {"taskType": TASK_QUEUE_TYPES, "historyTaskType": HISTORY_TASK_TYPES}
_LARGEST_INT = 2**63 - 1


def objection(name: str, value: object) -> str | None:
    """Return why the server refuses `value` for the constraint `name`, or None."""
    if name in _NUMBERS:
        return _objection_to_type(name, value)
    if name == "shardID":
        return None if _is_int(value) else f"the {name} must be a whole number, found {described(value)}"
    if isinstance(value, str):
        return None
    advice = ", quote it" if isinstance(value, int | float) else ""
    return f"the {name} must be text{advice}: found {described(value)}"


def certain_name(written: str) -> str | None:
    """Return the constraint that an unknown name must stand for, or None if that is not certain."""
    name = written.lower()
    return _FORMER_NAMES.get(name) or certain_match(name, CANONICAL_NAMES)


def normalized_constraint(name: str, value: object) -> str | int | None:
    """Return a normal form of `value`: equal for values that the server treats as equal."""
    if name in _NUMBERS and isinstance(value, str):
        return _number(name, value)
    return value if isinstance(value, str | int) else None


def is_zero(value: object) -> bool:
    """Return whether the server ignores a constraint with this value: a zero value of Go."""
    return value == "" or (value == 0 and not isinstance(value, bool))


def _objection_to_type(name: str, value: object) -> str | None:
    if isinstance(value, str):
        if _number(name, value) is not None:
            return None
        return f'"{value}" is no {name}{did_you_mean(value, _NUMBERS[name])}'
    if not _is_int(value) or (name == "taskType" and isinstance(value, int) and value < 1):
        choices = "Workflow, Activity or Nexus" if name == "taskType" else "the name or number of a task type"
        return f"the {name} must be {choices}, found {described(value)}"
    return None


def _number(name: str, text: str) -> int | None:
    numbers = _NUMBERS[name]
    if text in numbers:
        return numbers[text]
    prefix = _LONG_NAMES[name]
    by_long_name = {prefix + _screaming(short): number for short, number in numbers.items()}
    return by_long_name.get(text)


def _screaming(name: str) -> str:
    return "".join(f"_{letter}" if letter.isupper() else letter for letter in name).lstrip("_").upper()


def _is_int(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= _LARGEST_INT
