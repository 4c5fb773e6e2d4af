"""The programs that generated services are built with, and this user's caches of what they download.

Tests have a home of their own, in which every download would begin anew.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from plugins.real_stack import could_not

from tools.cache import cache_dir

if TYPE_CHECKING:
    from collections.abc import Mapping

TIMEOUT_S = 600
# Asked at import: tests move HOME.
_HOME = Path.home()
_ENVIRONMENT = dict(os.environ)
COMPILED = cache_dir() / "go-services"
PROMETHEUS = cache_dir() / "prometheus"
REPOSITORY = Path(__file__).parents[1]
_CACHES = {
    "GOPATH": _HOME / "go",
    "UV_CACHE_DIR": _HOME / ".cache" / "uv",
}
_STEERING = ("TEMPORAL_", "UV_PROJECT", "VIRTUAL_ENV", "PYTEST_", "PYTHONDONTWRITEBYTECODE")
# As a service's Dockerfile compiles, into a cache of their own: it can be lent to the build of the image.
# Without paths: each service lies in a new directory, and with them Go's cache would never have it.
# `go vet` has a test of its own; `go test` would look at every dependency again. Nobody debugs the programs.
_COMPILING = {"CGO_ENABLED": "0", "GOFLAGS": "-trimpath -vet=off -ldflags=-w", "GOCACHE": str(COMPILED)}

# It compiles all that is imported, by tests too, and links nothing. Everybody's: with other tags Go looks at
# every dependency again.
VET = ("go", "vet", "-tags", "integration", "./...")


def environment(**variables: str) -> Mapping[str, str]:
    """Return the environment of a developer, without what steers this test run."""
    plain = {name: value for name, value in _ENVIRONMENT.items() if not name.startswith(_STEERING)}
    caches = {name: plain.get(name, str(path)) for name, path in _CACHES.items()}
    programs = os.pathsep.join([str(Path(sys.executable).parent), plain.get("PATH", os.defpath)])
    return {**plain, **caches, **_COMPILING, "PATH": programs, **variables}


def demand(*programs: str) -> None:
    """Go on if this machine has the programs; a test that cannot is told of, and fails with CI=true."""
    path = environment()["PATH"]
    missing = [program for program in programs if shutil.which(program, path=path) is None]
    if missing:
        could_not(f"there is no {' and no '.join(missing)}")


def run(*command: str | Path, cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, whatever that is."""
    return subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=environment(**variables),
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )


def succeed(*command: str | Path, cwd: Path, **variables: str) -> str:
    """Run a command that must succeed; return what it printed."""
    done = run(*command, cwd=cwd, **variables)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def promtool() -> Path:
    """Return Prometheus' own tool: the one on PATH, or Debian's, which is downloaded once."""
    found = shutil.which("promtool", path=environment()["PATH"])
    if found is not None:
        return Path(found)
    tool = PROMETHEUS / "usr/bin/promtool"
    if not tool.is_file():
        demand("apt-get", "dpkg")
        PROMETHEUS.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=PROMETHEUS) as made:
            succeed("apt-get", "download", "prometheus", cwd=Path(made))
            [package] = Path(made).glob("*.deb")
            succeed("dpkg", "-x", package, PROMETHEUS, cwd=Path(made))
    return tool
