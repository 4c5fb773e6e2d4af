"""Read the seeds of a project: layers of directories, each with any number of files."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from pydantic import ValidationError

from devenv.errors import SeedsInvalidError
from devenv.files.sentences import described, sentences
from devenv.files.text import yaml_files
from devenv.files.yaml_documents import read_yaml
from devenv.project.builtin import project_of
from devenv.seeds.cautions import cautions_of
from devenv.seeds.cross_checks import type_conflicts, undeclared_namespaces, unfit_values
from devenv.seeds.declarations import Declaration
from devenv.seeds.models import NamespaceSpec, NexusEndpointSpec, Seeds
from devenv.seeds.schedule_spec import ScheduleSpec

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from devenv.files.yaml_documents import Document
    from devenv.seeds.declarations import Spec

DEFAULT_NAMESPACE = "default"


def load_seeds(directories: Sequence[Path], root: Path | None = None) -> Seeds:
    """Merge the seeds files of all `directories`; what a later one declares again, it redefines.

    A directory that is not there is an empty layer. A file must lie in the project at `root` once links are
    followed, without one in the project of its directory; those that devenv ships lie anywhere. Namespaces
    keep the order of their declaration, after `default`.

    Raises:
        SeedsInvalidError: With the first fault of all files as its message and the rest as details.
    """
    problems: list[str] = []
    merged: dict[str, Declaration] = {}
    for directory in directories:
        merged |= _read_layer(directory, project_of(directory, "seeds", root), problems)
    declarations = list(merged.values())
    problems += type_conflicts(declarations)
    if not problems:  # a namespace whose declaration was refused would look undeclared
        problems += undeclared_namespaces(declarations) or unfit_values(declarations)
    if problems:
        raise SeedsInvalidError(problems[0], details=problems[1:])
    return _to_seeds([declaration.spec for declaration in declarations]).placed(
        {each.spec.name: each.place for each in declarations if isinstance(each.spec, NamespaceSpec)},
        tuple(cautions_of(declarations)),
    )


def _to_seeds(specs: Sequence[Spec]) -> Seeds:
    namespaces = [spec for spec in specs if isinstance(spec, NamespaceSpec)]
    return Seeds(
        namespaces=tuple(sorted(namespaces, key=lambda spec: spec.name != DEFAULT_NAMESPACE)),
        nexus_endpoints=tuple(spec for spec in specs if isinstance(spec, NexusEndpointSpec)),
        schedules=tuple(spec for spec in specs if isinstance(spec, ScheduleSpec)),
    )


def _read_layer(directory: Path, root: Path | None, problems: list[str]) -> dict[str, Declaration]:
    """Return the declarations of one directory by label; what is wrong goes to `problems`."""
    layer: dict[str, Declaration] = {}
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


def _read_file(path: Path, root: Path | None, problems: list[str]) -> list[Declaration]:
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


def _declarations(seeds: Seeds, document: Document) -> Iterator[Declaration]:
    for section in Seeds.model_fields:
        for index, spec in enumerate(getattr(seeds, section)):
            yield Declaration(spec, document, (section, index))
