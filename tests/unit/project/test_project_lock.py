"""The lock of a project, which two homes of one user share."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from devenv.errors import StackBusyError
from devenv.project.project_lock import project_lock

if TYPE_CHECKING:
    from pathlib import Path

SOON = timedelta(seconds=0.3)
HOLDER = """
import sys
from datetime import timedelta
from pathlib import Path
from devenv.project.project_lock import project_lock
with project_lock(Path(sys.argv[1]), "shop", timedelta(seconds=20), lambda: None):
    print("held", flush=True)
    sys.stdin.read()
"""


def never() -> None:
    raise AssertionError("waited")


def test_another_process_is_waited_for_and_then_reported(tmp_path: Path) -> None:
    """Afterwards the lock is free, and nothing was written into the project."""
    waits: list[str] = []
    command = [sys.executable, "-c", HOLDER, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == "held\n"
        with (
            pytest.raises(StackBusyError, match="shop"),
            project_lock(tmp_path, "shop", SOON, lambda: waits.append("w")),
        ):
            pytest.fail("two processes had the lock")
        holder.communicate()
    assert waits == ["w"]
    for _ in range(2):
        with project_lock(tmp_path, "shop", SOON, never):
            assert list(tmp_path.iterdir()) == []


def test_projects_do_not_wait_for_each_other(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    with (
        project_lock(tmp_path / "one", "one", SOON, never),
        project_lock(tmp_path / "two", "two", SOON, never),
    ):
        pass


def test_a_project_that_is_gone_keeps_nobody_away(tmp_path: Path) -> None:
    with project_lock(tmp_path / "gone", "shop", SOON, never):
        pass


def test_what_goes_wrong_meanwhile_is_not_hidden(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), project_lock(tmp_path, "shop", SOON, never):
        raise FileNotFoundError
    with project_lock(tmp_path, "shop", SOON, never):
        pass
