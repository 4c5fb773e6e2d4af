"""What one version of the server holds in its registry of dynamic config settings."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tools.catalog.go_module import make_module

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tools.catalog.go_module import Go, Package

PROGRAM = Path(__file__).with_name("registry")


def read_registry(go: Go, version: str, directory: Path) -> dict[str, Any]:
    """Build the program `registry` with the server's packages and return what it prints."""
    module = make_module(go, version, directory)
    packages = module.declaring_packages()
    for source in PROGRAM.glob("*.go"):
        shutil.copy(source, directory)
    (directory / "imports.go").write_text(_imports(packages))
    printed = go("run", ".", *(str(package.directory) for package in packages), directory=directory)
    document: dict[str, Any] = json.loads(printed)
    return document


def _imports(packages: Iterable[Package]) -> str:
    lines = "\n".join(f'\t_ "{package.path}"' for package in packages)
    return f"package main\n\nimport (\n{lines}\n)\n"
