"""The versions a stack can be made of, as `compose/versions.toml` lists them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping  # noqa: TC003  pydantic needs the types of fields
from dataclasses import field
from datetime import date  # noqa: TC003  as above
from functools import cache
from typing import TYPE_CHECKING, get_args

from pydantic.dataclasses import dataclass

from devenv.project.builtin import builtin_dir
from devenv.project.services import ComponentName

if TYPE_CHECKING:
    from pathlib import Path

VERSION_PATTERN = r"^[0-9]+\.[0-9]+(\.[0-9]+)?$"


@dataclass(frozen=True)
class Component:
    """What is known about the versions of one part of the stack."""

    default: str
    supported: tuple[str, ...] = ()
    """The whole choice; empty where any version is let through."""
    refused: Mapping[str, str] = field(default_factory=dict)
    """Reasons, by version or by major version."""
    verified: str = ""
    tried: Mapping[str, date] = field(default_factory=dict)
    """When each version was last built as a stand-in, passed the contract suite, and came up."""
    class_data_sharing: tuple[str, ...] = ()
    """Versions whose boot was tried with the JVM's archive of loaded classes: missing, stale and corrupt."""
    server: str = ""
    """The version of the Temporal server that the CLI contains."""
    schema: Mapping[str, str] = field(default_factory=dict)
    """Of the server: the schema of its database, by version."""

    def objection(self, version: str) -> str | None:
        """Return why `version` cannot be used, as the end of a sentence, or None."""
        for refused, reason in self.refused.items():
            if version == refused or version.startswith(f"{refused}."):
                return f"cannot be {version}: {reason}; use {_any_of(self.supported)}"
        if self.supported and version not in self.supported:
            return f'must be {_any_of(self.supported)}, not "{version}"'
        if not self.supported and not re.fullmatch(VERSION_PATTERN, version):
            return f'must be a version such as "{self.default}", not "{version}"'
        return None


@cache
def shipped_components() -> Mapping[ComponentName, Component]:
    """Return the components of this devenv, by name."""
    return read_components(_shipped())


def go_toolchain() -> str:
    """Return the Go toolchain that stand-ins are compiled with, as in `GOTOOLCHAIN`."""
    toolchain: str = tomllib.loads(_shipped().read_text(encoding="utf-8"))["go"]["toolchain"]
    return toolchain


def embedded_server_version() -> str:
    """Return the version of the server that the embedded engine runs: the one inside the Temporal CLI."""
    return shipped_components()["cli"].server


def read_components(path: Path) -> Mapping[ComponentName, Component]:
    """Read a versions file; tables and keys that are not about versions are left to others."""
    document = tomllib.loads(path.read_text(encoding="utf-8"))
    return {name: Component(**document[name]) for name in get_args(ComponentName)}


def _shipped() -> Path:
    return builtin_dir("compose") / "versions.toml"


def _any_of(versions: tuple[str, ...]) -> str:
    *others, last = (f'"{version}"' for version in versions)
    return f"{', '.join(others)} or {last}" if others else last
