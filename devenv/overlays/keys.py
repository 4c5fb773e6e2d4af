"""Permissions by key of a service: which values need one, and what it says in plain words."""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING, Any

from devenv.overlays.model import printable, reserved_labels

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from devenv.overlays.model import Permission, ServiceModels


# What a key of a service does; {} is its value.
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


def unlisted_key(service: ServiceModels, key: str, value: Any) -> Iterator[Permission]:
    """Yield the permission for a key that is not on the allow-list."""
    phrase = PHRASES.get(key, f"sets {printable(key)}: {{}}")
    meant = HOST.get(value, value) if isinstance(value, str) else value
    is_refused = key in PRIVILEGED or (key in HOOKS and _any_privileged(value))
    yield service.permission(phrase.format(printable(meant)), key, is_refused=is_refused)


def _any_privileged(hooks: Any) -> bool:
    return any(isinstance(hook, dict) and hook.get("privileged") for hook in hooks or [])


CONFINING = {"no-new-privileges", "no-new-privileges:true", "no-new-privileges=true"}
LOG_DRIVERS = {"json-file", "local", "none"}
LOG_OPTIONS = {"max-size", "max-file", "compress"}
LOCAL_PULLS = {"never", "missing", "if_not_present"}
RESOURCES = {"cpus", "memory", "pids"}
ANYWHERE = {"", "0.0.0.0", "::"}  # noqa: S104  compared, not listened on
DEPLOYMENT = {"mode", "replicas", "restart_policy", "resources", "placement"}


def allow(service: ServiceModels, value: Any) -> Iterator[Permission]:  # noqa: ARG001  a `Check` is given the value
    """Yield nothing: every value of the key is harmless."""
    yield from ()


def labels(service: ServiceModels, value: Any) -> Iterator[Permission]:
    """Yield a refused permission for each reserved label."""
    what = f"the service {service.name}"
    yield from reserved_labels(what, value, service.base.get("labels"), service.at("labels"))


def ports(service: ServiceModels, value: Any) -> Iterator[Permission]:
    """Yield permissions for ports published beyond localhost, and for removed ports of the stack."""
    before = service.base.get("ports") or []
    for port in before:
        if port not in (value or []):
            yield service.permission(
                f"no longer publishes the port {port.get('published')} as the stack does", "ports"
            )
    for index, port in enumerate(value or []):
        address = port.get("host_ip") or ""
        if port in before:
            continue
        if clash := _first_clash(port, _others_ports(service, port.get("target"))):
            text = f"publishes the port {clash}, which is the stack's own: publish another one"
            yield service.permission(text, "ports", index, is_refused=True)
        if _is_loopback(address):
            continue
        reach = "to the whole network" if address in ANYWHERE else f"at {printable(address)}"
        number = port.get("published") or port.get("target")
        text = f"publishes the port {number} {reach} (harmless as 127.0.0.1:{number}:{port.get('target')})"
        yield service.permission(text, "ports", index)


def _others_ports(service: ServiceModels, target: object) -> frozenset[int]:
    """Return the ports that the stack publishes, except those of this service for `target`."""
    return frozenset(
        int(each["published"])
        for name, own in service.models.own("services").items()
        for each in own.get("ports") or []
        if each.get("published") and (name, each.get("target")) != (service.name, target)
    )


def _first_clash(port: Mapping[str, Any], taken: frozenset[int]) -> int | None:
    """Return the first of the ports `taken` that a mapping publishes too, on any address."""
    first, _, last = str(port.get("published") or "").partition("-")
    if not first.isdecimal() or port.get("protocol", "tcp") != "tcp":
        return None
    end = int(last) if last.isdecimal() else int(first)
    return min((number for number in taken if int(first) <= number <= end), default=None)


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address.strip("[]")).is_loopback
    except ValueError:
        return False


def networks(service: ServiceModels, value: Any) -> Iterator[Permission]:
    """Yield a permission for each network but the stack's, and for aliases that may hide another service."""
    for name, settings in value.items():
        if name != "default":
            yield service.permission(f"joins the network {name}", "networks", name)
        elif settings:
            yield service.permission(
                f"chooses its place in the network: {printable(settings)}", "networks", name
            )


def security_opt(service: ServiceModels, value: Any) -> Iterator[Permission]:
    """Yield a permission for each option that does more than drop privileges."""
    extra = [option for option in value if option not in CONFINING]
    if extra:
        yield from unlisted_key(service, "security_opt", extra)


def logging(service: ServiceModels, value: Mapping[str, Any]) -> Iterator[Permission]:
    """Yield a permission for a log driver or option that may send the log elsewhere."""
    options = set(value.get("options") or {})
    if value.get("driver", "json-file") not in LOG_DRIVERS or not options <= LOG_OPTIONS:
        yield from unlisted_key(service, "logging", value)


def pull_policy(service: ServiceModels, value: str) -> Iterator[Permission]:
    """Yield a permission for a policy that pulls or builds a local image again."""
    if value not in LOCAL_PULLS:
        yield from unlisted_key(service, "pull_policy", value)


