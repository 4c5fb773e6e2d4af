"""What the powerful keys of a service mean, in plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from devenv.overlays.powers import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devenv.overlays.powers import Power
    from devenv.overlays.scene import Subject

# Each with the value of the key in its place.
PHRASES = {
    "annotations": "hands annotations to the container runtime: {}",
    "cap_add": "gets more rights in the kernel than a container has: {}",
    "cgroup": "chooses its control group: {}",
    "cgroup_parent": "runs in the control group {}, under limits that are not the stack's",
    "container_name": "takes the name {}, which another stack on this machine may have",
    "credential_spec": "gets credentials: {}",
    "device_cgroup_rules": "may use devices of this machine: {}",
    "devices": "gets devices of this machine: {}",
    "dns": "asks other name servers: {}",
    "external_links": "reaches containers outside the stack: {}",
    "gpus": "gets the GPUs of this machine: {}",
    "group_add": "runs in more groups: {}",
    "ipc": "shares the memory between processes of {}",
    "isolation": "changes its isolation: {}",
    "links": "links to other containers: {}",
    "logging": "sends its log elsewhere: {}",
    "network_mode": "uses the network of {}",
    "oom_kill_disable": "is never ended for want of memory",
    "oom_score_adj": "changes who is ended for want of memory: {}",
    "pid": "sees the processes of {}, and reads the files of those of its own user",
    "post_start": "runs a command after each start: {}",
    "pre_stop": "runs a command before each stop: {}",
    "privileged": "runs in privileged mode and owns this machine",
    "pull_policy": "fetches or builds its image whenever it starts: {}",
    "runtime": "runs under another container runtime of this machine: {}",
    "security_opt": "changes how it is confined: {}",
    "storage_opt": "changes how it is stored: {}",
    "sysctls": "changes settings of the kernel: {}",
    "use_api_socket": "gets the Docker socket and owns this machine",
    "userns_mode": "runs as the users of {}",
    "uts": "shares the host name of {}",
    "volumes_from": "mounts all that other containers mount: {}",
}
PRIVILEGED = ("privileged", "use_api_socket")
HOOKS = ("post_start", "pre_stop")
HOST = {"host": "this machine"}


def unlisted(subject: Subject, key: str, value: Any) -> Iterator[Power]:
    """Yield the power of a key that is not on the list of harmless ones."""
    phrase = PHRASES.get(key, f"sets {shown(key)}: {{}}")
    meant = HOST.get(value, value) if isinstance(value, str) else value
    is_refused = key in PRIVILEGED or (key in HOOKS and _any_privileged(value))
    yield subject.power(phrase.format(shown(meant)), key, is_refused=is_refused)


def _any_privileged(hooks: Any) -> bool:
    return any(isinstance(hook, dict) and hook.get("privileged") for hook in hooks or [])
