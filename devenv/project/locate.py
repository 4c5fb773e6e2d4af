"""Where a project begins."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SETTINGS_FILE = "devenv.toml"
LOCAL_SETTINGS_FILE = "devenv.local.toml"


@dataclass(frozen=True)
class Project:
    """A directory whose stack is one and the same wherever below it devenv is called."""

    root: Path
    """Absolute, without symbolic links."""
    settings_file: Path | None
    """The `devenv.toml` of the root; None for a project that lives on defaults."""


def settings_files(project: Project) -> list[Path]:
    """Return the files that settings of `project` are written in, the one that wins last."""
    files = [project.settings_file, project.root / LOCAL_SETTINGS_FILE]
    return [path for path in files if path and os.path.lexists(path)]


def find_project(start: Path) -> Project:
    """Return the project that `start` lies in.

    That is the nearest directory upwards with a `devenv.toml`, else the root of the git worktree,
    else `start` itself.
    """
    resolved = start.resolve()
    root = _nearest(resolved, _has_settings) or _nearest(resolved, _is_worktree_root) or resolved
    return Project(root, root / SETTINGS_FILE if _has_settings(root) else None)


def _nearest(start: Path, matches: Callable[[Path], bool]) -> Path | None:
    return next(filter(matches, (start, *start.parents)), None)


def _has_settings(directory: Path) -> bool:
    # Also a pipe, or a link that leads nowhere: who reads it says what is wrong with it.
    path = directory / SETTINGS_FILE
    return os.path.lexists(path) and not path.is_dir()


def _is_worktree_root(directory: Path) -> bool:
    # In a linked worktree and in a submodule `.git` is a file.
    return (directory / ".git").exists()
