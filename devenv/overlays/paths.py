"""Paths of this machine that an overlay names: whether they stay in the project, whatever links there are."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from devenv.overlays.powers import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

SOCKET_NAMES = ("docker.sock", "podman.sock", "containerd.sock", "docker.raw.sock")
# What stands for the home directory while Compose reads an overlay, which is not to learn the real one.
HOME = "/~"
# So many files of a directory are looked at for sockets, which takes less than a second.
MOST_FILES = 200_000


@dataclass(frozen=True)
class Hazard:
    """Why a container may not have a file or directory unasked, or where it `is_refused` not at all."""

    text: str
    is_refused: bool = True


def hazard(root: Path, source: str, verb: str) -> Hazard | None:
    """Return what is wrong with giving `source` of this machine to a container, None if nothing is.

    Mounts, configs, secrets and devices of volumes are all judged here; `verb` is what the container does
    with it, as in `reads`.
    """
    what = f"{verb} {shown(relative(root, source))}"
    if socket_within(source) is not None:
        return Hazard(f"{what}, and with it the Docker socket, by which it owns this machine")
    if not is_inside(root, source):
        return Hazard(f"{what} from outside the project")
    if (link := link_on_the_way(root, source)) is not None:
        return Hazard(f"{what} through the symbolic link {shown(link)}, which may lead out of the project")
    kind = kind_of(source)
    if kind == "special":
        return Hazard(f"{what}, a socket, pipe or device", is_refused=False)
    return _within(source, what) if kind == "directory" else None


def _within(directory: str, what: str) -> Hazard | None:
    """Return what is wrong with what lies in a directory: a container can use a socket that it only reads."""
    special = False
    for number, entry in enumerate(_entries(directory)):
        if number == MOST_FILES:
            text = f"{what}, which holds too many files to look through for sockets"
            return Hazard(text, is_refused=False)
        if entry.name in SOCKET_NAMES and not entry.is_symlink():
            return Hazard(f"{what}, and with it the Docker socket, by which it owns this machine")
        special = special or _is_special(entry)
    return Hazard(f"{what}, which holds a socket, pipe or device", is_refused=False) if special else None


def _entries(directory: str) -> Iterator[os.DirEntry[str]]:
    """Yield all that lies below `directory`, following no link; what may not be listed is left out."""
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
    """Tell whether the absolute path `source` is `root` or below it, as it is written."""
    path = PurePosixPath(source)
    return path.is_absolute() and ".." not in path.parts and path.is_relative_to(PurePosixPath(root))


def link_on_the_way(root: Path, source: str) -> str | None:
    """Return the first symbolic link from `root` to `source`, relative to the project; None without any."""
    way = root
    for part in PurePosixPath(source).relative_to(PurePosixPath(root)).parts:
        way /= part
        if way.is_symlink():
            return str(way.relative_to(root))
    return None


def kind_of(path: str) -> str | None:
    """Return `directory` or `file`; `special` for a socket, pipe or device, None where nothing is."""
    try:
        mode = os.lstat(path).st_mode
    except OSError:
        return None
    if stat.S_ISDIR(mode):
        return "directory"
    return "file" if stat.S_ISREG(mode) else "special"


def socket_within(source: str) -> str | None:
    """Return the Docker socket that is, or lies in, `source`; a read-only mount gives it all the same."""
    if PurePosixPath(source).name in SOCKET_NAMES:
        return source
    below = PurePosixPath(source)
    found = (each for each in _sockets() if PurePosixPath(each).is_relative_to(below) and Path(each).exists())
    return next(found, None)


def _sockets() -> list[str]:
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


def relative(root: Path, source: str) -> str:
    """Return `source` as a person of the project would write it."""
    if source == HOME or source.startswith(f"{HOME}/"):
        return source.removeprefix("/")
    if not is_inside(root, source):
        return source
    inner = str(PurePosixPath(source).relative_to(PurePosixPath(root)))
    return "." if inner == "." else f"./{inner}"
