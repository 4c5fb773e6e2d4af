"""The checks, in the order in which a person would mend what they find."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from devenv.engines.packages import traits_of
from devenv.errors import DevenvError
from devenv.registry import ENGINES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

GIBIBYTE = 1024**3
ENOUGH_MEMORY = 2 * GIBIBYTE
ENOUGH_DISK = 5 * GIBIBYTE


class CheckStatus(StrEnum):
    """How a check went."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"
    SKIP = "skip"


@dataclass(frozen=True)
class CheckResult:
    """What a check found, and what to do about it."""

    name: str
    status: CheckStatus
    detail: str
    hint: str = ""


class Machine(Protocol):
    """What the checks ask this machine; where something is missing, it raises a `PrerequisiteError`."""

    def docker_version(self) -> str:
        """Return the version of the Docker engine."""

    def compose_version(self) -> str:
        """Return the version of the Compose plugin."""

    def images(self) -> str:
        """Return which family of images is local, in words."""

    def temporal_cli(self) -> str:
        """Return the version of the Temporal CLI that the embedded engine runs."""

    def temporal_presets(self) -> tuple[str, str] | None:
        """Return what leads `temporal` to another server, and what helps; None if nothing does."""

    def docker_memory(self) -> int:
        """Return the bytes of memory that containers can have."""

    def port_holder(self, port: int) -> str | None:
        """Return who holds `port`, None if it is free or this project's own stack holds it."""


def run_checks(machine: Machine, ports: Sequence[int], state_directory: Path) -> list[CheckResult]:
    """Run every check; one that cannot be run because of an earlier one is skipped."""
    return [
        *_docker_checks(machine),
        _asked("embedded-engine", machine.temporal_cli),
        *_presets(machine),
        _disk(state_directory),
        *(_port(machine, port) for port in ports),
    ]


def usable_engines(results: Sequence[CheckResult]) -> list[str]:
    """Return the engines that a stack can run on, after the checks `results`."""
    failed = {each.name for each in results if each.status is CheckStatus.FAIL}
    docker = {"docker-engine", "docker-compose", "images"}
    return [
        name
        for name in ENGINES
        if failed.isdisjoint(docker if traits_of(name).runs_images else {f"{name}-engine"})
    ]


def _docker_checks(machine: Machine) -> Iterator[CheckResult]:
    engine = _asked("docker-engine", machine.docker_version)
    yield engine
    for name, question in (("docker-compose", machine.compose_version), ("images", machine.images)):
        if engine.status is CheckStatus.OK:
            yield _asked(name, question)
        else:
            yield CheckResult(name, CheckStatus.SKIP, "no Docker engine answers")
    if engine.status is CheckStatus.OK:
        yield _memory(machine.docker_memory())


def _asked(name: str, question: Callable[[], str]) -> CheckResult:
    try:
        return CheckResult(name, CheckStatus.OK, question())
    except DevenvError as error:
        return CheckResult(name, CheckStatus.FAIL, "; ".join([error.message, *error.details]), error.hint)


def _presets(machine: Machine) -> Iterator[CheckResult]:
    found = machine.temporal_presets()
    if found is not None:
        yield CheckResult("temporal-presets", CheckStatus.WARN, *found)


def _memory(available: int) -> CheckResult:
    detail = f"{available / GIBIBYTE:.1f} GiB for containers"
    if available >= ENOUGH_MEMORY:
        return CheckResult("memory", CheckStatus.OK, detail)
    return CheckResult("memory", CheckStatus.WARN, detail, "give Docker at least 2 GiB")


def _disk(directory: Path) -> CheckResult:
    existing = next(path for path in (directory, *directory.parents) if path.is_dir())
    free = shutil.disk_usage(existing).free
    detail = f"{free / GIBIBYTE:.1f} GiB free"
    if free >= ENOUGH_DISK:
        return CheckResult("disk", CheckStatus.OK, detail)
    return CheckResult(
        "disk", CheckStatus.WARN, detail, "free some space, for instance with `docker system prune`"
    )


def _port(machine: Machine, port: int) -> CheckResult:
    holder = machine.port_holder(port)
    if holder is None:
        return CheckResult(f"port-{port}", CheckStatus.OK, "free, or this stack's own")
    return CheckResult(
        f"port-{port}", CheckStatus.WARN, f"taken by {holder}", "stop it, or run `devenv up --any-port`"
    )
