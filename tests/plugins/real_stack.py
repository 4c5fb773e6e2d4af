"""A pytest plugin that never lets a test go missing in silence because of the machine it runs on.

Tests marked `stack` need a Docker engine and a complete family of images, those marked `toolchain` a Go
toolchain. One that could not run is skipped with the reason; with CI=true it fails. The last lines of the run
say how many ran; the very last one is that of the real stack.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest

from tools.catalog.go_module import GoError, find_go

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

MARKERS = {"toolchain": "tests with the Go toolchain", "stack": "real-stack tests"}
"""What needs something of the machine, and how its tests are called in the last lines."""
DEVENV = Path(sys.executable).with_name("devenv")
PROBE_TIMEOUT_S = 30
PREFIX = "could not run: "
MARKED = "marked"
# Asked at import: tests may change the environment.
IN_CI = os.environ.get("CI", "").lower() not in {"", "0", "false"}


def could_not(reason: str) -> NoReturn:
    """End a test that this machine cannot run: a skip for a developer, a failure with CI=true."""
    if IN_CI:
        pytest.fail(f"{PREFIX}{reason}", pytrace=False)
    pytest.skip(f"{PREFIX}{reason}")


@lru_cache(maxsize=1)
def machine_problem() -> str | None:
    """Return why no stack can run here, None if one can."""
    return _engine_problem() or _images_problem()


@lru_cache(maxsize=1)
def toolchain_problem() -> str | None:
    """Return why no Go program can be built here, None if one can."""
    try:
        find_go()
    except GoError as error:
        return str(error)
    return None


def _problem(marker: str) -> str | None:
    return machine_problem() if marker == "stack" else toolchain_problem()


def _engine_problem() -> str | None:
    try:
        done = _output("docker", "info", "--format={{.ServerVersion}}")
    except FileNotFoundError:
        return "there is no `docker` command"
    except subprocess.TimeoutExpired:
        return f"the Docker engine did not answer in {PROBE_TIMEOUT_S} s"
    # `docker info` without an engine may succeed; then there is no version to print.
    return None if done.returncode == 0 and done.stdout.strip() else "no Docker engine answers"


def _images_problem() -> str | None:
    done = _output(str(DEVENV), "images", "list", "-o", "json")
    if done.returncode != 0:
        return "`devenv images list` failed"
    absent: dict[str, list[str]] = {}
    for image in json.loads(done.stdout)["images"]:
        family = absent.setdefault(image["kind"], [])
        if not image["present"]:
            family.append(image["ref"])
    if not all(absent.values()):
        return None
    return "no family of images is complete: run `devenv images build`"


def _output(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, timeout=PROBE_TIMEOUT_S, check=False)


@dataclass
class _Tally:
    """Which tests of one marker ran and why others could not."""

    name: str
    ran: set[str] = field(default_factory=set)
    prevented: dict[str, str] = field(default_factory=dict)

    def line(self) -> str | None:
        """Return what the run has to say, None if no such test was selected."""
        if not self.ran and not self.prevented:
            return None
        reasons = "; ".join(sorted(set(self.prevented.values())))
        return f"{self.name}: {len(self.ran)} ran, {len(self.prevented)} could not" + (
            f" ({reasons})" if reasons else ""
        )


_TALLIES = pytest.StashKey[dict[str, _Tally]]()


def pytest_configure(config: pytest.Config) -> None:
    tallies = {marker: _Tally(name) for marker, name in MARKERS.items()}
    config.stash[_TALLIES] = tallies
    config.pluginmanager.register(_Counter(tallies))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    for marker in MARKERS:
        if item.get_closest_marker(marker) is not None and (problem := _problem(marker)) is not None:
            could_not(problem)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Note on the report what counts a test: it travels from a worker to the process that counts.

    The report's own keywords do not tell: they hold the names of directories, too.
    """
    report = yield
    report.user_properties += [(marker, MARKED) for marker in MARKERS if item.get_closest_marker(marker)]
    said = str(getattr(call.excinfo.value, "msg", "")) if call.excinfo is not None else ""
    if said.startswith(PREFIX):
        report.user_properties.append((PREFIX, said.removeprefix(PREFIX)))
    return report


class _Counter:
    """Counts the reports of this process or, under pytest-xdist, of all its workers."""

    def __init__(self, tallies: Mapping[str, _Tally]) -> None:
        self._tallies = tallies

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        for marker, tally in self._tallies.items():
            if (marker, MARKED) in report.user_properties:
                _count(tally, report)


def _count(tally: _Tally, report: pytest.TestReport) -> None:
    reason = dict(report.user_properties).get(PREFIX)
    if reason is not None:
        tally.prevented[report.nodeid] = str(reason)
    elif report.failed or (report.when == "call" and report.passed):
        # A test whose stack did not come up has run: it found a failure.
        tally.ran.add(report.nodeid)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> Generator[None, object, object]:
    """Print after the terminal reporter's own summary, which ends inside this hook."""
    result = yield
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    for tally in session.config.stash[_TALLIES].values():
        if (line := tally.line()) is not None and reporter is not None:
            reporter.write_line(line)
    return result
