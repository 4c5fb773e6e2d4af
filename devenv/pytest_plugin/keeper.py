"""The keeper: a process beside pytest that has the stack and the namespaces of a session.

It lives as long as a process of the session has a connection to it. When the last one is closed, by its owner
or by the kernel, it removes what it made: so nothing is left by a worker that was killed, nor by Ctrl-C.

Requests and answers are lines of JSON: `join` counts who asks, `stack`, `namespace` and `return` are asked by
the fixtures, and `end` is answered when all is removed.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import sys
import threading
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import FileLock

from devenv.errors import DevenvError
from devenv.pytest_plugin.link import START_LOCK
from devenv.pytest_plugin.pool import NamespacePool, delete_namespaces
from devenv.pytest_plugin.served import Served, Warnings, serve

if TYPE_CHECKING:
    from collections.abc import Mapping

# From its start on; the process that started it connects at once.
_FIRST_VISITOR_S = 60.0
_LAST_ANSWERS_S = 10.0


class Visitors:
    """Counts the processes of the session; closed for good when the last one has left."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._count = 0
        self.is_closed = False

    def join(self) -> bool:
        """Count one more; False if it came too late."""
        with self._changed:
            self._count += not self.is_closed
            return not self.is_closed

    def leave(self) -> None:
        """Count one less."""
        with self._changed:
            self._count -= 1
            self.is_closed = self._count == 0
            self._changed.notify_all()

    def wait_until_closed(self) -> None:
        """Return when the last has left, or none has come."""
        with self._changed:
            self._changed.wait_for(lambda: self._count or self.is_closed, _FIRST_VISITOR_S)
            self._changed.wait_for(lambda: not self._count)
            self.is_closed = True


@dataclass(frozen=True)
class _Session:
    served: Served
    pool: NamespacePool


class Keeper:
    """Answers on `listener`; `run` has the stack until nobody is left."""

    def __init__(self, listener: socket.socket, wishes: Mapping[str, Any]) -> None:
        self._listener = listener
        self._directory = Path(listener.getsockname()).parent
        self._socket_inode = Path(listener.getsockname()).stat().st_ino
        self._wishes = wishes
        self._visitors = Visitors()
        self._session: Future[_Session] = Future()
        self._ended: Future[list[str]] = Future()
        self._warnings = Warnings()
        self._desks: list[threading.Thread] = []

    def run(self) -> None:
        """Have the stack until nobody is left, and remove what was made for it."""
        threading.Thread(target=self._accept, daemon=True).start()
        problems: list[str] = []
        try:
            self._keep()
        except DevenvError as error:
            problems = self._fail(error)
        except KeyboardInterrupt:
            pass  # nobody was left to wait for the stack; what had been started is removed
        except BaseException as error:
            self._fail(DevenvError(f"devenv has a bug: {error!r}", hint=f"read {self._directory}"))
            raise
        self._remove_directory()
        self._ended.set_result([*self._warnings.sentences, *problems])
        for desk in self._desks:
            desk.join(_LAST_ANSWERS_S)

    def _keep(self) -> None:
        with serve(self._wishes, self._warnings) as served:
            with NamespacePool(
                served.server, self._wishes["ahead"], deletes=not served.goes_with_data()
            ) as pool:
                self._expect(pool, self._wishes["wanted"])
                self._session.set_result(_Session(served, pool))
                self._visitors.wait_until_closed()
            if pool.keeps_any:
                served.keep_up()
            if not served.goes_with_data():
                _clean_up(served, pool)
                return
        if served.is_serving():  # somebody wanted to keep the stack after all
            _clean_up(served, pool)

    def _fail(self, error: DevenvError) -> list[str]:
        """Return what to say at the end; before there is a session, everybody who asks is told."""
        if self._session.done():
            return [_text(error)]
        self._session.set_exception(error)
        self._visitors.wait_until_closed()
        return []

    def _accept(self) -> None:
        while True:
            connection, _ = self._listener.accept()
            desk = threading.Thread(target=self._serve, args=[connection], daemon=True)
            self._desks.append(desk)
            desk.start()

    def _serve(self, connection: socket.socket) -> None:
        visit = _Visit(self)
        with connection, connection.makefile("rw", encoding="utf-8") as file, suppress(OSError):
            try:
                for line in file:
                    file.write(json.dumps(visit.answer(json.loads(line))) + "\n")
                    file.flush()
            finally:
                visit.end()

    def join(self, wanted: list[Any]) -> bool:
        """Count a process of the session; False if it came too late."""
        is_in = self._visitors.join()
        if is_in and self._session.done() and self._session.exception() is None:
            self._expect(self._session.result().pool, wanted)
        return is_in

    def leave(self) -> None:
        """Count it no more; if the stack is not there yet and nobody waits for it, stop the start."""
        self._visitors.leave()
        if self._visitors.is_closed and not self._session.done():
            os.kill(os.getpid(), signal.SIGINT)

    def session(self) -> _Session:
        """Return the stack and the pool, when they are there.

        Raises:
            DevenvError: There is no stack.
        """
        return self._session.result()

    def problems(self) -> list[str]:
        """Return what there is to say at the end, when all is removed that can be."""
        return self._ended.result()

    @staticmethod
    def _expect(pool: NamespacePool, wanted: list[Any]) -> None:
        for wishes, count in wanted:
            pool.expect(wishes, count)

    def _remove_directory(self) -> None:
        with suppress(OSError), FileLock(self._directory / START_LOCK):
            # A worker that came too late has started another keeper, in the same place.
            if Path(self._listener.getsockname()).stat().st_ino == self._socket_inode:
                shutil.rmtree(self._directory, ignore_errors=True)


