"""Read the seeds of a project: layers of directories, each with any number of files."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import ValidationError, create_model

from devenv.errors import SeedsInvalidError
from devenv.files.placeholders import nothing_expands, placeholder_in
from devenv.files.sentences import described, did_you_mean, sentences
from devenv.files.strict import LAX
from devenv.files.text import display_path, yaml_files
from devenv.files.yaml_documents import read_yaml
from devenv.project.builtin import project_of
from devenv.project.names import DEFAULT_NAMESPACE
from devenv.seeds.kinds import KINDS
from devenv.seeds.kinds.namespace import NAMESPACES, NamespaceSpec
from devenv.seeds.kinds.search_attribute import SEARCH_ATTRIBUTES
from devenv.seeds.seed_model import SeedModel
from devenv.seeds.seeds import Seeds

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from devenv.files.yaml_documents import Document, KeyPath
    from devenv.seeds.kinds.kind import Kind
    from devenv.seeds.seed_model import Spec
# Search attributes have no section of their own: they stand in that of the namespaces.
SECTIONS: Mapping[str, Kind[Any]] = {kind.section: kind for kind in KINDS if kind is not SEARCH_ATTRIBUTES}
_FIELDS: Any = {
    section: (Annotated[tuple[kind.model, ...], LAX], ())  # type: ignore[name-defined]
    for section, kind in SECTIONS.items()
}
_FILE = create_model(
    "Seeds",
    __base__=SeedModel,
    __doc__="Everything declared, in the order of declaration: the content of one file, or of all of them.",
    **_FIELDS,
)
_PLACE = re.compile(r"(.+?):(\d+):\d+: ")
# Stands for the namespaces of a file that nobody could read.
EVERY_NAME = "*"


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


@dataclass(frozen=True)
class _Faults:
    """What is wrong in the files that were read: sentences, and the namespaces that files with one name."""

    problems: list[str] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    files: list[str] = field(default_factory=list)

    def unreadable(self, problem: str) -> None:
        """Note that nobody knows what a file declares."""
        self.problems.append(problem)
        self.refused.add(EVERY_NAME)

    def line_of(self, problem: str) -> tuple[int, int]:
        """Return where a sentence belongs: its file, in the order of reading, and its line."""
        place = _PLACE.match(problem)
        return (self.files.index(place[1]), int(place[2])) if place and place[1] in self.files else (-1, 0)


def load_seeds(directories: Sequence[Path], root: Path | None = None) -> Seeds:
    """Merge the seeds files of all `directories`; what a later one declares again, it redefines.

    A directory that is not there is an empty layer. Beside the file that declares a namespace, others may add
    search attributes to it: they give its name and nothing else. A file must lie in the project at `root`
    once links are followed, without one in the project of its directory; those that devenv ships lie
    anywhere. Namespaces keep the order of their declaration, after `default`.

    Raises:
        SeedsInvalidError: With the first fault of all files as its message and the rest as details.
    """
    faults = _Faults()
    problems = faults.problems
    merged: dict[str, list[Declaration]] = {}
    for directory in directories:
        merged |= _read_layer(directory, project_of(directory, "seeds", root), faults)
    declarations = list(chain.from_iterable(merged.values()))
    problems += chain.from_iterable(kind.check(declarations) for kind in KINDS)
    problems += _undeclared_namespaces(declarations, faults.refused)
    if problems:
        problems.sort(key=faults.line_of)
        raise SeedsInvalidError(problems[0], details=problems[1:])
    return Seeds(
        _ordered(_joined(parts) for parts in merged.values()),
        {parts[0].spec.key.name: parts[0].place for parts in merged.values() if parts[0].kind is NAMESPACES},
        tuple(chain.from_iterable(each.cautions() for each in declarations)),
        _attribute_places(declarations),
    )


def parse_seeds(data: Any) -> Seeds:
    """Return the seeds that `data`, the content of one file, declares; nothing is checked across them.

    Raises:
        ValidationError: With what is wrong in it.
    """
    content = _FILE.model_validate(data)
    return Seeds(_ordered(spec for section in _FILE.model_fields for spec in getattr(content, section)))


def seeds_schema() -> dict[str, Any]:
    """Return the JSON Schema of one `seeds/*.yaml` file, for editors."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **_FILE.model_json_schema()}


def _ordered(specs: Iterable[Spec]) -> tuple[Spec, ...]:
    """Return `specs` with the namespace of clients that name none first."""
    default = (NAMESPACES.model, DEFAULT_NAMESPACE)
    return tuple(sorted(specs, key=lambda spec: (type(spec), spec.key.name) != default))


