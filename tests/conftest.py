"""Keeps every test away from the developer's home, settings and Docker engine."""

from __future__ import annotations

import itertools
import os
import signal
from typing import TYPE_CHECKING

import pytest
from plugins.scheduling import ByStack, longest_first

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from xdist.remote import Producer  # type: ignore[import-untyped]

pytest_plugins = ["plugins.real_stack", "pytester"]
# Their asserts are tests', and they are no test modules.
pytest.register_assert_rewrite(
    "suites.declared_state", "suites.engine_contract", "suites.snapshots", "foreign_server"
)

STEERING = ("TEMPORAL_", "COMPOSE_", "XDG_", "GITHUB_")
XDG_VARIABLES = ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME")
PLAIN = {"NO_COLOR": "1", "COLUMNS": "100", "TERM": "dumb", "LANG": "C.UTF-8"}


def pytest_configure() -> None:
    """Hear Ctrl-C: what a shell puts in the background ignores it, and so would all that tests start."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Have what takes longest begin first."""
    longest_first(items)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByStack:
    """Have the tests of one stack stay with one worker."""
    return ByStack(config, log)


@pytest.fixture(scope="session")
def sandboxes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return directories that do not exist yet; pytest's own are numbered by looking at all of them."""
    base = tmp_path_factory.mktemp("isolated")
    return (base / str(number) for number in itertools.count())


@pytest.fixture(scope="session")
def run_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the home of one user for a whole test run, whose stacks agree on ports across workers."""
    base = tmp_path_factory.getbasetemp()
    run = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    home = run.resolve() / "home"
    home.mkdir(exist_ok=True)
    return home


@pytest.fixture(autouse=True)
def isolated(
    request: pytest.FixtureRequest, sandboxes: Iterator[Path], monkeypatch: pytest.MonkeyPatch
) -> Path:
    """Give each test an empty home and working directory; return the directory they lie in.

    Only a test marked `stack` can reach a Docker engine.
    """
    directory = next(sandboxes)
    needs_docker = request.node.get_closest_marker("stack") is not None
    for name in list(os.environ):
        is_docker = name.startswith("DOCKER_") and not needs_docker
        if name.startswith(STEERING) or is_docker or name in {"CI", "FORCE_COLOR", "PAGER"}:
            monkeypatch.delenv(name)
    if not needs_docker:
        monkeypatch.setenv("DOCKER_HOST", f"unix://{directory}/no-engine.sock")
    for name in ("HOME", *XDG_VARIABLES):
        monkeypatch.setenv(name, str(directory / name))
    for name, value in PLAIN.items():
        monkeypatch.setenv(name, value)
    (directory / "HOME").mkdir(parents=True)
    (directory / "work").mkdir()
    monkeypatch.chdir(directory / "work")
    return directory
