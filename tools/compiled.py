"""Lends what the builder of stand-ins compiled to the Go on this machine, and frees the builder's caches.

    python -m tools.compiled

The programs of tools/catalog link the same packages of the server, compiled by the same toolchain with the
same flags (`go_environment`): with these in Go's cache they take seconds, without them minutes of all cores.
Where the tests had nothing built, there is nothing to lend.
"""

from __future__ import annotations

import subprocess
import uuid
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from devenv.engines.docker.connection import LONG_TIMEOUT_S, connect, patience
from devenv.engines.docker.images import DockerImages, build_cache, free_record
from devenv.errors import DevenvError, PrerequisiteError
from devenv.images.base import BASE_REF
from devenv.images.build import CACHE_DIRECTORY
from tools.cache import cache_dir
from tools.catalog.go_module import GoError, find_go

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import docker

# Left by tools/images.py after a build: caches that somebody else keeps in the builder are not freed.
TO_LEND = cache_dir() / "to-lend"
MOUNT = f"{CACHE_DIRECTORY}go-build"
EXPORT_TIMEOUT_S = 1800
_EXPORT = ("docker", "buildx", "build", "--quiet", "--output", "type=tar,dest=-", "-")


def main() -> None:
    """Lend what there is, then free the caches, if the tests had stand-ins built.

    Both only save time and space: what fails is a warning, never a failed run of the tests.
    """
    if not TO_LEND.exists():
        return
    try:
        store = DockerImages(connect())
    except PrerequisiteError as error:
        print(f"compiled: {error.message}: nothing to lend", flush=True)
        return
    attempt("lend what was compiled", lend_if_kept)
    print("compiled: freeing the builder's caches", flush=True)
    if attempt("free the builder's caches", lambda: store.prune_cache(CACHE_DIRECTORY)):
        TO_LEND.unlink()


def attempt(what: str, work: Callable[[], object]) -> bool:
    """Do `work` and return whether it was done; else say why not."""
    try:
        work()
    except (DevenvError, OSError, subprocess.SubprocessError) as error:
        details = error.details if isinstance(error, DevenvError) else ()
        reason = "; ".join([str(error), *details])
        print(f"compiled: warning: could not {what}, which only saves time and space: {reason}", flush=True)
        return False
    return True


def lend_if_kept() -> None:
    """Lend what the builder keeps of Go's cache, if it keeps any."""
    if kept_by_builder(f"cached mount {MOUNT} "):
        lend_compiled()


def lend_compiled() -> None:
    """Copy the builder's cache of Go into this user's; entries of both are named by what they depend on.

    Raises:
        SubprocessError: As `copy_mount`.
    """
    try:
        go = find_go()
    except GoError as error:
        print(f"compiled: not lent, {error}", flush=True)
        return
    target = Path(go("env", "GOCACHE", directory=Path()).strip())
    print(f"compiled: lending what was compiled to {target}", flush=True)
    target.mkdir(parents=True, exist_ok=True)
    copy_mount(MOUNT, target)
    print("compiled: lent", flush=True)


def copy_mount(mount: str, target: Path) -> None:
    """Copy what is in BuildKit's cache mount `mount` into the directory `target`.

    Raises:
        SubprocessError: A command failed, after it said why, or took longer than half an hour.
    """
    # Named anew, else BuildKit takes the copy of another day; `--no-cache` would give it an empty mount.
    copy = f"copy-{uuid.uuid4().hex}"
    copying = f"cp -r {mount} /{copy}"
    dockerfile = f"FROM {BASE_REF}\nRUN --mount=type=cache,target={mount} {copying}\n"
    # Of times without fractions, `tar` would warn that they are in the future: it need not keep them.
    unpack = ("tar", "-x", "-m", "-C", str(target), "--strip-components=1", copy)
    try:
        with subprocess.Popen(unpack, stdin=subprocess.PIPE) as unpacking:
            subprocess.run(
                _EXPORT,
                input=dockerfile.encode(),
                stdout=unpacking.stdin,
                check=True,
                timeout=EXPORT_TIMEOUT_S,
            )
        if unpacking.returncode != 0:
            raise subprocess.CalledProcessError(unpacking.returncode, unpack)
    finally:
        # A second copy of it all.
        free_kept_of(copying)


def kept_by_builder(text: str) -> list[str]:
    """Return the identifiers of layers and cache mounts that BuildKit describes with `text`."""
    with patient_client() as client:
        return [record["ID"] for record in build_cache(client) if text in record["Description"]]


def free_kept_of(text: str) -> None:
    """Free what `kept_by_builder` finds."""
    identifiers = kept_by_builder(text)
    with patient_client() as client:
        for identifier in identifiers:
            free_record(client, identifier)


@contextmanager
def patient_client() -> Iterator[docker.DockerClient]:
    """Return a client of the engine whose requests may take minutes."""
    with closing(connect()) as client, patience(client.api, LONG_TIMEOUT_S):
        yield client


if __name__ == "__main__":
    main()
