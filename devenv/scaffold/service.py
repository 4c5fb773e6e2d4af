"""Which files a service consists of, and where they go. Nothing is written here."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from devenv.errors import NameInvalidError
from devenv.files.text import leads_out
from devenv.scaffold.names import Language, ServiceName, check_module, check_service_name
from devenv.scaffold.record import RECORD_FILE, ServiceRecord
from devenv.scaffold.render import TEMPLATES, Files, render, without_omitted

if TYPE_CHECKING:
    from collections.abc import Collection

OVERLAY = "compose.yaml"
YAML_SUFFIXES = (".yaml", ".yml")


@dataclass(frozen=True)
class ProjectLayout:
    """What of a project a service has to fit into."""

    root: Path
    seeds: Path = Path("seeds")
    dynamicconfig: Path = Path("dynamicconfig")
    namespaces: Collection[str] = ()
    """Those that are declared already."""


@dataclass(frozen=True)
class ServiceRequest:
    """What was asked for."""

    name: str
    language: Language = Language.BOTH
    parent: Path | None = None
    """Where the folder of the service shall lie; the root of the project, if None."""
    module: str | None = None


@dataclass(frozen=True)
class ServicePlan:
    """The files of one service; paths are relative to the root of the project."""

    name: ServiceName
    language: Language
    root: Path
    folder: PurePosixPath
    service_files: Files
    """Those of the folder."""
    project_files: Files
    """Those beside what is there."""

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
    _demand_new(name, project, folder)
    answers = _answers(name, module, folder, project)
    service_files = _service_files(request.language, answers, folder)
    project_files = render(TEMPLATES / "project", answers | _languages(request.language))
    for path in (folder, *project_files):
        if leads_out(project.root / path, project.root):
            raise NameInvalidError(
                f"{path} lies outside the project, where a link leads to",
                hint="replace the link by a directory",
            )
    for path in project_files:
        if (project.root / path).exists() or (project.root / path).is_symlink():
            raise NameInvalidError(
                f"{path} exists already", hint="choose another name, or move the file away"
            )
    record = ServiceRecord.of(name.text, request.language, module, service_files | project_files)
    service_files[folder / RECORD_FILE] = record.to_bytes()
    return ServicePlan(name, request.language, project.root, folder, service_files, project_files)


def _folder(request: ServiceRequest, project: ProjectLayout, name: ServiceName) -> PurePosixPath:
    parent = (request.parent or project.root).resolve()
    if not parent.is_relative_to(project.root):
        raise NameInvalidError(
            f"{parent} lies outside the project {project.root}",
            hint="name a directory of the project, or begin a project there with `devenv init`",
        )
    return PurePosixPath(parent.relative_to(project.root), name.text)


def _demand_new(name: ServiceName, project: ProjectLayout, folder: PurePosixPath) -> None:
    target = project.root / folder
    if target.exists() or target.is_symlink():
        raise NameInvalidError(f"{target} exists already", hint="choose another name, or move it away")
    for suffix in YAML_SUFFIXES:
        path = project.seeds / f"{name.text}{suffix}"
        if (project.root / path).exists():
            raise NameInvalidError(
                f"{path} exists already", hint="choose another name, or move the file away"
            )
    if name.text in project.namespaces:
        raise NameInvalidError(
            f'The namespace "{name.text}" is declared already', hint="choose another name for the service"
        )
    twin = next(
        (each for each in project.namespaces if ServiceName(each).kubernetes == name.kubernetes), None
    )
    if twin is not None:
        raise NameInvalidError(
            f'"{name.text}" and "{twin}", which is declared already, would have one image and one container',
            hint="choose a name that differs in more than case, `-` and `_`",
        )
    for path in (project.seeds, project.dynamicconfig):
        if PurePosixPath(path).is_relative_to(folder):
            raise NameInvalidError(f"{path} has its own purpose in a project", hint="choose another name")


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
    # The report has one home: with both, the Python half.
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
