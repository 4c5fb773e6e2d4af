"""Paths of this machine that an overlay names: whether they stay in the project, whatever links there are."""

from __future__ import annotations

import os
import stat
from pathlib import Path, PurePosixPath

SOCKET_NAMES = ("docker.sock", "podman.sock", "containerd.sock", "docker.raw.sock")
# What stands for the home directory while Compose reads an overlay, which is not to learn the real one.
HOME = "/~"


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
