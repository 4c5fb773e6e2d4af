"""A Go module around one version of the Temporal server: the same dependencies, checked by the same sums."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from devenv.images.catalog import go_environment

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SERVER = "go.temporal.io/server"
BINARY = f"{SERVER}/cmd/server"
DYNAMIC_CONFIG = f"{SERVER}/common/dynamicconfig"
_OLDEST = (1, 21)
_INSTALL = "install Go 1.21 or newer (https://go.dev/doc/install)"
_DECLARES = re.compile(rb"\bNew\w+Setting\w*[\[(]")


class GoError(Exception):
    """Go is missing, or a command of it failed; the message is its own."""


@dataclass(frozen=True)
class Go:
    """The Go command, with the environment it runs in."""

    program: str
    environment: Mapping[str, str]

    def __call__(self, *arguments: str, directory: Path) -> str:
        """Return what a command prints.

        Raises:
            GoError: With the end of what the command said.
        """
        done = subprocess.run(
            [self.program, *arguments],
            cwd=directory,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise GoError(f"go {arguments[0]}: {done.stderr[-2000:].strip()}")
        return done.stdout

    def with_variable(self, name: str, value: str) -> Go:
        """Return the command with one more variable in its environment."""
        return Go(self.program, {**self.environment, name: value})


def find_go() -> Go:
    """Return the Go command; it fetches by itself the toolchain that stand-ins are compiled with.

    It compiles as for them, so that what their build lent to Go's cache (tools/compiled.py) is used.

    Raises:
        GoError: There is none, or it is older than Go 1.21, which cannot do so.
    """
    program = shutil.which("go")
    if program is None:
        raise GoError(f"there is no `go` command: {_INSTALL}")
    compiling = go_environment()
    own = {**compiling, "GOFLAGS": f"-mod=mod {compiling['GOFLAGS']}", "GOWORK": "off"}
    go = Go(program, {**os.environ, **own})
    said = go("version", directory=Path())
    version = re.search(r"go(\d+)\.(\d+)", said)
    if version is None or (int(version[1]), int(version[2])) < _OLDEST:
        raise GoError(f"{said.strip()} is too old: {_INSTALL}")
    return go


@dataclass(frozen=True)
class Package:
    """A Go package: its import path and the directory it lies in."""

    path: str
    directory: Path


@dataclass(frozen=True)
class ServerModule:
    """A module in `directory` that requires the server in one version."""

    go: Go
    directory: Path

    def declaring_packages(self) -> list[Package]:
        """Return the packages of the server's binary that may declare settings.

        Too many do no harm: what a linked package registers is all that counts.
        """
        listed = self.go("list", "-deps", "-json=ImportPath,Dir,Imports", BINARY, directory=self.directory)
        packages = (
            Package(found["ImportPath"], Path(found["Dir"]))
            for found in _documents(listed)
            if found["ImportPath"] == DYNAMIC_CONFIG or DYNAMIC_CONFIG in found.get("Imports", ())
        )
        return [package for package in packages if _may_declare(package.directory)]


def make_module(go: Go, version: str, directory: Path) -> ServerModule:
    """Write the module's files: those of the server, which say what the server is built with."""
    wanted = f"{SERVER}@v{version}"
    found = json.loads(go("mod", "download", "-json", wanted, directory=directory))
    source = Path(found["Dir"])
    requirements = (source / "go.mod").read_text().replace(f"module {SERVER}", "module catalog", 1)
    (directory / "go.mod").write_text(f"{requirements}\nrequire {SERVER} v{version}\n")
    sums = (
        f"{SERVER} v{version} {found['Sum']}\n",
        f"{SERVER} v{version}/go.mod {found['GoModSum']}\n",
    )
    (directory / "go.sum").write_text((source / "go.sum").read_text() + "".join(sums))
    return ServerModule(go, directory)


def _documents(text: str) -> Iterator[dict[str, Any]]:
    """Return the JSON documents that stand one after the other in `text`."""
    decoder = json.JSONDecoder()
    at = 0
    while at < len(text.rstrip()):
        document, at = decoder.raw_decode(text, at)
        yield document
        at += len(text[at:]) - len(text[at:].lstrip())


def _may_declare(directory: Path) -> bool:
    files = (path for path in directory.glob("*.go") if not path.name.endswith("_test.go"))
    return any(_DECLARES.search(path.read_bytes()) for path in files)
