"""The files of a service, where they go, and the record of them. Nothing is written here."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import ValidationError

from devenv.errors import InvalidInputError, NameInvalidError
from devenv.files.strict import LAX, StrictModel
from devenv.files.text import TextError, leads_out, read_bytes
from devenv.scaffold.names import Language, ServiceName, check_module, check_service_name
from devenv.scaffold.render import TEMPLATES, Files, render, without_omitted

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from devenv.scaffold.render import Files


OVERLAY = "compose.yaml"
YAML_SUFFIXES = (".yaml", ".yml")


# What the workflows of a service set, and the name of its schedule.
SEARCH_ATTRIBUTES: Final = {"CustomerId": "Keyword", "OrderStatus": "Keyword", "OrderTotal": "Double"}
_SCHEDULE = "{}-daily-report"


@dataclass(frozen=True)
class DeclaredNamespace:
    """A namespace that a seed of the project declares, with its file and content."""

    file: str
    search_attributes: Mapping[str, str] = field(default_factory=dict)
    """The type of each."""
    schedules: Collection[str] = ()


@dataclass(frozen=True)
class ProjectLayout:
    """The parts of a project that a new service has to fit into."""

    root: Path
    seeds: Path = Path("seeds")
    dynamicconfig: Path = Path("dynamicconfig")
    namespaces: Mapping[str, DeclaredNamespace] = field(default_factory=dict)
    """Those that are declared already."""


@dataclass(frozen=True)
class ServiceRequest:
    """What was asked for."""

    name: str
    language: Language = Language.BOTH
    parent: Path | None = None
    """The directory for the folder of the service; the root of the project, if None."""
    module: str | None = None


@dataclass(frozen=True)
class ServicePlan:
    """The files of one service; paths are relative to the root of the project."""

    name: ServiceName
    language: Language
    root: Path
    folder: PurePosixPath
    service_files: Files
    """Files in the folder of the service."""
    project_files: Files
    """New files elsewhere in the project."""
    kept: Mapping[PurePosixPath, Sequence[str]] = field(default_factory=dict)
    """Existing files that the service uses unchanged, and the lines that it would have written there."""

    @property
    def files(self) -> Files:
        """All of them."""
        return self.service_files | self.project_files

    @property
    def halves(self) -> tuple[PurePosixPath, ...]:
        """The folder of each half."""
        return tuple(self.folder / half.value for half in self.language.halves)

    @property
    def overlays(self) -> tuple[str, ...]:
        """The Compose overlays that run the workers inside the stack."""
        return tuple(str(half / OVERLAY) for half in self.halves)


def plan_service(request: ServiceRequest, project: ProjectLayout) -> ServicePlan:
    """Return what `new-service` would write.

    Raises:
        NameInvalidError: The name, the module or the place cannot be used.
    """
    name = check_service_name(request.name, request.language)
    module = check_module(request.module or name.default_module)
    folder = _folder(request, project, name)
    _check_new(name, project, folder)
    declared = project.namespaces.get(name.text)
    needed = _needed_of_seeds(name, project, declared)
    answers = _answers(name, module, folder, project) | needed
    service_files = _service_files(request.language, answers, folder)
    project_files = render(TEMPLATES / "project", answers | _languages(request.language))
    if not needed["search_attributes"] and not needed["schedule"]:
        del project_files[PurePosixPath(project.seeds, f"{needed['seeds_file']}.yaml")]
    kept = {} if declared is None else _take_out_kept(project_files, project, name, declared)
    for path in (folder, *project_files):
        if leads_out(project.root / path, project.root):
            raise NameInvalidError(
                f"{path} lies outside the project, where a link leads to",
                hint="replace the link by a directory",
            )
    for path in project_files:
        if os.path.lexists(project.root / path):
            raise _exists_already(path)
    record = ServiceRecord.of(name.text, request.language, module, service_files | project_files)
    service_files[folder / RECORD_FILE] = record.to_bytes()
    return ServicePlan(name, request.language, project.root, folder, service_files, project_files, kept)


def _take_out_kept(
    files: Files, project: ProjectLayout, name: ServiceName, declared: DeclaredNamespace
) -> dict[PurePosixPath, list[str]]:
    """Remove existing dynamic config of the namespace from `files`; return the files that stay unchanged."""
    config = PurePosixPath(project.dynamicconfig, "namespaces", f"{name.text}.yaml")
    kept: dict[PurePosixPath, list[str]] = {PurePosixPath(declared.file): []}
    if (project.root / config).is_file():
        lines = files.pop(config).decode().splitlines()
        kept[config] = [line for line in lines if line and not line.startswith("#")]
    return kept


def _exists_already(path: Path | PurePosixPath) -> NameInvalidError:
    return NameInvalidError(f"{path} exists already", hint="choose another name, or move the file away")


def _folder(request: ServiceRequest, project: ProjectLayout, name: ServiceName) -> PurePosixPath:
    parent = (request.parent or project.root).resolve()
    if not parent.is_relative_to(project.root):
        raise NameInvalidError(
            f"{parent} lies outside the project {project.root}",
            hint="name a directory of the project, or begin a project there with `devenv init`",
        )
    return PurePosixPath(parent.relative_to(project.root), name.text)


def _check_new(name: ServiceName, project: ProjectLayout, folder: PurePosixPath) -> None:
    target = project.root / folder
    if target.exists() or target.is_symlink():
        raise NameInvalidError(f"{target} exists already", hint="choose another name, or move it away")
    if name.text not in project.namespaces:
        for path in _seeds_named(name.text, project):
            raise _exists_already(path)
    twin = next(
        (
            each
            for each in project.namespaces
            if each != name.text and ServiceName(each).kubernetes == name.kubernetes
        ),
        None,
    )
    if twin is not None:
        raise NameInvalidError(
            f'"{name.text}" and "{twin}", which is declared already, would have one image and one container',
            hint="choose a name that differs in more than case, `-` and `_`",
        )
    for path in (project.seeds, project.dynamicconfig):
        if PurePosixPath(path).is_relative_to(folder):
            raise NameInvalidError(f"{path} has its own purpose in a project", hint="choose another name")


def _seeds_named(name: str, project: ProjectLayout) -> list[Path]:
    """Return the existing seeds files of that name."""
    paths = [project.seeds / f"{name}{suffix}" for suffix in YAML_SUFFIXES]
    return [path for path in paths if (project.root / path).exists()]


def _needed_of_seeds(
    name: ServiceName, project: ProjectLayout, declared: DeclaredNamespace | None
) -> dict[str, str]:
    """Return the template answers for the seeds: what the namespace lacks, and the file to write."""
    attributes = {} if declared is None else declared.search_attributes
    for attribute, kind in SEARCH_ATTRIBUTES.items():
        if declared is not None and attributes.get(attribute, kind) != kind:
            raise InvalidInputError(
                f"the search attribute {attribute} of {name.text} is {attributes[attribute]}, "
                f"and the service needs {kind}",
                place=declared.file,
                hint="change its type there, or choose another name for the service",
            )
    lacking = [f"{each}: {kind}" for each, kind in SEARCH_ATTRIBUTES.items() if each not in attributes]
    schedule = _SCHEDULE.format(name.text)
    return {
        "is_declared": "" if declared is None else "yes",
        "search_attributes": "\n".join(lacking),
        "schedule": "" if declared is not None and schedule in declared.schedules else schedule,
        "seeds_file": f"{name.text}-service" if _seeds_named(name.text, project) else name.text,
    }


def _answers(name: ServiceName, module: str, folder: PurePosixPath, project: ProjectLayout) -> dict[str, str]:
    return {
        "name": name.text,
        "namespace": name.text,
        "package": name.package,
        "kubernetes_name": name.kubernetes,
        "module": module,
        "go_task_queue": name.task_queue(Language.GO),
        "python_task_queue": name.task_queue(Language.PYTHON),
        "service_folder": str(folder),
        "seeds": project.seeds.as_posix(),
        "dynamicconfig": project.dynamicconfig.as_posix(),
    }


def _languages(language: Language) -> dict[str, str]:
    # Only one half has the report: with both, the Python half.
    report = Language.GO if language is Language.GO else Language.PYTHON
    return {"language": language.value, "report_language": report.value}


def _service_files(language: Language, answers: dict[str, str], folder: PurePosixPath) -> Files:
    files: Files = {}
    for half in language.halves:
        own = {"task_queue": answers[f"{half.value}_task_queue"], "folder": str(folder / half.value)}
        files |= _below(PurePosixPath(half.value), render(TEMPLATES / half.value, answers | own))
    if language is Language.BOTH:
        on_top = TEMPLATES / language.value
        files = without_omitted(files, on_top) | render(on_top, answers)
    return _below(folder, files)


def _below(directory: PurePosixPath, files: Files) -> Files:
    return {directory / path: data for path, data in files.items()}


RECORD_FILE: Final = ".devenv-service.json"


class ServiceRecord(StrictModel):
    """The request of a service, and the digest of each file, relative to the root of the project."""

    schema_version: Literal[1] = 1
    name: str
    language: Annotated[Language, LAX]
    module: str
    files: Mapping[str, str]

    @classmethod
    def of(cls, name: str, language: Language, module: str, files: Files) -> ServiceRecord:
        """Return the record of a service that consists of `files`."""
        digests = {str(path): digest(data) for path, data in sorted(files.items())}
        return cls(name=name, language=language, module=module, files=digests)

    def to_bytes(self) -> bytes:
        """Return its JSON text."""
        return self.model_dump_json(indent=2).encode() + b"\n"


def load_record(path: Path) -> ServiceRecord:
    """Read the record in `path`.

    Raises:
        InvalidInputError: It is not a record.
    """
    try:
        return ServiceRecord.model_validate_json(read_bytes(path))
    except (TextError, ValidationError) as error:
        raise InvalidInputError(
            "it does not hold the record of a service",
            place=path,
            hint="take it from your version control, or remove the service's files by hand",
        ) from error


def digest(data: bytes) -> str:
    """Return the digest of the content of a file."""
    return hashlib.sha256(data).hexdigest()
