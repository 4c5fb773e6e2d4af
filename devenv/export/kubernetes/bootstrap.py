"""The Job that brings the declared state to the server: namespaces, search attributes, endpoints, schedules.

Its scripts are files of the export, so that people can read them: templates/bootstrap.sh is what it does,
`declared.sh`, which is written here, what is declared. It runs again whenever either of them, or the version
of the server, changes.
"""

from __future__ import annotations

import hashlib
import json
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from devenv.export.kubernetes import security, tls
from devenv.export.kubernetes.declaration import manifest
from devenv.export.kubernetes.schedule_flags import schedule_flags, unsaid
from devenv.export.kubernetes.secrets import needed_secrets
from devenv.export.kubernetes.texts import template
from devenv.files.durations import format_duration
from devenv.seeds.kinds.namespace import ArchivalState, NamespaceSpec, to_namespace
from devenv.seeds.kinds.nexus_endpoint import NexusEndpointSpec
from devenv.seeds.kinds.schedule.spec import ScheduleSpec
from devenv.seeds.kinds.task_queue import TaskQueueSpec

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from devenv.export.kubernetes.declaration import Declaration, Manifest
    from devenv.project.kubernetes import Kubernetes
    from devenv.seeds.seeds import Seeds

DIRECTORY = "bootstrap"
_SCRIPTS = "scripts"
_MOUNT = "/bootstrap"
_RESOURCES = {
    "requests": {"cpu": "50m", "memory": "64Mi"},
    "limits": {"cpu": "500m", "memory": "256Mi"},
}
_HEADER = """\
# What is declared, as `devenv export kubernetes` found it in the project's seeds: bootstrap.sh reads it.
"""


@dataclass(frozen=True)
class Bootstrap:
    """The scripts by path, and the Job that runs them."""

    files: Mapping[str, str]
    job: Manifest
    left_out: tuple[str, ...]
    """Sentences on what the Temporal CLI cannot say."""


def bootstrap(declared: Declaration) -> Bootstrap:
    """Return the Job for what `declared` has on the server."""
    files = {
        f"{DIRECTORY}/bootstrap.sh": template("bootstrap.sh"),
        f"{DIRECTORY}/secrets.sh": template("secrets.sh"),
        f"{DIRECTORY}/declared.sh": declared_script(declared.seeds),
    }
    return Bootstrap(files, _job(declared, files), tuple(unsaid(declared.seeds.of(ScheduleSpec))))


def config_map(cluster: Kubernetes) -> str:
    """Return the name of the ConfigMap with the scripts, before Kustomize adds a hash of them."""
    return f"{cluster.fullname}-bootstrap"


def declared_script(seeds: Seeds) -> str:
    """Return the script that calls a function of bootstrap.sh for each declaration."""
    return _HEADER + "".join(f"{shlex.join(call)}\n" for call in _calls(seeds))


def _calls(seeds: Seeds) -> Iterator[list[str]]:
    for namespace in seeds.of(NamespaceSpec):
        yield ["namespace", namespace.name, *_namespace_flags(namespace)]
    for namespace in seeds.of(NamespaceSpec):
        for name, kind in namespace.search_attributes.items():
            yield ["search_attribute", namespace.name, name, kind.value]
    for endpoint in seeds.of(NexusEndpointSpec):
        yield ["nexus_endpoint", endpoint.name, *_endpoint_flags(endpoint)]
    for schedule in seeds.of(ScheduleSpec):
        if not list(unsaid([schedule])):
            yield ["schedule", schedule.namespace, schedule.id, *schedule_flags(schedule)]
    for queue in seeds.of(TaskQueueSpec):
        yield ["task_queue", queue.namespace, queue.name, *_queue_flags(queue)]


