"""Paths of the host that an overlay names: do they stay in the project, symbolic links resolved?"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from devenv.overlays.model import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

SOCKET_NAMES = ("docker.sock", "podman.sock", "containerd.sock", "docker.raw.sock")
# The home directory while Compose reads an overlay, which must not learn the real one.
HOME = "/~"
# How many files of a directory are searched for sockets; takes less than a second.
MOST_FILES = 200_000


@dataclass(frozen=True)
class Risk:
    """Why giving a file or directory to a container needs trust, or `is_refused` even with trust."""

    text: str
    is_refused: bool = True


def path_risk(root: Path, source: str, verb: str) -> Risk | None:
    """Return the risk of giving the host path `source` to a container, None if there is none.

    Mounts, configs, secrets and devices of volumes are all checked here; `verb` is what the container does
    with the path, such as `reads`.
    """
    what = f"{verb} {printable(project_path(root, source))}"
    if docker_socket_in(source) is not None:
        return Risk(f"{what}, and with it the Docker socket, by which it owns this machine")
    if not is_inside(root, source):
        return Risk(f"{what} from outside the project")
    if (link := first_symlink(root, source)) is not None:
        return Risk(f"{what} through the symbolic link {printable(link)}, which may lead out of the project")
    kind = file_type(source)
    if kind == "special":
        return Risk(f"{what}, a socket, pipe or device", is_refused=False)
    return _directory_risk(source, what) if kind == "directory" else None


def _directory_risk(directory: str, what: str) -> Risk | None:
    """Return the risk of the files in a directory: a container can use a socket even on a read-only mount."""
    special = False
    for number, entry in enumerate(_entries(directory)):
        if number == MOST_FILES:
            text = f"{what}, which holds too many files to look through for sockets"
            return Risk(text, is_refused=False)
        if entry.name in SOCKET_NAMES and not entry.is_symlink():
            return Risk(f"{what}, and with it the Docker socket, by which it owns this machine")
        special = special or _is_special(entry)
    return Risk(f"{what}, which holds a socket, pipe or device", is_refused=False) if special else None


def _entries(directory: str) -> Iterator[os.DirEntry[str]]:
    """Yield all entries below `directory` without following links; skip what cannot be listed."""
    left = [directory]
    while left:
        try:
            with os.scandir(left.pop()) as entries:
                for entry in entries:
                    yield entry
                    if entry.is_dir(follow_symlinks=False):
                        left.append(entry.path)
        except OSError:
            continue


def _is_special(entry: os.DirEntry[str]) -> bool:
    return not (entry.is_symlink() or entry.is_dir() or entry.is_file())


def is_inside(root: Path, source: str) -> bool:
    """Return whether the absolute path `source` is `root` or below it, without resolving links."""
    path = PurePosixPath(source)
    return path.is_absolute() and ".." not in path.parts and path.is_relative_to(PurePosixPath(root))


def first_symlink(root: Path, source: str) -> str | None:
    """Return the first symbolic link between `root` and `source`, relative to `root`, or None."""
    current = root
    for part in PurePosixPath(source).relative_to(PurePosixPath(root)).parts:
        current /= part
        if current.is_symlink():
            return str(current.relative_to(root))
    return None


def file_type(path: str) -> str | None:
    """Return `directory`, `file`, `special` (a socket, pipe or device), or None if nothing exists there."""
    try:
        mode = os.lstat(path).st_mode
    except OSError:
        return None
    if stat.S_ISDIR(mode):
        return "directory"
    return "file" if stat.S_ISREG(mode) else "special"


def docker_socket_in(source: str) -> str | None:
    """Return the Docker socket at or below `source`; a read-only mount gives access to it, too."""
    if PurePosixPath(source).name in SOCKET_NAMES:
        return source
    below = PurePosixPath(source)
    found = (
        each
        for each in _docker_sockets()
        if PurePosixPath(each).is_relative_to(below) and Path(each).exists()
    )
    return next(found, None)


def _docker_sockets() -> list[str]:
    home = Path.home()
    known = [
        Path("/var/run/docker.sock"),
        Path("/run/docker.sock"),
        home / ".docker/run/docker.sock",
        home / ".docker/desktop/docker.sock",
        *home.glob(".colima/*/docker.sock"),
        *home.glob(".orbstack/run/docker.sock"),
        *home.glob(".rd/docker.sock"),
        *home.glob(".lima/*/sock/docker.sock"),
    ]
    runtime, host = os.environ.get("XDG_RUNTIME_DIR"), os.environ.get("DOCKER_HOST", "")
    known += [Path(runtime) / "docker.sock"] if runtime else []
    known += [Path(host.removeprefix("unix://"))] if host.startswith("unix://") else []
    return [str(path) for path in known]


def project_path(root: Path, source: str) -> str:
    """Return `source` relative to the project if it is inside it."""
    if source == HOME or source.startswith(f"{HOME}/"):
        return source.removeprefix("/")
    if not is_inside(root, source):
        return source
    inner = str(PurePosixPath(source).relative_to(PurePosixPath(root)))
    return "." if inner == "." else f"./{inner}"
