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

import pytest

from devenv.pytest_plugin import marker, options

if TYPE_CHECKING:
    from collections.abc import Mapping

SOCKET = "keeper.sock"
LOG = "keeper.log"
START_LOCK = "start.lock"

_SHARED = "temporal_shared_directory"
_END_TIMEOUT_S = 120.0
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
    is_adopted: bool
    """Whether the variable TEMPORAL_ADDRESS named it, with TEMPORAL_TLS and the others beside it."""


class KeeperError(Exception):
    """What the keeper answers when it cannot do what it was asked, as text for a person."""


class Links:
    """The connection of this process to the keeper, made when it is first needed."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._link: _Link | None = None
        self._stack: StackInfo | None = None
        self.wanted: list[tuple[dict[str, Any], int]] = []
        worker_input = getattr(config, "workerinput", None)
        self._is_worker = worker_input is not None
        self._shared = Path(worker_input[_SHARED]) if worker_input else _new_directory()
        self.problems: list[str] = []

    def stack(self) -> StackInfo:
        """Return the stack of the session, which is ready; a failure is that of the test."""
        if self._stack is None:
            answer = self._ask({"ask": "stack"})
            self._stack = StackInfo(**answer["stack"])
        return self._stack

    def take_namespace(self, wishes: marker.Wishes) -> str:
        """Return a namespace that has what is wished; a failure is that of the test."""
        return str(self._ask({"ask": "namespace", **wishes.of_namespace})["namespace"])

    def return_namespace(self, name: str) -> None:
        """Give it back to be deleted; what is let go of, is given back."""
        if self._link is not None:
            self._ask({"ask": "return", "namespace": name})

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Fail a test whose marker is wrong, and skip one that is for another engine."""
        if not marker.uses_plugin(item) or item.get_closest_marker(marker.NAME) is None:
            return
        try:
            wishes = marker.wishes_of(item)
            marker.check_reaches_namespace(item)
        except marker.MarkerError as error:
            pytest.fail(str(error), pytrace=False)
        if wishes.engine is None:
            return
        engine = self.stack().engine
        if engine is not None and engine != wishes.engine:
            pytest.skip(f"for the engine {wishes.engine}, and the stack runs on {engine}")

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Tell an xdist worker where the keeper of the session is, or will be."""
        node.workerinput[_SHARED] = str(self._shared)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self) -> None:
        """Let go of the keeper; the process that ends last waits until all is removed."""
        self._let_go()
        if not self._is_worker and self._shared.is_dir():
            self.problems = _await_end(self._shared)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say what could not be removed."""
        if self.problems:
            terminalreporter.section("Temporal", yellow=True)
            for problem in self.problems:
                terminalreporter.line(problem)

    def _ask(self, question: dict[str, Any]) -> dict[str, Any]:
        try:
            if self._link is None:
                self._link = _join(self._shared, self._wishes())
            return self._link.ask(question)
        except KeeperError as error:
            failure = str(error)
        except BaseException:  # Ctrl-C: an answer that comes now would be taken for that to the next question
            self._let_go()
            raise
        pytest.fail(failure, pytrace=False)

    def _let_go(self) -> None:
        if self._link is not None:
            self._link.close()
            self._link = None

    def _wishes(self) -> dict[str, Any]:
        return {
            "project": str(self._config.rootpath),
            "engine": options.engine(self._config),
            "like": options.namespace_like(self._config),
            "ahead": options.namespaces_ahead(self._config),
            "wanted": self.wanted,
        }


class _Link:
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


def _new_directory() -> Path:
    """Return where the keeper of this session will be; there is nothing until somebody needs it."""
    directory = Path(tempfile.gettempdir()) / f"temporal-{uuid.uuid4().hex[:16]}"
    # The path of a socket has 104 characters at most on some systems.
    return directory if len(str(directory)) < 90 else Path("/tmp") / directory.name  # noqa: PLR2004, S108


def _join(directory: Path, wishes: dict[str, Any]) -> _Link:
    from filelock import FileLock  # noqa: PLC0415  only now is it needed

    directory.mkdir(mode=0o700, exist_ok=True)
    with FileLock(directory / START_LOCK):
        return _open(directory, wishes) or _start(directory, wishes)


def _open(directory: Path, wishes: dict[str, Any]) -> _Link | None:
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


def _connect(directory: Path) -> _Link | None:
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.connect(str(directory / SOCKET))
    except OSError:
        connection.close()
        return None
    return _Link(connection, directory)


def _start(directory: Path, wishes: dict[str, Any]) -> _Link:
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


def _await_end(directory: Path) -> list[str]:
    """Wait until the keeper has removed what it made, and return what it could not."""
    link = _connect(directory)
    if link is None:  # it has ended already, or was killed and could remove nothing
        shutil.rmtree(directory, ignore_errors=True)
        return []
    try:
        link.limit(_END_TIMEOUT_S)
        return list(link.ask({"ask": "end"})["problems"])
    except KeeperError as error:
        return [str(error)]
    finally:
        link.close()


def _gone(directory: Path) -> str:
    """Return what is known about a keeper that does not answer."""
    with suppress(OSError):
        lines = (directory / LOG).read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join(["The process that keeps the Temporal stack has ended", *lines[-_LOG_LINES:]])
    return "The process that keeps the Temporal stack has ended"
