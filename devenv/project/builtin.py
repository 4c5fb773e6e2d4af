"""The defaults that devenv ships: `compose/`, `seeds/` and `dynamicconfig/`."""

from __future__ import annotations

import filecmp
from pathlib import Path
from typing import Literal

from devenv.project.locate import find_project

BuiltinName = Literal["compose", "seeds", "dynamicconfig"]

_PACKAGE = Path(__file__).resolve().parents[1]


def builtin_dir(name: BuiltinName, *, package: Path = _PACKAGE) -> Path:
    """Return the shipped directory `name`, wherever this devenv was installed from.

    `package` is the directory of the package `devenv`.
    """
    carried_by_wheel = package / "_builtin"
    home = carried_by_wheel if carried_by_wheel.is_dir() else package.parent
    return home / name


def addons_dir() -> Path:
    """Return the directory of the add-ons that are shipped, each a folder by its name."""
    return builtin_dir("compose") / "addons"


def project_of(directory: Path, name: BuiltinName, root: Path | None = None) -> Path | None:
    """Return the project that the files of `directory` must lie in: `root`, or else the one it lies in.

    None for the shipped directory `name`: an installer may have linked each of its files from a cache.
    """
    return None if directory == builtin_dir(name) else root or find_project(directory).root


def is_builtin(path: Path, name: BuiltinName, *, package: Path = _PACKAGE) -> bool:
    """Return whether `path` is the shipped directory `name` itself, or a copy of it.

    Both are found in a checkout of devenv: a wheel that was built from it carries the copy. Who loads the
    defaults and then a project's own directory asks this first, so as not to load one twice.
    """
    shipped = builtin_dir(name, package=package)
    return path.resolve() == shipped.resolve() or _is_copy(path, shipped)


def _is_copy(path: Path, original: Path) -> bool:
    try:
        compared = filecmp.dircmp(path, original)
        return sorted(compared.same_files) == sorted(compared.left_list) == sorted(compared.right_list)
    except OSError:  # it is not there, or cannot be read: who loads it will say so
        return False
