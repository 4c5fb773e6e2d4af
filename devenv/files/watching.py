"""Changes of files, as they happen; the one home of watchfiles."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from devenv.errors import DevenvError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from threading import Event

# Of what tools write, without being asked by git: each is known to watchfiles, too.
IGNORED = frozenset(
    {
        ".git",
        ".hg",
        ".hypothesis",
        ".idea",
        ".mypy_cache",
        ".pytest_cache",
        ".ruff_cache",
        ".svn",
        ".tox",
        ".venv",
        "__pycache__",
        "node_modules",
    }
)
MOST_FILES = 50_000
# An editor that saves ten files takes a moment: all of that is one change.
_QUIET_MS = 300
_LONGEST_MS = 3_000


@dataclass(frozen=True)
class Watched:
    """A directory, and which files below it matter: those that match `globs`, without any all."""

    directory: Path
    globs: Sequence[str] = ()

    def matches(self, path: Path) -> bool:
        """Whether a change of `path` matters, as far as names tell."""
        if not path.is_relative_to(self.directory):
            return False
        below = PurePosixPath(path.relative_to(self.directory))
        if not self.globs:
            return IGNORED.isdisjoint(below.parts)
        return any(_matches(below.parts, tuple(glob.split("/"))) for glob in self.globs)

    def files(self) -> Iterator[Path]:
        """Yield every file that matters now, as far as names tell."""
        for parent, directories, names in os.walk(self.directory):
            directories[:] = [name for name in directories if name not in IGNORED]
            yield from (path for path in (Path(parent, name) for name in names) if self.matches(path))


def _matches(parts: tuple[str, ...], glob: tuple[str, ...]) -> bool:
    """Whether a path matches as `Path.glob` means it: `**` stands for any number of directories."""
    if not glob:
        return not parts
    if glob[0] == "**":
        rest = glob[1:]
        return any(_matches(parts[start:], rest) for start in range(len(parts) + 1)) if rest else bool(parts)
    return bool(parts) and PurePosixPath(parts[0]).match(glob[0]) and _matches(parts[1:], glob[1:])


def watch(
    watched: Mapping[str, Watched], stop: Event, changed: Callable[[str, Sequence[Path]], None]
) -> None:
    """Call `changed` with the name and the paths of whatever is `watched` and changes, until `stop` is set.

    Changes within a moment are one. What git ignores does not matter where no globs say what does.

    Raises:
        DevenvError: The system does not let so many directories be watched.
    """
    from watchfiles import watch as changes_of  # noqa: PLC0415  only `devenv dev` pays for it

    roots = sorted({each.directory for each in watched.values()})
    try:
        for changes in changes_of(
            *roots,
            watch_filter=None,
            debounce=_LONGEST_MS,
            step=_QUIET_MS,
            stop_event=stop,
            raise_interrupt=False,
            ignore_permission_denied=True,
        ):
            paths = sorted({Path(path) for _, path in changes})
            for name, each in watched.items():
                found = [path for path in paths if each.matches(path)]
                relevant = found if each.globs else without_ignored(each.directory, found)
                if relevant:
                    changed(name, relevant)
    except (OSError, RuntimeError) as error:
        raise DevenvError(
            f"The files of {', '.join(map(str, roots))} cannot be watched: {error}",
            hint="on Linux `sysctl fs.inotify.max_user_watches` says how many directories can be; fewer are "
            "watched where a service has a `directory` of its own",
        ) from error


def without_ignored(directory: Path, paths: Sequence[Path]) -> list[Path]:
    """Return those of `paths` that git does not ignore; all of them where there is no git."""
    if not paths:
        return []
    try:
        done = subprocess.run(
            ["git", "-C", str(directory), "check-ignore", "-z", "--stdin"],
            input="\0".join(map(str, paths)),
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        return list(paths)
    ignored = set(done.stdout.split("\0"))
    return [path for path in paths if str(path) not in ignored]
