"""What the judgement of overlays works on: Compose's model without them, and with them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from devenv.overlays.powers import Power, shown

if TYPE_CHECKING:
    from pathlib import Path

    from devenv.files.yaml_documents import KeyPath

RESERVED_LABELS = ("dev.temporal-devenv.", "com.docker.compose.")


@dataclass(frozen=True)
class Scene:
    """`plain` is the model of the stack file alone, `merged` that with the overlays.

    `addon_files` is where the files of add-ons are copied to, which their containers may read.
    """

    root: Path
    stack: str
    plain: Mapping[str, Any]
    merged: Mapping[str, Any]
    addon_files: str = ""

    def own(self, section: str) -> Mapping[str, Any]:
        """Return what the stack file has in `section`."""
        return self.plain.get(section) or {}

    def all(self, section: str) -> Mapping[str, Any]:
        """Return what there is in `section` with the overlays."""
        return self.merged.get(section) or {}


@dataclass(frozen=True)
class Subject:
    """The service that is judged: `name`, and what the stack file says of it where it is the stack's own."""

    scene: Scene
    name: str
    plain: Mapping[str, Any]
    merged: Mapping[str, Any]

    def at(self, *path: str | int) -> KeyPath:
        """Return the key path of something in the service."""
        return ("services", self.name, *path)

    def power(self, text: str, *path: str | int, is_refused: bool = False) -> Power:
        """Return a power of the service, said as `the service NAME …`."""
        return Power(self.at(*path), f"the service {self.name} {text}", is_refused)


Check = Callable[[Subject, Any], Iterator[Power]]
"""Yields the powers that the value of one key of a service gives."""


def reserved_labels(what: str, labels: Any, plain: Any, at: KeyPath) -> Iterator[Power]:
    """Yield a refusal for each label that only devenv or Compose may give, and that is not as it was."""
    before = plain or {}
    for name, value in (labels or {}).items():
        if name.startswith(RESERVED_LABELS) and before.get(name) != value:
            text = f"{what} is given the label {shown(name)}, by which devenv and Compose know what is theirs"
            yield Power((*at, name), text, is_refused=True)
