"""Lends what the builder of stand-ins compiled to the Go on this machine, and frees the builder's caches.

    python -m tools.compiled

The programs of tools/catalog link the same packages of the server, compiled by the same toolchain with the
same flags (`go_environment`): with these in Go's cache they take seconds, without them minutes of all cores.
Where the tests had nothing built, there is nothing to lend.
"""

from __future__ import annotations

import subprocess
import uuid
from contextlib import closing
from pathlib import Path
from typing import Any, cast

import docker

from devenv.errors import PrerequisiteError
from devenv.images.base import BASE_REF
from devenv.images.build import CACHE_DIRECTORY
from devenv.project.state import cache_dir
from devenv.wiring import image_store
from tools.catalog.go_module import GoError, find_go

# Left by tools/images.py after a build: caches that somebody else keeps in the builder are not freed.
TO_LEND = cache_dir() / "to-lend"
MOUNT = f"{CACHE_DIRECTORY}go-build"
_EXPORT = ("docker", "buildx", "build", "--quiet", "--output", "type=tar,dest=-", "-")


def main() -> None:
    """Lend what there is, then free the caches, if the tests had stand-ins built."""
    if not TO_LEND.exists():
        return
    try:
        store = image_store()
    except PrerequisiteError as error:
        print(f"compiled: {error.message}: nothing to lend", flush=True)
        return
    if kept_by_builder(f"cached mount {MOUNT} "):
        lend_compiled()
    store.prune_cache(CACHE_DIRECTORY)
    TO_LEND.unlink()


def lend_compiled() -> None:
    """Copy the builder's cache of Go into this user's; entries of both are named by what they depend on.

    Raises:
        CalledProcessError: As `copy_mount`.
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
        CalledProcessError: A command failed, after it said why.
    """
    # Named anew, else BuildKit takes the copy of another day; `--no-cache` would give it an empty mount.
    copy = f"copy-{uuid.uuid4().hex}"
    copying = f"cp -r {mount} /{copy}"
    dockerfile = f"FROM {BASE_REF}\nRUN --mount=type=cache,target={mount} {copying}\n"
    # Of times without fractions, `tar` would warn that they are in the future: it need not keep them.
    unpack = ("tar", "-x", "-m", "-C", str(target), "--strip-components=1", copy)
    try:
        with subprocess.Popen(unpack, stdin=subprocess.PIPE) as unpacking:
            subprocess.run(_EXPORT, input=dockerfile.encode(), stdout=unpacking.stdin, check=True)
        if unpacking.returncode != 0:
            raise subprocess.CalledProcessError(unpacking.returncode, unpack)
    finally:
        # A second copy of it all.
        free_kept_of(copying)


def kept_by_builder(text: str) -> list[str]:
    """Return the identifiers of layers and cache mounts that BuildKit describes with `text`."""
    with closing(docker.from_env()) as client:
        records = client.api.df()["BuildCache"] or ()
        return [record["ID"] for record in records if text in record["Description"]]


def free_kept_of(text: str) -> None:
    """Free what `kept_by_builder` finds."""
    with closing(docker.from_env()) as client:
        for identifier in kept_by_builder(text):
            client.api.prune_builds(filters=cast("Any", {"id": identifier}), all=True)


if __name__ == "__main__":
    main()
