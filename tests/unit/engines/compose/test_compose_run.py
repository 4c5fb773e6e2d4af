"""Runs of Compose: a deadline, an end, and what a devenv that was killed has left."""

from __future__ import annotations

import json
import os
import subprocess
import threading
import time
from dataclasses import asdict
from typing import TYPE_CHECKING

import pytest

from devenv.engines.compose.compose_run import RUN_FILE, ComposeRuns
from devenv.engines.host import processes
from devenv.errors import CommandFailedError

if TYPE_CHECKING:
    from pathlib import Path

LONG = ("sleep", "60")


def shell(script: str) -> tuple[str, ...]:
    return ("sh", "-c", script)


def run(directory: Path, *command: str, deadline_s: float = 30) -> None:
    ComposeRuns(directory).run("up", command, dict(os.environ), deadline_s)


def wait_for(path: Path) -> None:
    deadline = time.monotonic() + 10
    while not path.exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_run_that_succeeds_leaves_no_record(tmp_path: Path) -> None:
    """While it works, it is known."""
    run(tmp_path, *shell(f"test -s {tmp_path / RUN_FILE} || sleep 1; test -s {tmp_path / RUN_FILE}"))
    assert not (tmp_path / RUN_FILE).exists()


def test_a_failure_tells_the_command_and_its_last_words(tmp_path: Path) -> None:
    """Its standard output and error alike."""
    with pytest.raises(CommandFailedError, match="`docker compose up` failed") as caught:
        run(tmp_path, *shell("echo one; echo two >&2; exit 3"))
    assert caught.value.details[0].startswith("$ sh -c")
    assert caught.value.details[1:] == ("one", "two")


def test_it_has_nobody_to_ask(tmp_path: Path) -> None:
    """A newer Compose asks on its standard input whether it may delete a volume."""
    run(tmp_path, *shell("! read answer"))


def test_a_run_that_takes_too_long_is_ended_and_told(tmp_path: Path) -> None:
    """It is an expected error, with what Compose said so far."""
    with pytest.raises(CommandFailedError, match="not done after 0 s") as caught:
        run(tmp_path, *shell("echo pulling; exec sleep 60"), deadline_s=0.4)
    assert caught.value.details[-1] == "pulling"


def test_another_thread_can_end_it_and_nothing_begins_afterwards(tmp_path: Path) -> None:
    """The thread that ran it hears of a failure."""
    runs = ComposeRuns(tmp_path)
    failures: list[CommandFailedError] = []

    def launch() -> None:
        for _ in range(2):
            try:
                runs.run("up", LONG, dict(os.environ), 60)
            except CommandFailedError as error:
                failures.append(error)

    thread = threading.Thread(target=launch)
    thread.start()
    wait_for(tmp_path / RUN_FILE)
    runs.end()
    thread.join(10)
    assert not thread.is_alive()
    assert [error.message for error in failures] == [
        "`docker compose up` failed",
        "`docker compose up` was not begun any more",
    ]


def test_what_a_killed_devenv_left_running_is_ended(tmp_path: Path) -> None:
    """Before the next one starts or removes anything."""
    with subprocess.Popen(LONG, start_new_session=True) as left:
        identity = processes.identify(left.pid)
        assert identity is not None
        (tmp_path / RUN_FILE).write_text(json.dumps(asdict(identity)))
        assert ComposeRuns(tmp_path).end_earlier()
        assert not processes.is_alive(identity)
    assert not ComposeRuns(tmp_path).end_earlier()


@pytest.mark.parametrize("record", ["", "null", "[1]", '{"pid": 1}', '{"pid": 1, "created_at": 0.5}'])
def test_a_record_that_names_no_run_ends_nobody(tmp_path: Path, record: str) -> None:
    """Damaged, or about a process whose number another one has now."""
    (tmp_path / RUN_FILE).write_text(record)
    assert not ComposeRuns(tmp_path).end_earlier()


def test_a_program_that_is_missing_is_an_expected_error(tmp_path: Path) -> None:
    """As everything that the engine's own command may do."""
    with pytest.raises(CommandFailedError, match="cannot be run"):
        run(tmp_path, "no-such-docker")
