"""Between the server's messages and devenv's values: namespaces, search attributes, Nexus endpoints."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from google.protobuf.duration_pb2 import Duration
from temporalio.api.common.v1 import Payload
from temporalio.api.enums.v1 import ArchivalState, IndexedValueType
from temporalio.api.namespace.v1 import NamespaceConfig
from temporalio.api.nexus.v1 import EndpointSpec, EndpointTarget

from devenv.temporal.protocol import Namespace, NexusEndpoint
from devenv.temporal.schedules import canonical

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import timedelta

    from temporalio.api.nexus.v1 import Endpoint
    from temporalio.api.workflowservice.v1 import DescribeNamespaceResponse

_STATE_PREFIX = "ARCHIVAL_STATE_"


def to_namespace(response: DescribeNamespaceResponse) -> Namespace:
    """Return the namespace that the server describes."""
    info, config = response.namespace_info, response.config
    return Namespace(
        name=info.name,
        retention=config.workflow_execution_retention_ttl.ToTimedelta(),
        description=info.description,
        owner_email=info.owner_email,
        data=dict(info.data),
        history_archival_state=_state_name(config.history_archival_state),
        history_archival_uri=config.history_archival_uri,
        visibility_archival_state=_state_name(config.visibility_archival_state),
        visibility_archival_uri=config.visibility_archival_uri,
        id=info.id,
        is_global=response.is_global_namespace,
    )


def to_config(namespace: Namespace) -> NamespaceConfig:
    """Return what an update sets; an archival state without a name is left as it is."""
    return NamespaceConfig(
        workflow_execution_retention_ttl=to_duration(namespace.retention),
        history_archival_state=to_state(namespace.history_archival_state),
        history_archival_uri=namespace.history_archival_uri,
        visibility_archival_state=to_state(namespace.visibility_archival_state),
        visibility_archival_uri=namespace.visibility_archival_uri,
    )


def to_state(name: str) -> ArchivalState.ValueType:
    """Return the archival state `enabled` or `disabled`; nothing is the server's default."""
    return ArchivalState.Value(_STATE_PREFIX + (name.upper() or "UNSPECIFIED"))


def _state_name(state: ArchivalState.ValueType) -> str:
    return ArchivalState.Name(state).removeprefix(_STATE_PREFIX).lower()


def to_endpoint(endpoint: Endpoint) -> NexusEndpoint:
    """Return the Nexus endpoint that the server describes."""
    spec = endpoint.spec
    return NexusEndpoint(
        name=spec.name,
        namespace=spec.target.worker.namespace,
        task_queue=spec.target.worker.task_queue,
        url=spec.target.external.url,
        description=to_text(spec.description) if spec.HasField("description") else "",
    )


def to_endpoint_spec(endpoint: NexusEndpoint) -> EndpointSpec:
    """Return the message for `endpoint`."""
    target = EndpointTarget()
    if endpoint.url:
        target.external.url = endpoint.url
    else:
        target.worker.namespace = endpoint.namespace
        target.worker.task_queue = endpoint.task_queue
    description = to_payload(json.dumps(endpoint.description)) if endpoint.description else None
    return EndpointSpec(name=endpoint.name, target=target, description=description)


def to_payload(text: str) -> Payload:
    """Return JSON `text` as the payload that every SDK makes of its value."""
    if text == "null":
        return Payload(metadata={"encoding": b"binary/null"})
    return Payload(metadata={"encoding": b"json/plain"}, data=text.encode())


def to_json_text(payload: Payload) -> str:
    """Return a payload as canonical JSON text; one that is no JSON, as a text that no JSON equals."""
    encoding = payload.metadata.get("encoding", b"").decode(errors="replace")
    if encoding == "binary/null":
        return "null"
    if encoding == "json/plain":
        try:
            return canonical(json.loads(payload.data))
        except ValueError:
            pass
    return f"<{len(payload.data)} bytes of {encoding or 'unknown encoding'}>"


def to_json_texts(payloads: Mapping[str, Payload]) -> dict[str, str]:
    """Return the values of a memo, or of search attributes, as JSON text."""
    return {name: to_json_text(payload) for name, payload in payloads.items()}


def to_payloads(texts: Mapping[str, str]) -> dict[str, Payload]:
    """Return the payloads that `to_json_texts` reads back."""
    return {name: to_payload(text) for name, text in texts.items()}


def to_text(payload: Payload) -> str:
    """Return the text in a payload."""
    found = to_json_text(payload)
    value = json.loads(found) if found.startswith('"') else found
    return str(value)


def to_duration(value: timedelta) -> Duration:
    """Return the message for a duration."""
    duration = Duration()
    duration.FromTimedelta(value)
    return duration


def type_name(value: IndexedValueType.ValueType) -> str:
    """Return the type of a search attribute as people write it: `KeywordList`."""
    words = IndexedValueType.Name(value).removeprefix("INDEXED_VALUE_TYPE_").split("_")
    return "".join(word.capitalize() for word in words)


TYPE_VALUES = {type_name(value): value for value in IndexedValueType.values()}