def scale(service: ServiceModels, value: Any) -> Iterator[Permission]:
    """Yield a permission for more than one container."""
    if value != 1:
        yield service.permission(f"runs {printable(value)} times", "scale")


def deploy(service: ServiceModels, value: Mapping[str, Any]) -> Iterator[Permission]:
    """Yield permissions for devices and for keys that are unknown here; limits need none."""
    for key, given in value.items():
        if given and key not in DEPLOYMENT:
            yield service.permission(f"is deployed with {printable(key)}: {printable(given)}", "deploy", key)
    if value.get("placement"):
        yield service.permission(f"chooses its place: {printable(value['placement'])}", "deploy", "placement")
    for kind, given in (value.get("resources") or {}).items():
        extra = {name: each for name, each in (given or {}).items() if each and name not in RESOURCES}
        if extra:
            yield service.permission(
                f"gets devices of this machine: {printable(extra)}", "deploy", "resources", kind
            )


def own_deploy(service: ServiceModels, value: Mapping[str, Any]) -> Iterator[Permission]:
    """Yield permissions for everything but resource limits."""
    kept = {key: given for key, given in value.items() if key != "resources" and given}
    if kept:
        yield service.permission(f"is deployed otherwise than the stack says: {printable(kept)}", "deploy")
    yield from deploy(service, {"resources": value.get("resources")})


def depends_on(service: ServiceModels, value: Any) -> Iterator[Permission]:
    """Yield a permission for each removed or changed dependency of a service of the stack."""
    for name, condition in (service.base.get("depends_on") or {}).items():
        if (value or {}).get(name) != condition:
            yield service.permission(f"no longer waits for {name} as the stack says", "depends_on", name)


# Variables by which a shell, loader or runtime runs other code before the program starts.
STARTING = ("BASH_", "BASHOPTS", "ENV", "IFS", "JAVA_TOOL_", "JDK_JAVA_", "LD_", "PATH", "PS4", "SHELLOPTS")
# Protection of the Web UI against other pages in the user's browser.
UI_GUARDS = ("TEMPORAL_CORS", "TEMPORAL_CSRF", "TEMPORAL_AUTH")
# Authentication and data directory of Postgres.
POSTGRES_GUARDS = ("POSTGRES_", "PG")
UI_GUARDED = "which guards it against pages of others in your browser"


def own_environment(service: ServiceModels, value: Any) -> Iterator[Permission]:
    """Yield a permission for each variable that weakens the protection of a service of the stack."""
    before, after = service.base.get("environment") or {}, value or {}
    for name in sorted({*before, *after}):
        if before.get(name) != after.get(name) and (why := _weakened(service.name, name, after.get(name))):
            yield service.permission(f"changes {printable(name)}, {why}", "environment", name)


def _weakened(service: str, name: str, value: object) -> str | None:
    if name.startswith(STARTING):
        return "by which it can be made to run another program"
    if service == "postgres" and name.startswith(POSTGRES_GUARDS):
        return "by which it knows whom to let in"
    # Its entrypoint fills variables into a YAML file: a line break adds settings.
    if service == "ui" and (name.startswith(UI_GUARDS) or "\n" in str(value) or "\r" in str(value)):
        return UI_GUARDED
    return None


# Numbers, sizes, durations and switches: none names a program, file, library or address.
PLAIN_SETTING = re.compile(r"[a-z_]+=(?:\d+(?:\.\d+)?(?:[kMGT]?B|us|ms|s|min|h|d)?|on|off|true|false)")
WORD_SETTING = re.compile(r"(?:wal_level|log_statement|log_min_messages|synchronous_commit)=[a-z_]+")


def own_command(service: ServiceModels, value: Any) -> Iterator[Permission]:
    """Yield a permission for another command, which may drop protection; settings of Postgres need none."""
    if service.name == "postgres" and _is_only_settings(value):
        return
    ending = f", and may drop what {UI_GUARDED.removeprefix('which ')}" if service.name == "ui" else ""
    yield service.permission(
        f"runs another command than the stack says: {printable(value)}{ending}", "command"
    )


def _is_only_settings(command: Any) -> bool:
    words = [str(word) for word in command or []]
    flags, settings = words[::2], words[1::2]
    return len(flags) == len(settings) and all(
        flag == "-c" and (PLAIN_SETTING.fullmatch(setting) or WORD_SETTING.fullmatch(setting))
        for flag, setting in zip(flags, settings, strict=True)
    )


def own_entrypoint(service: ServiceModels, value: Any) -> Iterator[Permission]:
    """Yield a permission for another entrypoint of a service of the stack."""
    yield service.permission(f"runs another program than the stack says: {printable(value)}", "entrypoint")


def own_healthcheck(service: ServiceModels, value: Any) -> Iterator[Permission]:
    """Yield a permission for another health check command; its interval needs none."""
    before = (service.base.get("healthcheck") or {}).get("test")
    test = (value or {}).get("test")
    if test and test not in (before, ["NONE"]):
        yield service.permission(
            f"has another command run in it as its check: {printable(test)}", "healthcheck", "test"
        )
