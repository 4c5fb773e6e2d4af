"""Worktrees of a git repository on one stack, each with namespaces of its own (`isolate = "namespace"`).

The stack is that of the main worktree; what the other ones declare has their suffix there
(docs/adr/0013-worktrees.md).
"""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from devenv.errors import SettingsInvalidError
from devenv.files.toml_layers import merge, read_layer
from devenv.project.locate import settings_files
from devenv.project.names import DEFAULT_NAMESPACE, NAMESPACE_OF_THE_SERVER

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from devenv.project.locate import Project

BY_NAMESPACE = "namespace"
# Every worktree has them under these names.
OF_ALL = frozenset({DEFAULT_NAMESPACE, NAMESPACE_OF_THE_SERVER})
# What a Nexus endpoint may be called, which is less than a namespace may.
_NO_PART_OF_A_SUFFIX = re.compile(r"[^A-Za-z0-9]+")
_GIT_FILE = re.compile(r"gitdir: (.+)")


@dataclass(frozen=True)
class Names:
    """What a worktree's namespaces and Nexus endpoints are called on its stack, and which are whose there.

    `suffix` is empty in the main worktree, and wherever a stack is not shared. `others` are the suffixes of
    the other worktrees, `gone` those of worktrees that were deleted; `taken` are names that another one has
    declared, whatever its suffix.
    """

    suffix: str = ""
    is_shared: bool = False
    others: frozenset[str] = frozenset()
    gone: frozenset[str] = frozenset()
    taken: frozenset[str] = frozenset()

    def on_server(self, written: str) -> str:
        """Return what the server calls a namespace or endpoint that files of the worktree call `written`."""
        return f"{written}-{self.suffix}" if self.suffix and written not in OF_ALL else written

    def written(self, name: str) -> str:
        """Return what files of the worktree call `name` of the server."""
        return name.removesuffix(f"-{self.suffix}") if self.suffix else name

    def meant(self, name: str) -> str:
        """Return what the server calls that which a person calls `name`, as it is written or as there."""
        return name if self.suffix and self._owner(name) == self.suffix else self.on_server(name)

    def is_own(self, name: str) -> bool:
        """Whether `name` of the server is this worktree's alone."""
        is_of_all = self.is_shared and name in OF_ALL
        return not is_of_all and name not in self.taken and self._owner(name) == self.suffix

    def is_foreign(self, name: str) -> bool:
        """Whether `name` of the server is another worktree's that is still there."""
        is_known = self._owner(name) in {self.suffix, *self.gone} and name not in self.taken
        return self.is_shared and name not in OF_ALL and not is_known

    def may_delete(self, name: str) -> bool:
        """Whether `apply --prune` may delete `name` of the server: it is the worktree's, or nobody's."""
        return self.is_own(name) or (name not in self.taken and self._owner(name) in self.gone)

    def _owner(self, name: str) -> str:
        """Return the longest suffix that `name` has: `orders-a-b` is that of `a-b`, not of `b`."""
        known = (each for each in {self.suffix, *self.others, *self.gone} if each)
        return max((each for each in known if name.endswith(f"-{each}")), key=len, default="")


# Of a stack that nobody shares.
ALL_NAMES = Names()


@dataclass(frozen=True)
class Worktree:
    """A worktree whose project shares the stack of the project at `stack_root`.

    `suffixes` are those of all worktrees of the repository; its own is empty in the main one.
    """

    project: Path
    stack_root: Path
    suffix: str = ""
    suffixes: frozenset[str] = frozenset()

    @property
    def names(self) -> Names:
        """What it is called on the server what the worktree declares."""
        return Names(self.suffix, is_shared=True, others=self.suffixes - {self.suffix})


def names_in(worktree: Worktree | None) -> Names:
    """Return what that which a project declares is called on the server of its stack, shared or not."""
    return worktree.names if worktree is not None else ALL_NAMES


def sharing_worktree(project: Project) -> Worktree | None:
    """Return the worktree of a project that shares its stack, None if the stack is the project's alone.

    Raises:
        SettingsInvalidError: It is to share a stack and lies in no git repository; or nobody can tell
            whose stack it has.
    """
    above = (project.root, *project.root.parents)
    git = next((each / ".git" for each in above if os.path.lexists(each / ".git")), None)
    try:
        place = _place_of_sharing(project)
    except SettingsInvalidError:
        if git is not None and git.is_file():
            raise
        # The stack is the same in either case, and whoever needs the settings tells what is wrong there.
        return None
    if place is None:
        return None
    if git is None:
        raise SettingsInvalidError(
            f'`isolate = "{BY_NAMESPACE}"` is for worktrees of a git repository: {project.root} lies in none',
            place=place,
            hint='run `git init`, or take the line out: `isolate = "stack"` is the default',
        )
    own, common = _directories(git, place)
    is_linked = own != common
    # Every clone has a main worktree but a bare one, and those whose `.git` lies elsewhere.
    main = common.parent if common.name == ".git" else common
    return Worktree(
        project=project.root,
        stack_root=main / project.root.relative_to(git.parent),
        suffix=_suffix(own.name) if is_linked else "",
        suffixes=frozenset(_suffix(each.name) for each in _linked(common)),
    )


def _place_of_sharing(project: Project) -> str | None:
    """Return where the project says that it shares its stack, None where it does not say so."""
    layers = [read_layer(path, inside=project.root) for path in settings_files(project)]
    if merge(layers).get("isolate") != BY_NAMESPACE:
        return None
    last = next(layer for layer in reversed(layers) if layer.holds(("isolate",)))
    return f"{last.source}:{last.line(('isolate',))}"


def _directories(git: Path, place: str) -> tuple[Path, Path]:
    """Return git's directory of a worktree and that of its repository, which are one for the main worktree.

    gitrepository-layout(5) describes both.
    """
    if git.is_dir():
        return git.resolve(), git.resolve()
    own, common = _linked_directories(git)
    if not common.is_dir():
        raise SettingsInvalidError(
            f"the worktree {git.parent} has lost its git repository, whose stack it shares",
            place=place,
            hint="run `git worktree repair` in the repository",
        )
    return own, common


def _linked_directories(git: Path) -> tuple[Path, Path]:
    try:
        pointer = _GIT_FILE.match(git.read_text())
        own = (git.parent / pointer[1]).resolve() if pointer else git
        common = own / "commondir"
        return own, (own / common.read_text().strip()).resolve() if common.exists() else own
    except (OSError, UnicodeDecodeError):
        return git, git


def _linked(common: Path) -> Iterator[Path]:
    try:
        yield from (common / "worktrees").iterdir()
    except OSError:  # none was ever made
        return


def _suffix(name: str) -> str:
    """Return the suffix of the worktree that git calls `name`, which is unique in the repository.

    Git numbers directories of one name. Where something cannot be in a suffix, a hash keeps two apart that
    would be equal without it.
    """
    plain = _NO_PART_OF_A_SUFFIX.sub("-", name).strip("-")
    if plain == name:
        return name
    return f"{plain}-{hashlib.sha256(os.fsencode(name)).hexdigest()[:4]}".lstrip("-")
