"""The data of a review: Compose's models without and with the overlays, and permissions."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from devenv.files.yaml_documents import KeyPath


SHOWN_CHARACTERS = 80
RESERVED_LABELS = ("dev.temporal-devenv.", "com.docker.compose.")


@dataclass(frozen=True)
class Permission:
    """One thing that an overlay may do only if its user trusts it; if it `is_refused`, not even then.

    `key_path` is its place in the Compose model, `place` its place in the file.
    """

    key_path: KeyPath
    text: str
    is_refused: bool = False
    place: str | None = None

    @property
    def sentence(self) -> str:
        """The place and the text, in one line."""
        text = f"{self.place}: {self.text}" if self.place else self.text
        return "".join(each if each.isprintable() else printable(each) for each in text)


def printable(value: object) -> str:
    """Return an untrusted value on one line, shortened and without control characters."""
    text = json.dumps(value, default=str)
    if isinstance(value, str):
        text = text[1:-1]
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}…"


@dataclass(frozen=True)
class ComposeModels:
    """The `base` model is that of the stack file alone, `merged` that with the overlays.

    `addon_files` is the directory of the copied files of add-ons, which their containers may read.
    """

    root: Path
    stack: str
    base: Mapping[str, Any]
    merged: Mapping[str, Any]
    addon_files: str = ""

    def own(self, section: str) -> Mapping[str, Any]:
        """Return `section` of the stack file alone."""
        return self.base.get(section) or {}

    def all(self, section: str) -> Mapping[str, Any]:
        """Return `section` with the overlays."""
        return self.merged.get(section) or {}


@dataclass(frozen=True)
class ServiceModels:
    """The service `name` in both models; `base` is empty if the stack file does not have it."""

    models: ComposeModels
    name: str
    base: Mapping[str, Any]
    merged: Mapping[str, Any]

    def at(self, *path: str | int) -> KeyPath:
        """Return the key path of a key of the service."""
        return ("services", self.name, *path)

    def permission(self, text: str, *path: str | int, is_refused: bool = False) -> Permission:
        """Return a permission of the service; its text begins with `the service NAME`."""
        return Permission(self.at(*path), f"the service {self.name} {text}", is_refused)


Check = Callable[[ServiceModels, Any], Iterator[Permission]]
"""Yields the permissions that one key of a service needs for its value."""


def reserved_labels(what: str, labels: Any, base: Any, at: KeyPath) -> Iterator[Permission]:
    """Yield a refused permission for each changed label with a prefix that devenv or Compose reserves."""
    before = base or {}
    for name, value in (labels or {}).items():
        if name.startswith(RESERVED_LABELS) and before.get(name) != value:
            reason = "by which devenv and Compose know what is theirs"
            text = f"{what} is given the label {printable(name)}, {reason}"
            yield Permission((*at, name), text, is_refused=True)
