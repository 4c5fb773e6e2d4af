"""Writes what a stack's engine reads: below the state directory, atomically, with the right modes."""

from __future__ import annotations

import hashlib
import json
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from devenv import __version__
from devenv.project.builtin import builtin_dir
from devenv.project.versions import shipped_components

if TYPE_CHECKING:
    from devenv.engines.protocol import Ports, StackIdentity
    from devenv.images.catalog import ImageFamily
    from devenv.project.state import StackStore
    from devenv.stack.desired import Desired
    from devenv.stack.overlays import Overlay

PASSWORD_FILE = "postgres-password"  # noqa: S105  the name of the file
SERVER_FILES = ("server/temporal.yaml",)
DYNAMIC_CONFIG_FILE = "dynamicconfig/development.yaml"

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

IMAGE_VARIABLES = {
    "postgres": "POSTGRES_IMAGE",
    "opensearch": "OPENSEARCH_IMAGE",
    "temporal": "TEMPORAL_SERVER_IMAGE",
    "admin-tools": "TEMPORAL_ADMIN_TOOLS_IMAGE",
    "ui": "TEMPORAL_UI_IMAGE",
}


def write_compose_files(
    stack: StackIdentity, desired: Desired, ports: Ports, images: ImageFamily, store: StackStore
) -> str:
    """Write everything Compose and the containers read, and return its fingerprint.

    The fingerprint covers what containers are made from. Dynamic config is not in it, and written by
    `ConfigHandover`: the server follows that file by itself.
    """
    source = builtin_dir("compose")
    server_files = {name: (source / name).read_text() for name in SERVER_FILES}
    for name, text in server_files.items():
        store.write_mount(stack.name, name, text)
    variables = _variables(stack, desired, ports, images, store)
    variables["STACK_SERVER_FILES"] = _digest(*server_files.values())
    private = {
        "stack.env": env_file(variables),
        "stack.yaml": (source / "stack.yaml").read_text(),
        "labels.yaml": _labels_file(stack, desired.overlays),
        "overlays.json": json.dumps([str(overlay.path) for overlay in desired.overlays]),
    }
    for name, text in private.items():
        store.write_secret(stack.name, name, text)
    return _digest(*private.values(), *(overlay.path.read_text() for overlay in desired.overlays))


def env_file(variables: dict[str, str]) -> str:
    """Return an env file; values are single-quoted, so that Compose expands nothing in them."""
    quoted = {name: value.replace("'", r"\'") for name, value in variables.items()}
    return "".join(f"{name}='{value}'\n" for name, value in quoted.items())


def _variables(
    stack: StackIdentity, desired: Desired, ports: Ports, images: ImageFamily, store: StackStore
) -> dict[str, str]:
    settings = desired.settings
    mounts = store.mounts(stack.name)
    return {
        "STACK_NAME": stack.name,
        "STACK_PROJECT": str(stack.project),
        "STACK_OWNER": str(stack.owner),
        "STACK_VERSION": __version__,
        "STACK_FILES": str(mounts),
        "STACK_DYNAMICCONFIG": str(mounts / Path(DYNAMIC_CONFIG_FILE).parent),
        "STACK_NAMESPACE": settings.namespace,
        "GRPC_PORT": str(ports.grpc),
        "UI_PORT": str(ports.ui),
        "HTTP_PORT": str(ports.http),
        "POSTGRES_PASSWORD": _password(stack, store),
        "POSTGRES_FSYNC": "on" if settings.durability == "safe" else "off",
        "OPENSEARCH_JAVA_OPTS": _java_options(images, settings.versions.opensearch),
        **{variable: images.refs[name] for name, variable in IMAGE_VARIABLES.items()},
    }


def _password(stack: StackIdentity, store: StackStore) -> str:
    """Return the database password of the stack, made once: the database keeps the first one it was given."""
    path = _password_file(stack, store)
    if not path.exists():
        store.write_secret(stack.name, PASSWORD_FILE, secrets.token_urlsafe(24))
    return path.read_text()


def _java_options(images: ImageFamily, version: str) -> str:
    if images.kind == "official":
        return HEAP
    shares_classes = version in shipped_components()["opensearch"].class_data_sharing
    return " ".join([HEAP, TUNED_JVM, *([CLASS_DATA_SHARING] if shares_classes else [])])


def was_on_compose(stack: StackIdentity, store: StackStore) -> bool:
    """Whether the password is there of a database that the stack has or had in its volumes."""
    return _password_file(stack, store).exists()


def forget_password(stack: StackIdentity, store: StackStore) -> None:
    """Delete the password of a database that is gone."""
    _password_file(stack, store).unlink(missing_ok=True)


def _password_file(stack: StackIdentity, store: StackStore) -> Path:
    return store.directory(stack.name) / PASSWORD_FILE


def _labels_file(stack: StackIdentity, overlays: tuple[Overlay, ...]) -> str:
    """Return a Compose file that puts the stack's labels on what overlays add. JSON is YAML too."""
    labels = {
        "dev.temporal-devenv.stack": stack.name,
        "dev.temporal-devenv.project": str(stack.project),
        "dev.temporal-devenv.owner": str(stack.owner),
        "dev.temporal-devenv.version": __version__,
    }
    sections = {
        section: {name: {"labels": labels} for overlay in overlays for name in getattr(overlay, section)}
        for section in ("services", "volumes", "networks")
    }
    return json.dumps({section: items for section, items in sections.items() if items} or {"services": {}})


def _digest(*texts: str) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:12]