def _attribute_places(declarations: Sequence[Declaration]) -> dict[tuple[str, str], str]:
    return {
        (each.spec.name, name): each.place_of("search_attributes", name)
        for each in reversed(declarations)  # the first of two counts
        if isinstance(each.spec, NamespaceSpec)
        for name in each.spec.search_attributes
    }


def _undeclared_namespaces(declarations: Sequence[Declaration], refused: Collection[str]) -> Iterator[str]:
    """Yield a sentence for each declaration that needs a namespace which none declares.

    A namespace whose file was `refused` may be declared there.
    """
    if EVERY_NAME in refused:
        return
    declared = [each.spec.key.name for each in declarations if each.kind is NAMESPACES]
    for declaration in declarations:
        used = declaration.spec.needed_namespace
        if used is not None and used not in declared and used not in refused:
            place, guess = (
                declaration.place_of(*declaration.spec.namespace_path),
                did_you_mean(used, declared),
            )
            yield f'{place}: {declaration.label} needs the namespace "{used}", which no seed declares{guess}'


def _read_layer(directory: Path, root: Path | None, faults: _Faults) -> dict[str, list[Declaration]]:
    """Return the declarations of one directory by label; what is wrong goes to `faults`."""
    layer: dict[str, list[Declaration]] = {}
    try:
        files = yaml_files(directory, SeedsInvalidError)
    except SeedsInvalidError as error:
        faults.unreadable(error.message)
        return layer
    for declaration in chain.from_iterable(_read_file(path, root, faults) for path in files):
        known = layer.setdefault(declaration.label, [])
        if known and not _can_be_joined([*known, declaration]):
            faults.problems.append(
                f"{declaration.place}: {declaration.label} is declared already at {known[0].place}"
            )
        elif _adds_attributes(declaration):
            known.append(declaration)
        else:
            known.insert(0, declaration)
    return layer


def _adds_attributes(declaration: Declaration) -> bool:
    """Whether it says of a namespace only which search attributes it has."""
    fields = {"name", "search_attributes"}
    return declaration.kind is NAMESPACES and declaration.spec.model_fields_set == fields


def _can_be_joined(declarations: Sequence[Declaration]) -> bool:
    """Whether these declare one thing together: a namespace, to which other files add search attributes."""
    files = {each.document.source for each in declarations}
    return len(files) == len(declarations) and sum(not _adds_attributes(each) for each in declarations) <= 1


def _joined(parts: Sequence[Declaration]) -> Spec:
    """Return what the first of `parts` declares, with the search attributes of all of them."""
    first, *others = parts
    if not others:
        return first.spec
    specs = [each.spec for each in parts if isinstance(each.spec, NamespaceSpec)]
    attributes = dict(chain.from_iterable(spec.search_attributes.items() for spec in specs))
    return first.spec.model_copy(update={"search_attributes": attributes})


def _read_file(path: Path, root: Path | None, faults: _Faults) -> list[Declaration]:
    faults.files.append(display_path(path))
    try:
        document = read_yaml(path, SeedsInvalidError, inside=root)
    except SeedsInvalidError as error:
        faults.unreadable(error.message)
        return []
    if not isinstance(document.data, dict | None):
        *others, last = SECTIONS
        found = described(document.data)
        faults.unreadable(f"{document.place(())}: expected {', '.join(others)} or {last}, found {found}")
        return []
    try:
        content = _FILE.model_validate(document.data or {})
    except ValidationError as refusal:
        faults.problems.extend(sentences(refusal, _FILE, document))
        faults.refused.update(_names_in(document.data or {}))
        return []
    return list(_declarations(content, document))


def _names_in(data: Mapping[str, Any]) -> set[str]:
    """Return the names of namespaces that a file seems to declare."""
    items = data.get(NAMESPACES.section)
    names = [item.get("name") for item in items if isinstance(item, dict)] if isinstance(items, list) else []
    has_others = items is not None and (not isinstance(items, list) or len(names) < len(items))
    known = {name for name in names if isinstance(name, str)}
    # A section or a name that is misspelt may declare any.
    is_misspelt = not set(data) <= set(SECTIONS) or len(known) < len(names)
    return known | ({EVERY_NAME} if has_others or is_misspelt else set())


def _declarations(content: SeedModel, document: Document) -> Iterator[Declaration]:
    for section, kind in SECTIONS.items():
        for index, spec in enumerate(getattr(content, section)):
            yield Declaration(kind, spec, document, (section, index))
