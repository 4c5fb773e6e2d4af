"""One object that a file declares, and where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from devenv.files.placeholders import nothing_expands, placeholder_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devenv.files.yaml_documents import Document, KeyPath
    from devenv.seeds.kinds.kind import Kind
    from devenv.seeds.seed_model import Spec


@dataclass(frozen=True)
class Declaration:
    """One declared object, and where it stands."""

    kind: Kind[Any]
    spec: Spec
    document: Document
    key_path: KeyPath

    @property
    def data(self) -> Any:
        """What is written there, as plain data."""
        found = self.document.data
        for step in self.key_path:
            found = found[step]
        return found

    @property
    def label(self) -> str:
        """What identifies it, in words; two declarations of one layer must not share it."""
        key = self.spec.key
        return f'the {self.kind.title} "{key.name}"' + (f' of "{key.namespace}"' if key.namespace else "")

    @property
    def place(self) -> str:
        """Where its name stands."""
        return self.place_of(self.spec.identity[-1])

    def place_of(self, *steps: str | int) -> str:
        """Return where a part of it stands, or the nearest that is written."""
        return self.document.place(self.key_path + steps)

    def cautions(self) -> Iterator[str]:
        """Yield a sentence, with its place, for everything that is accepted and should be looked at again."""
        for path, text in _texts(self.data, ()):
            if placeholder := placeholder_in(text):
                yield f"{self.place_of(*path)}: {nothing_expands(placeholder)}, it is taken as it stands"
        yield from self.kind.cautions(self)


def _texts(data: object, path: KeyPath) -> Iterator[tuple[KeyPath, str]]:
    """Yield every text in `data`, keys too, and the way to it."""
    if isinstance(data, str):
        yield path, data
    elif isinstance(data, list):
        for index, item in enumerate(data):
            yield from _texts(item, (*path, index))
    elif isinstance(data, dict):
        for key, value in data.items():
            yield from _texts(key, (*path, key))
            yield from _texts(value, (*path, key))
