"""The defaults that devenv ships: `compose/`, `seeds/` and `dynamicconfig/`."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, get_args

BuiltinName = Literal["compose", "seeds", "dynamicconfig"]

_PACKAGE = Path(__file__).resolve().parents[1]


def builtin_dir(name: BuiltinName, *, package: Path = _PACKAGE) -> Path:
    """Return the shipped directory `name`, wherever this devenv was installed from.

    `package` is the directory of the package `devenv`.
    """
    carried_by_wheel = package / "_builtin"
    home = carried_by_wheel if carried_by_wheel.is_dir() else package.parent
    return home / name


def is_builtin(path: Path, *, package: Path = _PACKAGE) -> bool:
    """Return whether `path` is a shipped directory itself, as in the checkout of devenv.

    Who loads the defaults and then a project's own directory asks this first, so as not to load one twice.
    """
    resolved = path.resolve()
    return any(resolved == builtin_dir(name, package=package).resolve() for name in get_args(BuiltinName))
