"""How many processes use a stack."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from devenv.errors import DevenvError
from devenv.stack.run_session import UserCount

if TYPE_CHECKING:
    from pathlib import Path

USER = """
import sys
from pathlib import Path
from devenv.stack.run_session import UserCount
lease = UserCount(Path(sys.argv[1]))
print("taken", flush=True)
sys.stdin.read()
"""


def test_who_is_alone_learns_of_others(tmp_path: Path) -> None:
    """As long as they use it; to ask gives nothing away."""
    first = UserCount(tmp_path / "lease")
    assert not first.has_others
    second = UserCount(tmp_path / "lease")
    assert (first.has_others, second.has_others) == (True, True)
    first.leave()
    assert not second.has_others


def test_a_killed_process_has_no_share(tmp_path: Path) -> None:
    """Nobody has to wait for it, or to clean up after it."""
    lease = UserCount(tmp_path / "lease")
    command = [sys.executable, "-c", USER, str(tmp_path / "lease")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout
        assert other.stdout.readline() == "taken\n"
        assert lease.has_others
        other.kill()
        other.wait()
        assert not lease.has_others


def test_a_share_is_not_inherited(tmp_path: Path) -> None:
    """What a command leaves running does not use the stack for it."""
    lease, other = UserCount(tmp_path / "lease"), UserCount(tmp_path / "lease")
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE, close_fds=False) as program:
        other.leave()
        assert not lease.has_others
        program.kill()


def test_a_share_that_cannot_be_taken_is_explained(tmp_path: Path) -> None:
    """As everything else about the state directory."""
    with pytest.raises(DevenvError, match="Cannot lock"):
        UserCount(tmp_path)
