"""The test process's side of the keeper: find the one of this session, or start it, and ask it.

All xdist workers of a session share a keeper. Each has a connection to it, which the kernel closes when the
worker ends, however it ends: so the keeper knows when nobody is left.
"""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import tempfile
import uuid
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

SOCKET = "keeper.sock"
LOG = "keeper.log"
START_LOCK = "start.lock"

# To delete a namespace takes a busy server on Compose a second of a processor, and there may be hundreds.
_END_TIMEOUT_S = 900.0
_LOG_LINES = 20


@dataclass(frozen=True)
class StackInfo:
    """A Temporal server that tests work with.

    `engine` is None for a server that no devenv of this project runs, and `ui_url` where none is known. `env`
    points other programs there: add it to their environment, with TEMPORAL_NAMESPACE set to the test's.
    """

    address: str
    namespace: str
    engine: str | None
    ui_url: str | None
    env: Mapping[str, str]
    takes_dynamic_config: bool
    """Whether a namespace can have dynamic config of its own."""
    is_adopted: bool
    """Whether the variable TEMPORAL_ADDRESS named it, with TEMPORAL_TLS and the others beside it."""


class KeeperError(Exception):
    """What the keeper answers when it cannot do what it was asked, as text for a person."""


class Link:
    """One connection to the keeper."""

    def __init__(self, connection: socket.socket, directory: Path) -> None:
        self._connection = connection
        self._file = connection.makefile("rw", encoding="utf-8")
        self._directory = directory

    def ask(self, question: dict[str, Any]) -> dict[str, Any]:
        """Return the answer.

        Raises:
            KeeperError: It is an error, or there is none.
        """
        try:
            self._file.write(json.dumps(question) + "\n")
            self._file.flush()
            line = self._file.readline()
        except TimeoutError:
            raise KeeperError(
                f"What the session made is not removed after {_END_TIMEOUT_S:.0f} s; that goes on by itself"
            ) from None
        except OSError:
            line = ""
        if not line:
            raise KeeperError(_gone(self._directory))
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise KeeperError(answer["error"])
        return answer

    def limit(self, seconds: float) -> None:
        """Wait no longer than `seconds` for an answer from now on."""
        self._connection.settimeout(seconds)

    def close(self) -> None:
        """Let go of the keeper."""
        with suppress(OSError):
            self._file.close()
        self._connection.close()


def new_directory() -> Path:
    """Return where the keeper of this session will be; there is nothing until somebody needs it."""
    directory = Path(tempfile.gettempdir()) / f"temporal-{uuid.uuid4().hex[:16]}"
    # The path of a socket has 104 characters at most on some systems.
    return directory if len(str(directory)) < 90 else Path("/tmp") / directory.name  # noqa: PLR2004, S108


def join(directory: Path, wishes: dict[str, Any]) -> Link:
    """Return a connection to the keeper whose place is `directory`; if there is none, it is started.

    Raises:
        KeeperError: It ended at once.
    """
    from filelock import FileLock  # noqa: PLC0415  only now is it needed

    directory.mkdir(mode=0o700, exist_ok=True)
    with FileLock(directory / START_LOCK):
        return _open(directory, wishes) or _start(directory, wishes)


def _open(directory: Path, wishes: dict[str, Any]) -> Link | None:
    """Return a connection to the keeper, None if there is none that still takes anybody."""
    link = _connect(directory)
    if link is None:
        return None
    try:
        link.ask({"ask": "join", "wanted": wishes["wanted"]})
    except KeeperError:
        link.close()
        return None
    return link


def _connect(directory: Path) -> Link | None:
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.connect(str(directory / SOCKET))
    except OSError:
        connection.close()
        return None
    return Link(connection, directory)


def _start(directory: Path, wishes: dict[str, Any]) -> Link:
    """Start a keeper on a socket that takes connections from now on."""
    path = directory / SOCKET
    path.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX) as listener, (directory / LOG).open("ab") as log:
        listener.bind(str(path))
        listener.listen()
        command = [
            # Without the working directory on the path, where a directory may be called `docker`.
            *(sys.executable, "-P", "-m", "devenv.pytest_plugin.keeper"),
            *(str(listener.fileno()), json.dumps(wishes)),
        ]
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=[listener.fileno()],
            start_new_session=True,  # Ctrl-C is for pytest; the keeper hears of its end
        )
    process.returncode = 0  # it outlives this process, which says nothing of that
    link = _open(directory, wishes)
    if link is None:
        raise KeeperError(_gone(directory))
    return link


def await_end(directory: Path) -> list[str]:
    """Wait until the keeper has removed what it made, and return what it has to say."""
    link = _connect(directory)
    if link is None:
        # It has removed its directory, too, unless it was killed, or failed: then something may be left.
        problems = [_gone(directory)] if directory.is_dir() else []
        shutil.rmtree(directory, ignore_errors=True)
        return problems
    try:
        link.limit(_END_TIMEOUT_S)
        return list(link.ask({"ask": "end"})["problems"])
    except KeeperError as error:
        return [str(error)]
    finally:
        link.close()


def _gone(directory: Path) -> str:
    """Return what is known about a keeper that does not answer."""
    lines: list[str] = []
    with suppress(OSError):
        lines = (directory / LOG).read_text(encoding="utf-8", errors="replace").splitlines()
    return "\n".join(
        [
            "The process that keeps the Temporal stack of this session has ended",
            *lines[-_LOG_LINES:],
            "hint: `devenv status` shows whether it has left a stack, and `devenv down` removes that",
        ]
    )
