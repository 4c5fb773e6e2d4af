"""Read the seeds of a project: layers of directories, each with any number of files."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from pydantic import ValidationError

from devenv.errors import SeedsInvalidError
from devenv.project.builtin import project_of
from devenv.project.documents import read_yaml
from devenv.project.sentences import described, did_you_mean, sentences
from devenv.project.texts import yaml_files
from devenv.seeds.models import NamespaceSpec, NexusEndpointSpec, ScheduleSpec, Seeds

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from devenv.project.documents import Document, KeyPath

DEFAULT_NAMESPACE = "default"

Spec = NamespaceSpec | NexusEndpointSpec | ScheduleSpec


@dataclass(frozen=True)
class _Declaration:
    """One declared thing, and where it stands."""

    spec: Spec
    document: Document
    key_path: KeyPath

    @property
    def label(self) -> str:
        """What identifies it, in words; two declarations of one layer must not share it."""
        match self.spec:
            case NamespaceSpec(name=name):
                return f'the namespace "{name}"'
            case NexusEndpointSpec(name=name):
                return f'the Nexus endpoint "{name}"'
            case ScheduleSpec(id=name, namespace=namespace):
                return f'the schedule "{name}" of "{namespace}"'

    @property
    def place(self) -> str:
        return self.place_of("id" if isinstance(self.spec, ScheduleSpec) else "name")

    def place_of(self, *steps: str) -> str:
        return self.document.place(self.key_path + steps)


def load_seeds(directories: Sequence[Path], root: Path | None = None) -> Seeds:
    """Merge the seeds files of all `directories`; what a later one declares again, it redefines.

    A directory that is not there is an empty layer. A file must lie in the project at `root` once links are
    followed, without one in the project of its directory; those that devenv ships lie anywhere. Namespaces
    keep the order of their declaration, after `default`.

    Raises:
        SeedsInvalidError: With the first fault of all files as its message and the rest as details.
    """
    problems: list[str] = []
    merged: dict[str, _Declaration] = {}
    for directory in directories:
        merged |= _read_layer(directory, project_of(directory, "seeds", root), problems)
    declarations = list(merged.values())
    problems += _type_conflicts(declarations)
    if not problems:  # a namespace whose declaration was refused would look undeclared
        problems += _undeclared_namespaces(declarations)
    if problems:
        raise SeedsInvalidError(problems[0], details=problems[1:])
    return _to_seeds([declaration.spec for declaration in declarations]).placed(
        {each.spec.name: each.place for each in declarations if isinstance(each.spec, NamespaceSpec)}
    )


def _to_seeds(specs: Sequence[Spec]) -> Seeds:
    namespaces = [spec for spec in specs if isinstance(spec, NamespaceSpec)]
    return Seeds(
        namespaces=tuple(sorted(namespaces, key=lambda spec: spec.name != DEFAULT_NAMESPACE)),
        nexus_endpoints=tuple(spec for spec in specs if isinstance(spec, NexusEndpointSpec)),
        schedules=tuple(spec for spec in specs if isinstance(spec, ScheduleSpec)),
    )


def _read_layer(directory: Path, root: Path | None, problems: list[str]) -> dict[str, _Declaration]:
    """Return the declarations of one directory by label; what is wrong goes to `problems`."""
    layer: dict[str, _Declaration] = {}
    try:
        files = yaml_files(directory, SeedsInvalidError)
    except SeedsInvalidError as error:
        problems.append(error.message)
        return layer
    for declaration in chain.from_iterable(_read_file(path, root, problems) for path in files):
        first = layer.setdefault(declaration.label, declaration)
        if first is not declaration:
            problems.append(f"{declaration.place}: {declaration.label} is declared already at {first.place}")
    return layer


def _read_file(path: Path, root: Path | None, problems: list[str]) -> list[_Declaration]:
    try:
        document = read_yaml(path, SeedsInvalidError, inside=root)
    except SeedsInvalidError as error:
        problems.append(error.message)
        return []
    if not isinstance(document.data, dict | None):
        found = described(document.data)
        problems.append(
            f"{document.place(())}: expected namespaces, nexus_endpoints or schedules, found {found}"
        )
        return []
    try:
        seeds = Seeds.model_validate(document.data or {})
    except ValidationError as refusal:
        problems += sentences(refusal, Seeds, document)
        return []
    return list(_declarations(seeds, document))


def _declarations(seeds: Seeds, document: Document) -> Iterator[_Declaration]:
    for section in Seeds.model_fields:
        for index, spec in enumerate(getattr(seeds, section)):
            yield _Declaration(spec, document, (section, index))


def _type_conflicts(declarations: Sequence[_Declaration]) -> Iterator[str]:
    """Tell of search attributes with two types: OpenSearch has one mapping for the whole cluster."""
    first: dict[str, tuple[str, str]] = {}
    for declaration in declarations:
        if not isinstance(declaration.spec, NamespaceSpec):
            continue
        for name, kind in declaration.spec.search_attributes.items():
            place = declaration.place_of("search_attributes", name)
            known_kind, known_place = first.setdefault(name, (kind, place))
            if known_kind != kind:
                yield (
                    f"{place}: the search attribute {name} is {kind} here and {known_kind} at {known_place}, "
                    "it has one type in the whole cluster"
                )


def _undeclared_namespaces(declarations: Sequence[_Declaration]) -> Iterator[str]:
    declared = [each.spec.name for each in declarations if isinstance(each.spec, NamespaceSpec)]
    for declaration in declarations:
        used, steps = _needed_namespace(declaration.spec)
        if used not in declared:
            place, guess = declaration.place_of(*steps), did_you_mean(used, declared)
            yield f'{place}: {declaration.label} needs the namespace "{used}", which no seed declares{guess}'


def _needed_namespace(spec: Spec) -> tuple[str, tuple[str, ...]]:
    """Return the namespace that must be declared for `spec`, and the way to its mention."""
    match spec:
        case NexusEndpointSpec(target=target):
            return target.namespace, ("target", "namespace")
        case ScheduleSpec(namespace=namespace):
            return namespace, ("namespace",)
        case NamespaceSpec(name=name):
            return name, ("name",)
