"""`init`: the files of a project, written only where there is none yet."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from devenv.errors import DevenvError
from devenv.files.text import leads_out

if TYPE_CHECKING:
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
    # Clients get the namespace of the seeds that are written here; what others declare is not known.
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
        # The same error tells of a file where a directory is needed.
        if isinstance(error, FileExistsError) and (path.exists() or path.is_symlink()):
            return False
        raise DevenvError(
            f"{path} cannot be written: {os.strerror(error.errno or 0)}",
            hint="check the directory and its rights",
        ) from error
    return True


def _ignore(root: Path, name: str) -> bool:
    """Have git ignore `name` where no `.gitignore` exists; one that people wrote is not edited."""
    path = root / ".gitignore"
    return not os.path.lexists(path) and _write_new(path, f"{name}\n")
