"""Puts files in their places: all of them, or none."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from devenv.errors import NameInvalidError
from devenv.files.atomic import explained

if TYPE_CHECKING:
    from devenv.scaffold.render import Files
    from devenv.scaffold.service import ServicePlan


def place(plan: ServicePlan) -> None:
    """Write the files of `plan`; where something fails, nothing is left of them.

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
