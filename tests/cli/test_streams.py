"""The standard streams: closed, or on a disk that is full."""

from __future__ import annotations

import shlex
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

DEVENV = [sys.executable, "-c", "from devenv.cli.entry import main; main()"]


def in_shell(command: str) -> subprocess.CompletedProcess[str]:
    """Run devenv in a shell, which redirects its streams."""
    line = f"{shlex.join(DEVENV)} {command}"
    return subprocess.run(["/bin/sh", "-c", line], capture_output=True, text=True, check=False)


# Each is a redirection of a shell.
@pytest.mark.parametrize("streams", [">&-", "<&- >&- 2>&-", "2>&-", "2>/dev/full"])
@pytest.mark.parametrize("arguments", ["--help", "config keys -o json"])
def test_a_closed_stream_is_silence(arguments: str, streams: str) -> None:
    """Without a stream nothing is said on it, and nothing fails."""
    done = in_shell(f"{arguments} {streams}")
    assert done.returncode == 0
    assert done.stderr == ""
    assert (done.stdout == "") == (">&-" in streams.split())


@pytest.mark.parametrize("arguments", ["--help", "version", "config keys -o json", "config show"])
def test_a_full_disk_is_an_ordinary_error(arguments: str) -> None:
    """What stdout does not take is told on stderr in one sentence, whatever the format."""
    done = in_shell(f"{arguments} >/dev/full")
    assert done.returncode == 1
    assert done.stderr.startswith("error: The answer cannot be written: No space left on device\n\nhint: ")
    assert done.stderr.count("error:") == 1


def test_an_error_with_a_full_disk_is_told_on_stderr() -> None:
    """Where the document of a failure cannot be written, people are told of it."""
    done = in_shell("--bogus -o json >/dev/full")
    assert done.returncode == 2
    assert done.stderr.startswith("error: No such option: --bogus")


def test_without_any_stream_a_file_is_nobodys_stdout(tmp_path: Path) -> None:
    """A file that devenv opens does not get the number of a closed stream, or it would be written to."""
    show = (
        "import os; print(*(os.readlink(f'/proc/self/fd/{fd}') for fd in (0, 1, 2)), file=open('seen', 'w'))"
    )
    program = f"from devenv.cli.entry import prepare_streams; prepare_streams(); {show}"
    shell_line = f"{shlex.quote(sys.executable)} -c {shlex.quote(program)} <&- >&- 2>&-"
    subprocess.run(["/bin/sh", "-c", shell_line], check=True, cwd=tmp_path)
    assert (tmp_path / "seen").read_text().split() == ["/dev/null"] * 3
