"""Keys of a service that are harmless with some values only."""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING, Any

from devenv.overlays.phrases import unlisted
from devenv.overlays.powers import shown
from devenv.overlays.scene import reserved_labels

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from devenv.overlays.powers import Power
    from devenv.overlays.scene import Subject

CONFINING = {"no-new-privileges", "no-new-privileges:true", "no-new-privileges=true"}
LOG_DRIVERS = {"json-file", "local", "none"}
LOG_OPTIONS = {"max-size", "max-file", "compress"}
LOCAL_PULLS = {"never", "missing", "if_not_present"}
RESOURCES = {"cpus", "memory", "pids"}
ANYWHERE = {"", "0.0.0.0", "::"}  # noqa: S104  compared, not listened on
DEPLOYMENT = {"mode", "replicas", "restart_policy", "resources", "placement"}


def harmless(subject: Subject, value: Any) -> Iterator[Power]:  # noqa: ARG001  a `Check` is given the value
    """Yield nothing: any value of the key is harmless."""
    yield from ()


def labels(subject: Subject, value: Any) -> Iterator[Power]:
    """Yield a refusal for labels that are not the project's to give."""
    what = f"the service {subject.name}"
    yield from reserved_labels(what, value, subject.plain.get("labels"), subject.at("labels"))


def ports(subject: Subject, value: Any) -> Iterator[Power]:
    """Yield the powers of ports that more than this machine can reach, and of those that are taken away."""
    before = subject.plain.get("ports") or []
    for port in before:
        if port not in (value or []):
            yield subject.power(
                f"no longer publishes the port {port.get('published')} as the stack does", "ports"
            )
    for index, port in enumerate(value or []):
        address = port.get("host_ip") or ""
        if port in before:
            continue
        if clash := _first_clash(port, _others_ports(subject, port.get("target"))):
            text = f"publishes the port {clash}, which is the stack's own: publish another one"
            yield subject.power(text, "ports", index, is_refused=True)
        if _is_loopback(address):
            continue
        reach = "to the whole network" if address in ANYWHERE else f"at {shown(address)}"
        number = port.get("published") or port.get("target")
        text = f"publishes the port {number} {reach} (harmless as 127.0.0.1:{number}:{port.get('target')})"
        yield subject.power(text, "ports", index)


def _others_ports(subject: Subject, target: object) -> frozenset[int]:
    """Return what the stack publishes, but for the port `target` of this service on whatever address."""
    return frozenset(
        int(each["published"])
        for name, own in subject.scene.own("services").items()
        for each in own.get("ports") or []
        if each.get("published") and (name, each.get("target")) != (subject.name, target)
    )


def _first_clash(port: Mapping[str, Any], taken: frozenset[int]) -> int | None:
    """Return the first of the ports `taken` that a mapping publishes, too, on whatever address."""
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


def networks(subject: Subject, value: Any) -> Iterator[Power]:
    """Yield a power for each network but the stack's, and for a name there that may hide another service."""
    for name, settings in value.items():
        if name != "default":
            yield subject.power(f"joins the network {name}", "networks", name)
        elif settings:
            yield subject.power(f"chooses its place in the network: {shown(settings)}", "networks", name)


def security_opt(subject: Subject, value: Any) -> Iterator[Power]:
    """Yield a power for every option that does not only take rights away."""
    extra = [option for option in value if option not in CONFINING]
    if extra:
        yield from unlisted(subject, "security_opt", extra)


def logging(subject: Subject, value: Mapping[str, Any]) -> Iterator[Power]:
    """Yield a power for a log that leaves the machine, or goes where an option says."""
    options = set(value.get("options") or {})
    if value.get("driver", "json-file") not in LOG_DRIVERS or not options <= LOG_OPTIONS:
        yield from unlisted(subject, "logging", value)


def pull_policy(subject: Subject, value: str) -> Iterator[Power]:
    """Yield a power for an image that is fetched or built when it is there."""
    if value not in LOCAL_PULLS:
        yield from unlisted(subject, "pull_policy", value)


def scale(subject: Subject, value: Any) -> Iterator[Power]:
    """Yield a power for more than one container."""
    if value != 1:
        yield subject.power(f"runs {shown(value)} times", "scale")


