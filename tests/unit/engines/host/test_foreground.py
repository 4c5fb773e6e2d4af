"""Programs that have the terminal, and signals: with real processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from patient_program import PATIENT

from devenv.engines.host.programs import run_in_foreground, undisturbed

if TYPE_CHECKING:
    from collections.abc import Iterator

PARENT = """
import sys
from devenv.engines.host.programs import run_in_foreground
code = run_in_foreground([sys.executable, "-c", sys.argv[1]])
print("code", code, flush=True)
"""


@contextmanager
def parent(program: str = PATIENT) -> Iterator[subprocess.Popen[str]]:
    """Have a process run `program` in a session of their own."""
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        yield process


def test_ctrl_c_is_the_programs_to_answer() -> None:
    """However often it comes: the program ends when it likes, and its code is passed on."""
    with parent() as process:
        assert process.stdout
        assert process.stdout.readline() == "started\n"
        for _ in range(3):
            os.killpg(process.pid, signal.SIGINT)
            assert process.stdout.readline() == "heard 2\n"
        out, _ = process.communicate("end\n", timeout=20)
    assert out == "code 5\n"


def test_sigterm_is_handed_on() -> None:
    """Whoever sent it knows this process alone."""
    with parent() as process:
        assert process.stdout
        assert process.stdout.readline() == "started\n"
        process.terminate()
        assert process.stdout.readline() == "heard 15\n"
        out, _ = process.communicate("end\n", timeout=20)
    assert out == "code 5\n"


def test_sigterm_ends_a_program_that_says_nothing_about_it() -> None:
    """Its code is the one that a shell gives."""
    # It sleeps: one that reads would end at the end of its input, which `communicate` closes.
    with parent("import time; print('started', flush=True); time.sleep(60)") as process:
        assert process.stdout
        assert process.stdout.readline() == "started\n"
        process.terminate()
        out, _ = process.communicate(timeout=20)
    assert out == "code 143\n"


def test_what_is_ignored_stays_ignored() -> None:
    """A shell's background job does not hear Ctrl-C, and nor does what it runs."""
    asks = "import signal; raise SystemExit(signal.getsignal(signal.SIGINT) == signal.SIG_IGN)"
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        assert run_in_foreground([sys.executable, "-c", asks]) == 1
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_what_is_not_to_be_disturbed_hears_of_it_only(number: signal.Signals) -> None:
    """Afterwards a signal means what it meant before."""
    before = signal.getsignal(number)
    with undisturbed() as heard:
        os.kill(os.getpid(), number)
        assert heard == [number]
    assert signal.getsignal(number) == before
