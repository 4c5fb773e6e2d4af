"""The plugin that counts real-stack tests, in a test run of its own on a machine without an engine."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
SUITE = """\
import pytest
from plugins.real_stack import could_not

@pytest.mark.stack
def test_of_the_stack():
    pass

def test_of_something_else():
    pass
"""
WITHOUT_MACHINE = """\
import pytest
from plugins import real_stack

real_stack.machine_problem = lambda: None

@pytest.mark.stack
def test_that_passes():
    pass

@pytest.mark.stack
@pytest.mark.parametrize("number", [1, 2])
def test_without_a_browser(number):
    real_stack.could_not("there is no browser")

@pytest.mark.stack
def test_that_is_left_out():
    pytest.skip("not for these images")

@pytest.fixture
def stack():
    raise AssertionError("it does not come up")

@pytest.mark.stack
def test_whose_stack_does_not_come_up(stack):
    pass
"""

WITH_TOOLCHAIN = """\
import pytest

@pytest.mark.toolchain
def test_of_the_toolchain():
    pass

@pytest.mark.stack
def test_of_the_stack():
    pass
"""


def run(directory: Path, suite: str, *options: str, **variables: str) -> tuple[int, list[str]]:
    """Return exit code and output lines of a test run; that its directory is called `stack` means nothing."""
    (directory / "stack").mkdir()
    (directory / "stack" / "test_suite.py").write_text(suite)
    (directory / "pytest.ini").write_text(
        "[pytest]\nmarkers =\n  stack: as in the real project\n  toolchain: as well\n"
    )
    environment = {
        **os.environ,
        "PYTHONPATH": f"{TESTS}{os.pathsep}{TESTS.parent}",
        "DOCKER_HOST": "unix:///nonexistent.sock",
        # Of the plugins that are installed it meets one, and takes a second less to start.
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    }
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "plugins.real_stack", "-p", "no:cacheprovider", *options],
        cwd=directory,
        env={**environment, **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout.splitlines()


def test_without_an_engine_it_is_skipped_and_the_last_line_says_so(tmp_path: Path) -> None:
    code, lines = run(tmp_path, SUITE)
    assert code == 0
    assert "1 passed, 1 skipped" in lines[-2]
    assert lines[-1].startswith("real-stack tests: 0 ran, 1 could not (")


@pytest.mark.parametrize("option", ["-v", "-q", "-qq"])
def test_in_ci_it_fails_and_the_line_is_still_the_last(tmp_path: Path, option: str) -> None:
    code, lines = run(tmp_path, SUITE, option, CI="true")
    assert code == 1
    assert lines[-1].startswith("real-stack tests: 0 ran, 1 could not (")


def test_without_such_tests_nothing_is_said(tmp_path: Path) -> None:
    code, lines = run(tmp_path, SUITE, "-m", "not stack")
    assert code == 0
    assert not any(line.startswith("real-stack tests") for line in lines)


@pytest.mark.parametrize("options", [(), ("-p", "xdist", "-n", "2")], ids=["one process", "two workers"])
def test_a_failure_has_run_and_a_want_has_not(tmp_path: Path, options: tuple[str, ...]) -> None:
    """A test that is skipped for another reason is neither; each reason is told once."""
    code, lines = run(tmp_path, WITHOUT_MACHINE, *options)
    assert code == 1
    assert lines[-1] == "real-stack tests: 2 ran, 2 could not (there is no browser)"


def test_without_go_the_line_before_the_last_says_so(tmp_path: Path) -> None:
    code, lines = run(tmp_path, WITH_TOOLCHAIN, PATH=str(tmp_path))
    assert code == 0
    assert lines[-2].startswith("tests with the Go toolchain: 0 ran, 1 could not (there is no `go` command")
    assert lines[-1].startswith("real-stack tests: 0 ran, 1 could not (")


def test_in_ci_a_missing_toolchain_is_a_failure(tmp_path: Path) -> None:
    code, lines = run(tmp_path, WITH_TOOLCHAIN, "-m", "toolchain", PATH=str(tmp_path), CI="true")
    assert code == 1
    assert lines[-1].startswith("tests with the Go toolchain: 0 ran, 1 could not (")
