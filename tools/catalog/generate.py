"""The catalog file, from the versions of the server that devenv runs."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import devenv.dynamicconfig.catalog
from devenv.dynamicconfig.catalog.model import FILE_NAME
from devenv.project.versions import embedded_server_version, shipped_components
from tools.catalog.answers import digest_of_sources
from tools.catalog.merge import merge
from tools.catalog.server import Server

if TYPE_CHECKING:
    from collections.abc import Callable

    from tools.catalog.go_module import Go

FILE = Path(devenv.dynamicconfig.catalog.__path__[0]) / FILE_NAME


def versions() -> list[str]:
    """Return the server versions that a stack can be made of, and the one that the embedded engine runs."""
    return sorted({*shipped_components()["temporal"].supported, embedded_server_version()})


def generate(go: Go, say: Callable[[str], None]) -> str:
    """Return the text of the catalog file; `say` hears how far it is.

    Raises:
        GoError: A Go command failed.
    """
    found = {}
    for version in versions():
        say(f"server {version}: building with its packages")
        with tempfile.TemporaryDirectory() as directory:
            found[version] = Server(go, version, Path(directory)).settings()
        say(f"server {version}: {len(found[version]['settings'])} settings")
    return merge(found, digest_of_sources())
