"""Stacks for the tests: one that most share, and a yard for those that need their own."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import TYPE_CHECKING

import pytest
import toolchain
from e2e.browsing import PATIENCE_MS
from e2e.clients import CLIENTS
from e2e.command_line import COMMAND_TIMEOUT_S, DOCKER_CONFIG, docker_host
from e2e.stacks import ARTIFACTS, SHOP, Stack, Yard
from e2e.workflows import found_by
from fakes.engine import RecordingReporter
from playwright.sync_api import sync_playwright
from plugins.real_stack import could_not

from devenv.engines.docker.connection import connect
from devenv.engines.docker.images import DockerImages
from devenv.images.base import Mmdebstrap, ensure_base

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

# What takes minutes, which CI does not have; the recipe of each asks for it by a variable.
LONG = {
    "ALERTS": "test_alerts.py",
    "ALL_ADDONS": "test_all_addons.py",
    "KEYCLOAK": "test_keycloak.py",
    "LOG_FLOOD": "test_log_flood.py",
    "SNAPSHOTS": "test_snapshots.py",
    "TRACES": "test_traces.py",
}
collect_ignore = [file for name, file in LONG.items() if f"TEMPORAL_DEVENV_TEST_{name}" not in os.environ]

PROGRAMS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

YARDS = pytest.StashKey[list[Yard]]()
NewYard = Callable[[], AbstractContextManager[Yard]]


@pytest.fixture(autouse=True)
def engine_of_this_user(isolated: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reach the same Docker engine from an empty home, whichever context names it."""
    monkeypatch.setenv("DOCKER_HOST", docker_host())
    monkeypatch.setenv("DOCKER_CONFIG", DOCKER_CONFIG)


@pytest.fixture(scope="session")
def new_yard(
    run_home: Path, tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config
) -> NewYard:
    """Return what makes yards, all of one user."""
    return lambda: _yard(tmp_path_factory.mktemp("yard").resolve(), run_home, pytestconfig)


@pytest.fixture(scope="session")
def session_yard(new_yard: NewYard) -> Iterator[Yard]:
    """Make stacks that live until the last test is over."""
    with new_yard() as yard:
        yield yard


@pytest.fixture(scope="module")
def module_yard(new_yard: NewYard) -> Iterator[Yard]:
    """Make stacks that the tests of a module share."""
    with new_yard() as yard:
        yield yard


@pytest.fixture
def yard(new_yard: NewYard) -> Iterator[Yard]:
    """Make stacks for one test."""
    with new_yard() as yard:
        yield yard


@pytest.fixture(scope="session")
def base_system() -> None:
    """Have the base system of stand-ins: where the images are the official ones, it is yet to be made."""
    ensure_base(DockerImages(connect()), Mmdebstrap(), RecordingReporter())


@pytest.fixture(scope="session")
def shop(session_yard: Yard) -> Stack:
    """Return the example project, up on Docker. Tests leave it ready, and change nothing that others read."""
    stack = session_yard.copy_of(SHOP, "shop")
    namespaces = [item["name"] for item in stack.up()["namespaces"]]
    stack.met_at_once = {name: found_by(stack.grpc, name, "") for name in namespaces}
    return stack


@pytest.fixture(scope="session")
def go_client(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, ...]:
    """Build the Go program once; the toolchain's own caches make later runs short."""
    go = shutil.which("go")
    if go is None:
        pytest.skip("no Go toolchain; the Temporal CLI is a Go program with the same loader")
    program = tmp_path_factory.mktemp("go") / "go_client"
    done = subprocess.run(
        [go, "build", "-o", str(program), "."],
        cwd=CLIENTS / "go_client",
        env=toolchain.environment(),
        capture_output=True,
        text=True,
        timeout=COMMAND_TIMEOUT_S,
        check=False,
    )
    if done.returncode != 0:
        could_not(f"the Go program cannot be built: {done.stderr[-500:]}")
    return (str(program),)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The browser of this machine; none is ever downloaded."""
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        could_not("there is no Chromium: `apt-get install chromium-headless-shell`, or `just engine`")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A new window without cookies, for which any certificate will do; its end is kept as a picture."""
    context = browser.new_context(viewport={"width": 1400, "height": 900}, ignore_https_errors=True)
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    yield page
    name = re.sub(r"[^\w.-]+", "-", request.node.name)
    page.screenshot(path=ARTIFACTS / f"{name}.png")
    context.close()


@contextmanager
def _yard(root: Path, home: Path, config: pytest.Config) -> Iterator[Yard]:
    yard = Yard(root, home)
    yards = config.stash.setdefault(YARDS, [])
    yards.append(yard)
    yield yard
    yard.remove_all()
    yards.remove(yard)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Save what explains a failure while the stacks are still there."""
    report = yield
    if report.failed and report.when in {"setup", "call"}:
        directory = ARTIFACTS / re.sub(r"[^\w.-]+", "-", item.nodeid)
        for yard in item.config.stash.get(YARDS, []):
            for stack in yard.stacks:
                with suppress(AssertionError, OSError):  # the failure is the news, not this
                    stack.save_evidence(directory / stack.project.name)
    return report
