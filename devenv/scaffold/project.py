"""`init`: the files of a project; devenv.toml is edited later only where devenv alone has written it."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from devenv.errors import DevenvError, SettingsInvalidError
from devenv.files.atomic import write_atomically
from devenv.files.text import TextError, leads_out, read_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


_NO_NAMESPACE = '# namespace = "default" '
SETTINGS = f"""\
# The settings of this project, after the JSON Schema devenv.schema.json that temporal-devenv ships.
# Every setting has a default; this file marks where the project begins.

# engine = "auto"          # auto | compose | embedded
{_NO_NAMESPACE}   # what `devenv env` exports as TEMPORAL_NAMESPACE

# [versions]
# temporal = "1.32.2"
"""

SEEDS = """\
# What the Temporal server shall have, after the JSON Schema seeds.schema.json that temporal-devenv ships.
# `devenv up` applies it. One file for each service keeps things easy to add and to remove.
namespaces:
  - name: {namespace}
    retention: 3d
    description: Workflows of {namespace}
    # search_attributes: {{CustomerId: Keyword}}
"""

DYNAMIC_CONFIG = """\
# Dynamic config for the namespace {namespace}: `key: value`. The server follows changes within seconds.
# limit.blobSize.error: 2097152
"""


def settings_text(namespace: str | None) -> str:
    """Return a new devenv.toml; with `namespace`, clients use that one."""
    if namespace is None:
        return SETTINGS
    line = f"namespace = {json.dumps(namespace, ensure_ascii=False)}"
    return SETTINGS.replace(_NO_NAMESPACE, line.ljust(len(_NO_NAMESPACE)))


LOCAL_SETTINGS = "devenv.local.toml"


@dataclass(frozen=True)
class InitResult:
    """Which files were written, and which were there already; relative to the project."""

    written: tuple[str, ...]
    kept: tuple[str, ...]


def init_project(root: Path, namespace: str) -> InitResult:
    """Write the files of a project below `root`; one that exists is left as it is.

    Raises:
        DevenvError: A file cannot be written.
    """
    seeds = f"seeds/{namespace}.yaml"
    # `namespace` is set only with seeds written here; existing seeds may declare another.
    settings = settings_text(None if os.path.lexists(root / seeds) else namespace)
    files = {
        "devenv.toml": settings,
        seeds: SEEDS.format(namespace=namespace),
        f"dynamicconfig/namespaces/{namespace}.yaml": DYNAMIC_CONFIG.format(namespace=namespace),
    }
    for path in [root / name for name in files]:
        if leads_out(path.parent, root):
            raise DevenvError(
                f"{path} lies outside the project, where a link leads to",
                hint="replace the link by a directory",
            )
    written = [name for name, text in files.items() if _write_new(root / name, text)]
    if _ignore(root, LOCAL_SETTINGS):
        written.append(".gitignore")
    return InitResult(tuple(written), tuple(name for name in files if name not in written))


def _write_new(path: Path, text: str) -> bool:
    """Write `path` unless it exists; return whether it was written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        # A file in place of a directory raises the same error.
        if isinstance(error, FileExistsError) and (path.exists() or path.is_symlink()):
            return False
        raise DevenvError(
            f"{path} cannot be written: {os.strerror(error.errno or 0)}",
            hint="check the directory and its rights",
        ) from error
    return True


def _ignore(root: Path, name: str) -> bool:
    """Write a `.gitignore` with `name` unless one exists."""
    path = root / ".gitignore"
    return not os.path.lexists(path) and _write_new(path, f"{name}\n")


_SECTION = re.compile(r'\n\[compose\]\noverlays = \[\n((?:  "[^"\\\n]+",\n)+)\]\n')
_NAMESPACE = re.compile(r'^namespace = "([^"\\\n]+)"', re.MULTILINE)
_FILE_MODE = 0o644


def with_overlays(text: str, added: Sequence[str]) -> str | None:
    """Return the settings with `added` overlays; None if a user has edited `text`."""
    written = _written_by_devenv(text)
    if written is None:
        return None
    base, overlays = written
    return _settings(base, [*overlays, *(name for name in added if name not in overlays)])


def without_overlays(text: str, removed: Sequence[str]) -> str | None:
    """Return the settings without `removed` overlays; None if a user has edited `text`."""
    written = _written_by_devenv(text)
    if written is None:
        return None
    base, overlays = written
    return _settings(base, [name for name in overlays if name not in removed])


def read_settings(path: Path | None) -> str:
    """Return the text of a settings file; empty if there is none."""
    if path is None:
        return ""
    try:
        return read_text(path)
    except TextError as error:
        raise SettingsInvalidError(error.reason, place=path) from None


def write_settings(path: Path, text: str) -> None:
    """Replace a settings file."""
    write_atomically(path, text.encode(), _FILE_MODE)


def _written_by_devenv(text: str) -> tuple[str, list[str]] | None:
    """Return the text that `init` wrote and the overlays after it; None if there is anything else."""
    namespace = _NAMESPACE.search(text)
    base = settings_text(namespace[1] if namespace else None)
    section = text.removeprefix(base)
    if text.startswith(base) and not section:
        return base, []
    if not text.startswith(base) or not _SECTION.fullmatch(section):
        return None
    return base, re.findall(r'"(.+)"', section)


def _settings(base: str, overlays: Sequence[str]) -> str:
    if not overlays:
        return base
    lines = "".join(f'  "{name}",\n' for name in overlays)
    return f"{base}\n[compose]\noverlays = [\n{lines}]\n"