class _Visit:
    """One connection: the namespaces that were taken over it are given back at its end."""

    def __init__(self, keeper: Keeper) -> None:
        self._keeper = keeper
        self._is_counted = False
        self._taken: set[str] = set()

    def answer(self, question: Mapping[str, Any]) -> dict[str, Any]:
        try:
            return self._answer(question)
        except DevenvError as error:
            return {"error": _text(error)}

    def _answer(self, question: Mapping[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = {}
        match question["ask"]:
            case "join":
                self._is_counted = self._keeper.join(question["wanted"])
                answer = {} if self._is_counted else {"error": "the session has ended"}
            case "stack":
                answer["stack"] = asdict(self._keeper.session().served.info)
            case "namespace":
                answer["namespace"] = name = self._keeper.session().pool.take(question["wishes"])
                self._taken.add(name)
            case "keep":
                self._keeper.session().pool.keep(question["namespace"])
            case "return":
                self._give_back(question["namespace"])
            case _:  # "end"
                answer["problems"] = self._keeper.problems()
        return answer

    def end(self) -> None:
        for name in list(self._taken):
            self._give_back(name)
        if self._is_counted:
            self._keeper.leave()

    def _give_back(self, name: str) -> None:
        self._taken.discard(name)
        self._keeper.session().pool.give_back(name)


def _clean_up(served: Served, pool: NamespacePool) -> None:
    """Remove what the session made on a server that stays, except what somebody wants to look at."""
    delete_namespaces(served.server, pool.undeleted)
    if served.server.config is not None and pool.configured:
        served.server.config.remove(pool.configured)


def _text(error: DevenvError) -> str:
    return "\n".join([error.message, *(f"  {line}" for line in error.details), f"hint: {error.hint}"])


def main() -> None:
    """Keep the stack of the session that the command line describes."""
    # A shell's background job ignores Ctrl-C, and so would this.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    descriptor, wishes = sys.argv[1:]
    with socket.socket(fileno=int(descriptor)) as listener:
        Keeper(listener, json.loads(wishes)).run()


if __name__ == "__main__":
    main()