def deploy(subject: Subject, value: Mapping[str, Any]) -> Iterator[Power]:
    """Yield the powers of what is no limit: devices, and whatever this version does not know."""
    for key, given in value.items():
        if given and key not in DEPLOYMENT:
            yield subject.power(f"is deployed with {shown(key)}: {shown(given)}", "deploy", key)
    if value.get("placement"):
        yield subject.power(f"chooses its place: {shown(value['placement'])}", "deploy", "placement")
    for kind, given in (value.get("resources") or {}).items():
        extra = {name: each for name, each in (given or {}).items() if each and name not in RESOURCES}
        if extra:
            yield subject.power(f"gets devices of this machine: {shown(extra)}", "deploy", "resources", kind)


def own_deploy(subject: Subject, value: Mapping[str, Any]) -> Iterator[Power]:
    """Yield the powers of what is no resource: how often a service of the stack runs is not the overlay's."""
    kept = {key: given for key, given in value.items() if key != "resources" and given}
    if kept:
        yield subject.power(f"is deployed otherwise than the stack says: {shown(kept)}", "deploy")
    yield from deploy(subject, {"resources": value.get("resources")})


def depends_on(subject: Subject, value: Any) -> Iterator[Power]:
    """Yield a power where a service of the stack no longer waits for another."""
    for name, condition in (subject.plain.get("depends_on") or {}).items():
        if (value or {}).get(name) != condition:
            yield subject.power(f"no longer waits for {name} as the stack says", "depends_on", name)


# Of a service of the stack: what its shell, loader or runtime starts, before the program reads a setting.
STARTING = ("BASH_", "BASHOPTS", "ENV", "IFS", "JAVA_TOOL_", "JDK_JAVA_", "LD_", "PATH", "PS4", "SHELLOPTS")
# What the Web UI guards itself with against other pages in the user's browser.
UI_GUARDS = ("TEMPORAL_CORS", "TEMPORAL_CSRF", "TEMPORAL_AUTH")
# Whom Postgres lets in, and where its data is.
POSTGRES_GUARDS = ("POSTGRES_", "PG")
UI_GUARDED = "which guards it against pages of others in your browser"


def own_environment(subject: Subject, value: Any) -> Iterator[Power]:
    """Yield a power for each variable that weakens what guards a service of the stack."""
    before, after = subject.plain.get("environment") or {}, value or {}
    for name in sorted({*before, *after}):
        if before.get(name) != after.get(name) and (why := _weakened(subject.name, name, after.get(name))):
            yield subject.power(f"changes {shown(name)}, {why}", "environment", name)


def _weakened(service: str, name: str, value: object) -> str | None:
    if name.startswith(STARTING):
        return "by which it can be made to run another program"
    if service == "postgres" and name.startswith(POSTGRES_GUARDS):
        return "by which it knows whom to let in"
    # Its start script fills its variables into a YAML file: a line break adds settings.
    if service == "ui" and (name.startswith(UI_GUARDS) or "\n" in str(value) or "\r" in str(value)):
        return UI_GUARDED
    return None


# A number, a size, a duration or a switch: it names no program, file, library or address.
PLAIN_SETTING = re.compile(r"[a-z_]+=(?:\d+(?:\.\d+)?(?:[kMGT]?B|us|ms|s|min|h|d)?|on|off|true|false)")
WORD_SETTING = re.compile(r"(?:wal_level|log_statement|log_min_messages|synchronous_commit)=[a-z_]+")


def own_command(subject: Subject, value: Any) -> Iterator[Power]:
    """Yield a power for another command, for it can drop what guards the service; Postgres takes settings."""
    if subject.name == "postgres" and _is_only_settings(value):
        return
    ending = f", and may drop what {UI_GUARDED.removeprefix('which ')}" if subject.name == "ui" else ""
    yield subject.power(f"runs another command than the stack says: {shown(value)}{ending}", "command")


def _is_only_settings(command: Any) -> bool:
    words = [str(word) for word in command or []]
    flags, settings = words[::2], words[1::2]
    return len(flags) == len(settings) and all(
        flag == "-c" and (PLAIN_SETTING.fullmatch(setting) or WORD_SETTING.fullmatch(setting))
        for flag, setting in zip(flags, settings, strict=True)
    )


def own_entrypoint(subject: Subject, value: Any) -> Iterator[Power]:
    """Yield a power for another program in a service of the stack, or for none at all."""
    yield subject.power(f"runs another program than the stack says: {shown(value)}", "entrypoint")


def own_healthcheck(subject: Subject, value: Any) -> Iterator[Power]:
    """Yield a power for another command in a service of the stack; how often it runs is harmless."""
    before = (subject.plain.get("healthcheck") or {}).get("test")
    test = (value or {}).get("test")
    if test and test not in (before, ["NONE"]):
        yield subject.power(
            f"has another command run in it as its check: {shown(test)}", "healthcheck", "test"
        )
