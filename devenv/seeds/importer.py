"""From what a server has to seeds that declare it. Pure: no server is asked, no file is written."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from devenv.files.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from devenv.files.yaml_documents import KeyPath
    from devenv.seeds.kinds.kind import Kind
    from devenv.seeds.seed_model import Key
    from devenv.seeds.seeds import Observed, Seeds


@dataclass(frozen=True)
class ImportSource:
    """What a server has, which of its namespaces are wanted, and what is declared already.

    `shipped` are the seeds that every project has: what is there as in them needs no declaration.
    """

    observed: Observed
    chosen: Collection[str]
    declared: Seeds
    shipped: Seeds

    def attributes_of(self, namespace: str) -> Mapping[str, str]:
        """Return the search attributes of `namespace`: name to type."""
        # `SearchAttributes.name`: the kinds import this module.
        found = self.observed.objects.get("search_attribute", {})
        return {key.name: kind for key, kind in found.items() if key.namespace == namespace}


@dataclass(frozen=True)
class Skipped:
    """One object of a server that the seeds will not have, and why."""

    kind: Kind[Any]
    key: Key
    reason: str

    @property
    def text(self) -> str:
        """The sentence that people read."""
        owner = f"{self.key.namespace}." if self.key.namespace else ""
        return f"{self.kind.title} {owner}{self.key.name} is left out: {self.reason}"


@dataclass(frozen=True)
class Missing:
    """Search attributes of a declared namespace that its declaration lacks: name to type.

    A namespace is declared in one place, `place`, so a file of its own cannot declare them.
    """

    namespace: str
    place: str | None
    search_attributes: Mapping[str, str]

    @property
    def text(self) -> str:
        """The sentence that people read."""
        items = sorted(self.search_attributes.items())
        written = ", ".join(f"{_yaml_key(name)}: {kind}" for name, kind in items)
        where = self.place or "the declaration"
        return f"the namespace {self.namespace} is declared at {where}: add search_attributes {{{written}}}"


@dataclass
class ImportResult:
    """What is imported, section by section as in a seeds file, and what is not.

    `skipped` no seeds can have; `missing` has to be written where its namespace is declared.
    """

    data: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    skipped: list[Skipped] = field(default_factory=list)
    missing: list[Missing] = field(default_factory=list)

    def items(self, section: str) -> Sequence[dict[str, Any]]:
        """Return the items of a section."""
        return self.data.get(section, ())

    def add(self, kind: Kind[Any], item: dict[str, Any]) -> None:
        """Import an object as `item` of its section."""
        self.data.setdefault(kind.section, []).append(item)

    def skip(self, kind: Kind[Any], key: Key, reason: str) -> None:
        """Leave an object out, once."""
        skipped = Skipped(kind, key, reason)
        if skipped not in self.skipped:
            self.skipped.append(skipped)


def import_seeds(source: ImportSource, kinds: Iterable[Kind[Any]]) -> ImportResult:
    """Return seeds for what a server has in the chosen namespaces and nobody declares.

    What cannot be declared exactly as it is, is skipped: `apply` would change it.
    """
    result = ImportResult()
    for kind in kinds:
        kind.import_objects(source, result)
    return result


def objection(model: Any, item: dict[str, Any], is_same: Callable[[Any], bool]) -> str | None:
    """Return why `item` is no declaration of the object that it was made from, None if it is."""
    try:
        spec = model.model_validate(item)
    except ValidationError as refusal:
        return sentences(refusal, model, _Item())[0]
    return None if is_same(spec) else "seeds cannot declare it exactly as it is"


class _Item:
    """What is validated here comes from no file: a place is the name of a field."""

    def place(self, key_path: KeyPath) -> str:
        """Return the names on the way."""
        return ".".join(map(str, key_path)) or "it"


def _yaml_key(name: str) -> str:
    return name if name.isidentifier() else json.dumps(name, ensure_ascii=False)
