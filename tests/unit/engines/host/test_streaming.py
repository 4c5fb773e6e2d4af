"""Programs whose output is followed."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import psutil
import pytest

from devenv.engines.host.programs import run_streaming
from devenv.errors import CommandFailedError

if TYPE_CHECKING:
    from pathlib import Path


def _python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_both_streams_are_handed_on_line_by_line() -> None:
    lines: list[str] = []
    code = "import sys; print('one', flush=True); print('two', file=sys.stderr)"
    run_streaming(_python(code), what="It failed", on_line=lines.append)
    assert lines == ["one", "two"]


def test_lines_come_while_the_program_works() -> None:
    heard_s: list[float] = []
    code = "import time; print('one', flush=True); time.sleep(0.5)"
    run_streaming(_python(code), what="It failed", on_line=lambda _: heard_s.append(time.monotonic()))
    assert time.monotonic() - heard_s[0] > 0.4


def test_a_program_reads_what_it_is_given() -> None:
    """And finds the end of it where it is given nothing."""
    lines: list[str] = []
    code = "import sys; print(sys.stdin.read() or 'nothing')"
    run_streaming(_python(code), what="It failed", on_line=lines.append, stdin_text="{}")
    run_streaming(_python(code), what="It failed", on_line=lines.append)
    assert lines == ["{}", "nothing"]


def test_a_failure_carries_the_command_and_the_last_lines() -> None:
    command = _python("[print(n) for n in range(50)]; raise SystemExit(3)")
    with pytest.raises(CommandFailedError) as caught:
        run_streaming(command, what="It failed", on_line=lambda _: None)
    assert caught.value.message == "It failed"
    assert caught.value.details[0].startswith("$ ")
    assert caught.value.details[-1] == "49"
    assert len(caught.value.details) == 21


def test_a_program_that_is_not_there_is_a_failure() -> None:
    with pytest.raises(CommandFailedError) as caught:
        run_streaming(["devenv-no-such-program"], what="It failed", on_line=lambda _: None)
    assert "there is no command `devenv-no-such-program`" in caught.value.details


def test_an_interrupt_ends_the_program(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    write = f"import os, time; open({str(pid_file)!r}, 'w').write(str(os.getpid()))"
    code = f"{write}; print(flush=True); time.sleep(60)"

    def interrupt(_: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_streaming(_python(code), what="It failed", on_line=interrupt)
    assert not psutil.pid_exists(int(pid_file.read_text()))
