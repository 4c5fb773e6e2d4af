"""`new-service`: writes the planned files, adds their overlays to devenv.toml, and says what to run next."""

from __future__ import annotations

import errno
import fcntl
import os
import shlex
import shutil
import tempfile
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from devenv.errors import NameInvalidError
from devenv.files.atomic import explained
from devenv.scaffold.names import Language
from devenv.scaffold.project import read_settings, with_overlays, write_settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devenv.scaffold.render import Files
    from devenv.scaffold.service import ServicePlan


@dataclass(frozen=True)
class OverlayAdvice:
    """Whether devenv adds the overlays that run the workers in the stack, or the user has to."""

    overlays: tuple[str, ...]
    new_settings: str | None
    """The new text of devenv.toml; None if the user has to add the overlays."""
    reason: str = ""
    """Why the user has to."""

    @property
    def are_added(self) -> bool:
        """Whether devenv adds them."""
        return self.new_settings is not None


def advise(plan: ServicePlan, settings_file: Path | None, *, has_registry: bool) -> OverlayAdvice:
    """Decide who adds the overlays of `plan` to devenv.toml; nothing is written.

    `has_registry` is false if the base images of the workers are probably not available.
    """
    if not has_registry:
        return OverlayAdvice(plan.overlays, None, "the stack runs without images from a registry")
    if settings_file is None:
        return OverlayAdvice(plan.overlays, None, "there is no devenv.toml")
    settings = with_overlays(read_settings(settings_file), plan.overlays)
    reason = "" if settings is not None else "devenv.toml is yours"
    return OverlayAdvice(plan.overlays, settings, reason)


def create(plan: ServicePlan, settings_file: Path | None, advice: OverlayAdvice) -> OverlayAdvice:
    """Write the files of `plan`, and devenv.toml if only devenv has written it; return the updated advice.

    Concurrent calls in one project wait for each other.

    Raises:
        DevenvError: Something cannot be written; then nothing is.
    """
    with _alone_in(plan.root):
        place(plan)
        if settings_file is None or advice.new_settings is None:
            return advice
        current = advise(plan, settings_file, has_registry=True)
        if current.new_settings is not None:
            write_settings(settings_file, current.new_settings)
        return current


@contextmanager
def _alone_in(root: Path) -> Iterator[None]:
    """Lock the project; on a file system without locks, do nothing."""
    descriptor = os.open(root, os.O_RDONLY | os.O_CLOEXEC)
    try:
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def place(plan: ServicePlan) -> None:
    """Write the files of `plan`, all of them or none.

    The folder of the service is complete when it appears.

    Raises:
        DevenvError: Something cannot be written, or has appeared meanwhile.
    """
    target = plan.root / plan.folder
    with ExitStack() as undo:
        _make_parents(target.parent, undo)
        with explained("write", target), tempfile.TemporaryDirectory(dir=target.parent, prefix=".") as stage:
            made = Path(stage) / plan.name.text
            _write_all(
                made, {path.relative_to(plan.folder): data for path, data in plan.service_files.items()}
            )
            _rename_to_nothing(made, target)
        undo.callback(shutil.rmtree, target)
        for relative, data in plan.project_files.items():
            path = plan.root / relative
            _make_parents(path.parent, undo)
            with explained("write", path), _new_file(path) as file:
                undo.callback(path.unlink)
                file.write(data)
        undo.pop_all()


def _rename_to_nothing(made: Path, target: Path) -> None:
    # A rename onto an empty directory would replace it.
    if os.path.lexists(target):
        raise _just_made(target)
    try:
        made.rename(target)
    except OSError as error:
        if error.errno in {errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR}:
            raise _just_made(target) from None
        raise


def _new_file(path: Path) -> BinaryIO:
    try:
        return path.open("xb")
    except FileExistsError:
        raise _just_made(path) from None


def _just_made(path: Path) -> NameInvalidError:
    return NameInvalidError(
        f"{path} exists already: somebody else has just made it",
        hint="look at what they made; choose another name for another service",
    )


def _write_all(directory: Path, files: Files) -> None:
    for relative, data in files.items():
        path = directory / relative
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def _make_parents(directory: Path, undo: ExitStack) -> None:
    if directory.is_dir():
        return
    _make_parents(directory.parent, undo)
    with explained("make", directory):
        directory.mkdir()
    undo.callback(os.rmdir, directory)


# How to install the programs that the recipes of a service use.
SOURCES = {
    "just": "`pip install rust-just`",
    "uv": "`pip install uv`",
    "go": "https://go.dev/dl",
}
_NEEDED = {Language.GO: ("go",), Language.PYTHON: ("uv",)}


@dataclass(frozen=True)
class NextStep:
    """A command, and what it does."""

    command: str
    purpose: str


def next_steps(plan: ServicePlan, here: Path, project: Path | None, *, is_up: bool) -> list[NextStep]:
    """Return the three commands to run next, as they are typed in the directory `here`.

    `project` is what `--project` said.
    """
    devenv = "devenv" if project is None else f"devenv -C {shlex.quote(str(project))}"
    home = plan.folder if plan.language is Language.BOTH else plan.halves[0]
    just = f"just -f {shlex.quote(os.path.relpath(plan.root / home / 'justfile', here))}"
    workers = "both workers" if plan.language is Language.BOTH else "the worker"
    start = NextStep(f"{devenv} run -- {just} start", "place an order, from another terminal")
    if is_up:
        return [
            NextStep(f"{just} setup test", "install it and run its own tests"),
            NextStep(f"{devenv} run -- {just} run", f"run {workers}"),
            start,
        ]
    return [
        NextStep(f"{devenv} up", f"make the namespace {plan.name.text}"),
        NextStep(f"{devenv} run -- {just} setup run", f"install it and run {workers}"),
        start,
    ]


def missing_programs(language: Language) -> dict[str, str]:
    """Return the programs that the recipes need and this machine lacks, each with where to get it."""
    needed = ("just", *(program for half in language.halves for program in _NEEDED[half]))
    return {program: SOURCES[program] for program in needed if shutil.which(program) is None}
