"""The two short lists: what an overlay may say of a service without anybody's trust."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from devenv.overlays import values
from devenv.overlays.builds import build
from devenv.overlays.mounts import mounts
from devenv.overlays.phrases import unlisted
from devenv.overlays.powers import Power
from devenv.overlays.scene import Subject

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from devenv.overlays.scene import Check, Scene

RESOURCES: Mapping[str, Check] = dict.fromkeys(
    (
        *("cpu_count", "cpu_percent", "cpu_period", "cpu_quota", "cpu_shares", "cpus", "cpuset"),
        *("mem_limit", "mem_reservation", "mem_swappiness", "memswap_limit"),
        *("pids_limit", "shm_size", "stop_grace_period", "ulimits"),
    ),
    values.harmless,
)
# Of the services of the stack file: they keep image, user, mounts, hardening and names.
OWN: Mapping[str, Check] = {
    **RESOURCES,
    "command": values.own_command,
    "depends_on": values.depends_on,
    "deploy": values.own_deploy,
    "entrypoint": values.own_entrypoint,
    "environment": values.own_environment,
    "healthcheck": values.own_healthcheck,
    "labels": values.labels,
    "ports": values.ports,
}
# Of services that an overlay adds: a container like any other, in the stack's network only.
ADDED: Mapping[str, Check] = {
    **RESOURCES,
    **dict.fromkeys(
        (
            *("attach", "cap_drop", "command", "domainname", "entrypoint", "environment", "expose"),
            *("extra_hosts", "healthcheck", "hostname", "image", "init", "platform", "profiles", "read_only"),
            *("restart", "stdin_open", "stop_signal", "tmpfs", "tty", "user", "working_dir"),
        ),
        values.harmless,
    ),
    "build": build,
    # What is there is judged where it is declared, at the top of the file.
    "configs": values.harmless,
    "secrets": values.harmless,
    "depends_on": values.depends_on,
    "deploy": values.deploy,
    "labels": values.labels,
    "logging": values.logging,
    "networks": values.networks,
    "ports": values.ports,
    "pull_policy": values.pull_policy,
    "scale": values.scale,
    "security_opt": values.security_opt,
    "volumes": mounts,
}
# Read as text, or without a meaning for `up`: both are gone from what is launched.
IGNORED = {"develop", "env_file"}
# What keeps a service of the stack from doing harm, and how it is called.
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


def service_powers(scene: Scene) -> Iterator[Power]:
    """Yield the powers that the overlays give to services, the stack's own and those they add."""
    own = scene.own("services")
    for name, merged in scene.all("services").items():
        subject = Subject(scene, name, own.get(name, {}), merged)
        yield from _own(subject) if name in own else _added(subject)
    for name in own:
        if name not in scene.all("services"):
            yield Power(("services", name), f"the stack loses its service {name}")


def _added(subject: Subject) -> Iterator[Power]:
    for key, value in subject.merged.items():
        if key in IGNORED or key.startswith("x-") or not value:
            continue
        check = ADDED.get(key)
        yield from check(subject, value) if check else unlisted(subject, key, value)


def _own(subject: Subject) -> Iterator[Power]:
    for key in sorted({*subject.plain, *subject.merged}):
        before, after = subject.plain.get(key), subject.merged.get(key)
        if key in IGNORED or key.startswith("x-") or before == after:
            continue
        check = OWN.get(key)
        yield from check(subject, after or {}) if check else _reset(subject, key, before, after)


def _reset(subject: Subject, key: str, before: Any, after: Any) -> Iterator[Power]:
    if key == "volumes" and after:
        added = [mount for mount in after if mount not in (before or [])]
        yield from mounts(subject, added)
    if before or key in HARDENING:
        yield subject.power(f"is hardened otherwise than the stack says: {HARDENING.get(key, key)}", key)
    elif after:
        yield from unlisted(subject, key, after)
