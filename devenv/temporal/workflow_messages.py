"""Between the server's message about what a schedule starts and the fields of `Schedule` that say it."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from temporalio.api.common.v1 import Memo, Payloads, SearchAttributes, WorkflowType
from temporalio.api.common.v1 import RetryPolicy as RetryPolicyMessage
from temporalio.api.sdk.v1 import UserMetadata
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflow.v1 import NewWorkflowExecutionInfo

from devenv.temporal.messages import (
    to_duration,
    to_json_text,
    to_json_texts,
    to_payload,
    to_payloads,
    to_text,
)
from devenv.temporal.schedules import DEFAULT_TASK_TIMEOUT, MAXIMUM_INTERVAL_COEFFICIENT, RetryPolicy

if TYPE_CHECKING:
    from devenv.temporal.schedules import Schedule

_KNOWN = (
    "workflow_id",
    "workflow_type",
    "input",
    "memo",
    "search_attributes",
    "workflow_execution_timeout",
    "workflow_run_timeout",
    "workflow_task_timeout",
    "retry_policy",
    "user_metadata",
)


def to_started(message: NewWorkflowExecutionInfo) -> dict[str, Any]:
    """Return the fields of a `Schedule` that `message` tells."""
    task_timeout = message.workflow_task_timeout.ToTimedelta()
    return {
        "workflow": message.workflow_type.name,
        "workflow_id": message.workflow_id,
        "task_queue": message.task_queue.name,
        "input": tuple(to_json_text(payload) for payload in message.input.payloads),
        "memo": to_json_texts(message.memo.fields),
        "search_attributes": to_json_texts(message.search_attributes.indexed_fields),
        "execution_timeout": message.workflow_execution_timeout.ToTimedelta(),
        "run_timeout": message.workflow_run_timeout.ToTimedelta(),
        "task_timeout": timedelta(0) if task_timeout == DEFAULT_TASK_TIMEOUT else task_timeout,
        "retry_policy": _to_retry_policy(message.retry_policy) if message.HasField("retry_policy") else None,
        "static_summary": _user_text(message.user_metadata, "summary"),
        "static_details": _user_text(message.user_metadata, "details"),
    }


def to_workflow_message(schedule: Schedule) -> NewWorkflowExecutionInfo:
    """Return the message about what `schedule` starts."""
    return NewWorkflowExecutionInfo(
        workflow_id=schedule.workflow_id,
        workflow_type=WorkflowType(name=schedule.workflow),
        task_queue=TaskQueue(name=schedule.task_queue),
        input=Payloads(payloads=[to_payload(text) for text in schedule.input]),
        memo=Memo(fields=to_payloads(schedule.memo)) if schedule.memo else None,
        search_attributes=(
            SearchAttributes(indexed_fields=to_payloads(schedule.search_attributes))
            if schedule.search_attributes
            else None
        ),
        workflow_execution_timeout=_to_timeout(schedule.execution_timeout),
        workflow_run_timeout=_to_timeout(schedule.run_timeout),
        workflow_task_timeout=_to_timeout(schedule.task_timeout),
        retry_policy=_to_retry_message(schedule.retry_policy) if schedule.retry_policy else None,
        user_metadata=_to_user_metadata(schedule.static_summary, schedule.static_details),
    )


def clear_known(message: NewWorkflowExecutionInfo) -> None:
    """Take everything from `message` that `to_started` reads."""
    for name in _KNOWN:
        message.ClearField(name)  # type: ignore[arg-type]  # the stubs want literals
    message.task_queue.ClearField("name")
    message.task_queue.ClearField("kind")


def _to_timeout(timeout: timedelta) -> Any:
    return to_duration(timeout) if timeout else None


def _to_retry_policy(message: RetryPolicyMessage) -> RetryPolicy:
    usual = RetryPolicy()
    initial = message.initial_interval.ToTimedelta() or usual.initial_interval
    return RetryPolicy(
        initial_interval=initial,
        backoff_coefficient=message.backoff_coefficient or usual.backoff_coefficient,
        maximum_interval=message.maximum_interval.ToTimedelta() or initial * MAXIMUM_INTERVAL_COEFFICIENT,
        maximum_attempts=message.maximum_attempts,
        non_retryable_error_types=tuple(message.non_retryable_error_types),
    )


def _to_retry_message(policy: RetryPolicy) -> RetryPolicyMessage:
    return RetryPolicyMessage(
        initial_interval=to_duration(policy.initial_interval),
        backoff_coefficient=policy.backoff_coefficient,
        maximum_interval=to_duration(policy.maximum_interval),
        maximum_attempts=policy.maximum_attempts,
        non_retryable_error_types=policy.non_retryable_error_types,
    )


def _user_text(metadata: UserMetadata, name: str) -> str:
    payload = getattr(metadata, name)
    return to_text(payload) if payload.metadata or payload.data else ""


def _to_user_metadata(summary: str, details: str) -> UserMetadata | None:
    if not summary and not details:
        return None
    return UserMetadata(
        summary=to_payload(json.dumps(summary)) if summary else None,
        details=to_payload(json.dumps(details)) if details else None,
    )
