"""The allow-lists: which keys of a service an overlay may set without its user's trust."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from devenv.overlays import keys
from devenv.overlays.keys import unlisted_key
from devenv.overlays.model import Permission, ServiceModels
from devenv.overlays.mounts import build, mounts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from devenv.overlays.model import Check, ComposeModels

RESOURCES: Mapping[str, Check] = dict.fromkeys(
    (
        *("cpu_count", "cpu_percent", "cpu_period", "cpu_quota", "cpu_shares", "cpus", "cpuset"),
        *("mem_limit", "mem_reservation", "mem_swappiness", "memswap_limit"),
        *("pids_limit", "shm_size", "stop_grace_period", "ulimits"),
    ),
    keys.allow,
)
# For services of the stack file, which keep image, user, mounts, hardening and names.
OWN: Mapping[str, Check] = {
    **RESOURCES,
    "command": keys.own_command,
    "depends_on": keys.depends_on,
    "deploy": keys.own_deploy,
    "entrypoint": keys.own_entrypoint,
    "environment": keys.own_environment,
    "healthcheck": keys.own_healthcheck,
    "labels": keys.labels,
    "ports": keys.ports,
}
# For services that an overlay adds: ordinary containers in the stack's network only.
ADDED: Mapping[str, Check] = {
    **RESOURCES,
    **dict.fromkeys(
        (
            *("attach", "cap_drop", "command", "domainname", "entrypoint", "environment", "expose"),
            *("extra_hosts", "healthcheck", "hostname", "image", "init", "platform", "profiles", "read_only"),
            *("restart", "stdin_open", "stop_signal", "tmpfs", "tty", "user", "working_dir"),
        ),
        keys.allow,
    ),
    "build": build,
    # Reviewed where they are declared, at the top level.
    "configs": keys.allow,
    "secrets": keys.allow,
    "depends_on": keys.depends_on,
    "deploy": keys.deploy,
    "labels": keys.labels,
    "logging": keys.logging,
    "networks": keys.networks,
    "ports": keys.ports,
    "pull_policy": keys.pull_policy,
    "scale": keys.scale,
    "security_opt": keys.security_opt,
    "volumes": mounts,
}
# Read as text or unused by `up`; `launch_file` drops both.
IGNORED = {"develop", "env_file"}
# The hardening of the stack's services, by key, in words.
HARDENING = {
    "cap_drop": "its rights in the kernel",
    "image": "its image",
    "init": "its init process",
    "logging": "the limits of its log",
    "networks": "its network",
    "read_only": "its read-only file system",
    "security_opt": "its confinement",
    "user": "its user",
    "volumes": "what it mounts",
}


def service_permissions(models: ComposeModels) -> Iterator[Permission]:
    """Yield the permissions that services need: those of the stack, and those that overlays add."""
    own = models.own("services")
    for name, merged in models.all("services").items():
        service = ServiceModels(models, name, own.get(name, {}), merged)
        yield from _own(service) if name in own else _added(service)
    for name in own:
        if name not in models.all("services"):
            yield Permission(("services", name), f"the stack loses its service {name}")


def _added(service: ServiceModels) -> Iterator[Permission]:
    for key, value in service.merged.items():
        if key in IGNORED or key.startswith("x-") or not value:
            continue
        check = ADDED.get(key)
        yield from check(service, value) if check else unlisted_key(service, key, value)


def _own(service: ServiceModels) -> Iterator[Permission]:
    for key in sorted({*service.base, *service.merged}):
        before, after = service.base.get(key), service.merged.get(key)
        if key in IGNORED or key.startswith("x-") or before == after:
            continue
        check = OWN.get(key)
        yield from check(service, after or {}) if check else _reset(service, key, before, after)


def _reset(service: ServiceModels, key: str, before: Any, after: Any) -> Iterator[Permission]:
    if key == "volumes" and after:
        added = [mount for mount in after if mount not in (before or [])]
        yield from mounts(service, added)
    if before or key in HARDENING:
        yield service.permission(f"is hardened otherwise than the stack says: {HARDENING.get(key, key)}", key)
    elif after:
        yield from unlisted_key(service, key, after)
