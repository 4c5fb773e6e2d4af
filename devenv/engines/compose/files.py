"""Writes the files that Compose and the containers read, below the state directory."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from devenv import __version__
from devenv.engines.compose.launch_file import launch_file
from devenv.engines.compose.password import ENV_FILE, password_of
from devenv.engines.protocol import DYNAMIC_CONFIG_FILE
from devenv.overlays.review import DATABASE_PASSWORD
from devenv.project.addon_toml import image_variable
from devenv.project.builtin import builtin_dir
from devenv.project.secrets import secrets_of
from devenv.project.services import IMAGES, LOOPBACK, PORTS, port_variable
from devenv.project.versions import shipped_components
from devenv.project.visibility import VISIBILITY_STORES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from devenv.engines.protocol import LaunchSpec, Web
    from devenv.overlays.review import Resolution, ReviewedOverlays
    from devenv.project.addon_toml import Addon
    from devenv.project.services import Ports
    from devenv.project.state import StackStore

SERVER_FILES = ("server/temporal.yaml",)
STACK_FILE = "stack.yaml"
LAUNCH_FILE = "launch.json"
VARIANT_FILE = "variant.yaml"
RESOLUTION_FILE = "resolution.json"
# Written by older versions, for Compose to read overlays itself.
OUTDATED_FILES = ("labels.yaml", "overlays.json")

# As the stack file publishes them; of the second and third it has one.
GRPC = '"${STACK_BIND:-127.0.0.1}:${GRPC_PORT:-7233}:7233"'
CHECKED_API = '"${STACK_BIND:-127.0.0.1}:${HTTP_PORT:-7243}:8080"'
OPEN_API = '"${STACK_BIND:-127.0.0.1}:${HTTP_PORT:-7243}:7243"'
SELINUX = Path("/sys/fs/selinux")

HEAP = "-Xms256m -Xmx256m"
# Measured on the stand-in only (with its agent), so only it gets them: green after 4.7 s, before 6.5 s, with
# 120 MB less.
TUNED_JVM = (
    "-XX:+IgnoreUnrecognizedVMOptions -XX:-UseG1GC -XX:+UseSerialGC "
    "-XX:TieredStopAtLevel=1 -XX:-AlwaysPreTouch"
)
# The stand-in has an archive of the classes it loads; a JVM that finds it missing or unfit ignores it.
# It is mapped at its own address if that is free: at another its pages are rewritten, into private memory.
CLASS_DATA_SHARING = (
    "-XX:SharedArchiveFile=/usr/share/opensearch/lib/classes.jsa "
    "-XX:+UnlockDiagnosticVMOptions -XX:ArchiveRelocationMode=0"
)


def write_compose_files(spec: LaunchSpec, store: StackStore, reviewed: ReviewedOverlays | None = None) -> str:
    """Write everything Compose and the containers read, and return its fingerprint.

    `reviewed` are the overlays that were accepted; without any, Compose gets the stack file. The fingerprint
    covers what containers are made from: not the dynamic config, a file that the server follows by itself.
    """
    stack, source = spec.stack.name, builtin_dir("compose")
    for name in SERVER_FILES:
        store.write_mount(stack, name, (source / name).read_text())
    # What containers of add-ons mount, as `${STACK_FILES}/addons/NAME`.
    store.write_mounts(stack, "addons", {addon.name: addon.mounted() for addon in spec.addons})
    variables = stack_variables(spec, store, _secrets(spec, store))
    private = {ENV_FILE: env_file(variables), **own_files(spec)}
    if reviewed is not None:
        digests = {name: addon.digest() for addon in spec.addons for name in addon.added_services}
        like = {name: other for addon in spec.addons for name, other in addon.definition.like.items()}
        remade: dict[str, str] = {}
        for addon in spec.addons:
            for name in addon.definition.remade:
                remade[name] = remade.get(name, "") + addon.digest()
        private[LAUNCH_FILE] = launch_file(reviewed.resolution.models, spec.stack, digests, like, remade)
    for name, text in private.items():
        store.write_secret(stack, name, text)
    if VARIANT_FILE not in private:
        store.remove_secret(stack, VARIANT_FILE)
    _keep_resolution(stack, store, reviewed.resolution if reviewed else None)
    return _digest(*private.values())


def own_files(spec: LaunchSpec) -> dict[str, str]:
    """Return the Compose files of the stack by name, in the order in which Compose merges them."""
    files = {STACK_FILE: stack_file(spec.web)}
    variant = VISIBILITY_STORES[spec.visibility].compose_file
    if variant is not None:
        files[VARIANT_FILE] = (builtin_dir("compose") / variant).read_text()
    return files


def stack_file(web: Web) -> str:
    """Return the Compose file of the stack, with the HTTP API of the Web UI or the server's own."""
    text = (builtin_dir("compose") / "stack.yaml").read_text()
    if web.has_open_api:
        text = text.replace(f"      - {CHECKED_API}\n", "").replace(
            f"      - {GRPC}\n", f"      - {GRPC}\n      - {OPEN_API}\n"
        )
    return text


