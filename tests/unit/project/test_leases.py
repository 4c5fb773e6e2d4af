"""Shares in the use of a stack."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from devenv.errors import DevenvError
from devenv.project.leases import Lease

if TYPE_CHECKING:
    from pathlib import Path

USER = """
import sys
from pathlib import Path
from devenv.project.leases import Lease
lease = Lease(Path(sys.argv[1]))
print("taken", flush=True)
sys.stdin.read()
"""


def test_who_is_alone_learns_of_others(tmp_path: Path) -> None:
    """As long as they use it; to ask gives nothing away."""
    first = Lease(tmp_path / "lease")
    assert not first.is_shared
    second = Lease(tmp_path / "lease")
    assert (first.is_shared, second.is_shared) == (True, True)
    first.close()
    assert not second.is_shared


def test_a_killed_process_has_no_share(tmp_path: Path) -> None:
    """Nobody has to wait for it, or to clean up after it."""
    lease = Lease(tmp_path / "lease")
    command = [sys.executable, "-c", USER, str(tmp_path / "lease")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout
        assert other.stdout.readline() == "taken\n"
        assert lease.is_shared
        other.kill()
        other.wait()
        assert not lease.is_shared


def test_a_share_is_not_inherited(tmp_path: Path) -> None:
    """What a command leaves running does not use the stack for it."""
    lease, other = Lease(tmp_path / "lease"), Lease(tmp_path / "lease")
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE, close_fds=False) as program:
        other.close()
        assert not lease.is_shared
        program.kill()


def test_a_share_that_cannot_be_taken_is_explained(tmp_path: Path) -> None:
    """As everything else about the state directory."""
    with pytest.raises(DevenvError, match="Cannot lock"):
        Lease(tmp_path)
