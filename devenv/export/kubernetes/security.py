"""What pods may do: the Pod Security levels `restricted` and `baseline`.

https://kubernetes.io/docs/concepts/security/pod-security-standards/. Everything is restricted, the Web UI
aside: its image writes its configuration at start, to a place that only the image's own user may write.
"""

from __future__ import annotations

from typing import Any

# That of the official images.
_TEMPORAL = 1000

POD: dict[str, Any] = {
    "runAsNonRoot": True,
    "runAsUser": _TEMPORAL,
    "runAsGroup": _TEMPORAL,
    "fsGroup": _TEMPORAL,
    "seccompProfile": {"type": "RuntimeDefault"},
}
CONTAINER: dict[str, Any] = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}

# Enforced is what the least of the pods needs; a warning tells of each that is not restricted.
NAMESPACE_LABELS = {
    "app.kubernetes.io/component": "namespace",
    "pod-security.kubernetes.io/enforce": "baseline",
    "pod-security.kubernetes.io/warn": "restricted",
}
WORKERS_LABELS = {
    "app.kubernetes.io/component": "namespace",
    "pod-security.kubernetes.io/enforce": "restricted",
}