def _keep_resolution(stack: str, store: StackStore, resolution: Resolution | None) -> None:
    """Keep what Compose made of the overlays, so that it need not be asked again; remove what is outdated."""
    for name in OUTDATED_FILES if resolution else (*OUTDATED_FILES, LAUNCH_FILE, RESOLUTION_FILE):
        store.remove_secret(stack, name)
    if resolution is not None:
        store.write_secret(stack, RESOLUTION_FILE, resolution.to_json())


def env_file(variables: dict[str, str]) -> str:
    """Return an env file; values are single-quoted, so that Compose expands nothing in them."""
    quoted = {name: value.replace("'", r"\'") for name, value in variables.items()}
    return "".join(f"{name}='{value}'\n" for name, value in quoted.items())


def secret_variables(spec: LaunchSpec) -> list[str]:
    """Return the variables that have secrets: the password of the database, and those of add-ons."""
    return [DATABASE_PASSWORD, *(name for addon in spec.addons for name in addon.secret_variables)]


def _secrets(spec: LaunchSpec, store: StackStore) -> dict[str, str]:
    _, *of_addons = secret_variables(spec)
    password = password_of(spec.stack, store)
    return {DATABASE_PASSWORD: password, **secrets_of(spec.stack.name, of_addons, store)}


def stack_variables(spec: LaunchSpec, store: StackStore, secrets: Mapping[str, str]) -> dict[str, str]:
    """Return what the stack file is filled in with, `secrets` among it."""
    assert spec.images is not None, "Compose runs images"  # noqa: S101  whoever chose the engine chose some
    stack, ports, web, refs = spec.stack, spec.ports, spec.web, spec.images.refs
    mounts = store.mounts(stack.name)
    return {
        "STACK_NAME": stack.name,
        "STACK_PROJECT": str(stack.project),
        "STACK_OWNER": str(stack.owner),
        "STACK_VERSION": __version__,
        "STACK_STATE": str(store.directory(stack.name).resolve()),
        "STACK_FILES": str(mounts),
        "STACK_DYNAMICCONFIG": str(mounts / Path(DYNAMIC_CONFIG_FILE).parent),
        "STACK_MOUNT_OPTIONS": mount_options(),
        "STACK_NAMESPACE": spec.namespace,
        "STACK_BIND": ports.bind,
        "STACK_HOST": ports.host,
        "UI_CODEC_ENDPOINT": web.codec_endpoint,
        "UI_PUBLIC_PATH": web.ui_path,
        "UI_MORE_ORIGINS": "" if ports.host == LOOPBACK else f",http://{ports.address('ui')}",
        **{port_variable(port.name): str(ports[port.name]) for port in PORTS},
        **secrets,
        "POSTGRES_FSYNC": "on" if spec.is_durable else "off",
        "OPENSEARCH_JAVA_OPTS": _java_options(spec.images.kind, spec.versions.get("opensearch", "")),
        # Another server/temporal.yaml is another label, for which Compose makes the container anew.
        "STACK_SERVER_FILES": _digest(
            *((builtin_dir("compose") / name).read_text() for name in SERVER_FILES)
        ),
        **{image.variable: refs[image.name] for image in IMAGES if image.name in refs},
        **_addon_variables(spec.addons, ports, refs),
    }


def _addon_variables(addons: Sequence[Addon], ports: Ports, images: Mapping[str, str]) -> dict[str, str]:
    """Return what the Compose files of add-ons are filled in with: ports, images and settings."""
    variables: dict[str, str] = {}
    for addon in addons:
        variables |= addon.variables()
        variables |= {port_variable(name): str(ports[name]) for name in addon.definition.ports}
        variables |= {image_variable(name): images[name] for name in addon.definition.images}
    return variables


def mount_options(selinux: Path = SELINUX) -> str:
    """Return what the options of a bind mount need to end with on this machine.

    Where SELinux is on, containers may only read what has their label; `z` gives it to our files, and to
    nothing of the user's.
    """
    return ",z" if (selinux / "enforce").exists() else ""


def _java_options(kind: str, version: str) -> str:
    if kind == "official":
        return HEAP
    shares_classes = version in shipped_components()["opensearch"].class_data_sharing
    return " ".join([HEAP, TUNED_JVM, *([CLASS_DATA_SHARING] if shares_classes else [])])


def _digest(*texts: str) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:12]