def _namespace_flags(spec: NamespaceSpec) -> Iterator[str]:
    yield from ("--retention", format_duration(spec.retention))
    for flag, value in (("--description", spec.description), ("--email", spec.owner_email)):
        if value:
            yield from (flag, value)
    for key, value in spec.data.items():
        yield from ("--data", f"{key}={value}")
    namespace = to_namespace(spec)
    archivals = (
        ("history", namespace.history_archival_state, namespace.history_archival_uri),
        ("visibility", namespace.visibility_archival_state, namespace.visibility_archival_uri),
    )
    for what, state, uri in archivals:
        if state == ArchivalState.ENABLED:
            yield from (f"--{what}-archival-state", ArchivalState.ENABLED.value)
            # Without one it is that of the server's `namespaceDefaults`.
            yield from (f"--{what}-uri", uri) if uri else ()


def _endpoint_flags(spec: NexusEndpointSpec) -> Iterator[str]:
    yield from ("--target-namespace", spec.target.namespace, "--target-task-queue", spec.target.task_queue)
    if spec.description:
        yield from ("--description", spec.description)


def _queue_flags(spec: TaskQueueSpec) -> Iterator[str]:
    limits = (
        ("--queue-rps-limit", spec.rate_limit),
        ("--fairness-key-rps-limit-default", spec.fairness_key_rate_limit),
    )
    for flag, limit in limits:
        yield from (flag, "default" if limit is None else f"{limit:g}")


def _job(declared: Declaration, files: Mapping[str, str]) -> Manifest:
    cluster = declared.cluster
    image = declared.image("admin-tools")
    # A Job cannot be changed, so another content has another name.
    content = json.dumps([str(image), files], sort_keys=True)
    name = f"{cluster.fullname}-bootstrap-{hashlib.sha256(content.encode()).hexdigest()[:8]}"
    labels = {"app.kubernetes.io/instance": cluster.release, "app.kubernetes.io/component": "bootstrap"}
    client_mounts = [tls.client_mount()] if tls.is_on(cluster) else []
    client_volumes = [tls.client_volume(cluster)] if tls.is_on(cluster) else []
    container = {
        "image": str(image),
        "imagePullPolicy": "IfNotPresent",
        "volumeMounts": [{"name": _SCRIPTS, "mountPath": _MOUNT, "readOnly": True}, *client_mounts],
        "resources": _RESOURCES,
        "securityContext": security.CONTAINER,
        # The last lines of the log are what `kubectl describe` shows of a pod that failed.
        "terminationMessagePolicy": "FallbackToLogsOnError",
    }
    pod = {
        "restartPolicy": "Never",
        "automountServiceAccountToken": False,
        "securityContext": security.POD,
        "initContainers": [{"name": "secrets", **_secrets_check(cluster), **container}],
        "containers": [
            {
                "name": "bootstrap",
                "command": ["sh", f"{_MOUNT}/bootstrap.sh"],
                "env": _client_environment(cluster),
                **container,
            }
        ],
        "volumes": [{"name": _SCRIPTS, "configMap": {"name": config_map(cluster)}}, *client_volumes],
    }
    return manifest(
        "batch/v1",
        "Job",
        name,
        cluster.namespace,
        labels=labels,
        spec={
            # The first pod may come before a store has made the Secrets: ten minutes of retries.
            "backoffLimit": 6,
            "activeDeadlineSeconds": 3600,
            "template": {"metadata": {"labels": labels}, "spec": pod},
        },
    )


def _secrets_check(cluster: Kubernetes) -> dict[str, Any]:
    """Return the part of a container that ends with a message if a Secret is missing."""
    wanted = [
        (secret.name, key)
        for secret in needed_secrets(cluster)
        if secret.namespace == cluster.namespace
        for key in secret.keys
    ]
    environment = [
        {
            "name": f"SECRET_{number}",
            "valueFrom": {"secretKeyRef": {"name": name, "key": key, "optional": True}},
        }
        for number, (name, key) in enumerate(wanted, 1)
    ]
    names = [f"{name}/{key}" for name, key in wanted]
    return {"command": ["sh", f"{_MOUNT}/secrets.sh", *names], "env": environment}


def _client_environment(cluster: Kubernetes) -> list[dict[str, Any]]:
    return [{"name": "TEMPORAL_ADDRESS", "value": cluster.frontend}, *tls.client_environment(cluster)]
