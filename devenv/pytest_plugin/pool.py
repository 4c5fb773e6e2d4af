"""Namespaces that are made before a test asks for one, and deleted when it has ended.

A server takes seconds to know a new namespace everywhere, and longer to delete one: neither is a test's time.
Two threads work, each with its own connection: one makes, one deletes.
"""

from __future__ import annotations

import threading
import uuid
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from devenv.errors import DevenvError, SeedsInvalidError
from devenv.seeds.kinds.namespace import NAMESPACES, NamespaceSpec
from devenv.seeds.kinds.search_attribute import SEARCH_ATTRIBUTES
from devenv.seeds.seed_model import Key
from devenv.seeds.seeds import Seeds
from devenv.stack.progress import Deadline, Progress, Waiter, patient
from devenv.stack.reconcile import Reconciler

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import AbstractContextManager
    from datetime import timedelta
    from typing import Self

    from devenv.events import Reporter
    from devenv.pytest_plugin.configured import NamespaceConfig
    from devenv.stack.dependencies import Clock
    from devenv.temporal.protocol import Gateway

Wishes = dict[str, dict[str, Any]]
"""`search_attributes` and `dynamic_config` of a namespace, as the marker says them."""

# The server deletes a namespace with a workflow of its own, which costs it 0.15 s of a processor: while tests
# run it gets few to do, and afterwards as many as it likes.
DELETED_MEANWHILE = 2
DELETED_AFTERWARDS = 16


@dataclass(frozen=True)
class Server:
    """Where namespaces are made: `connect` opens a connection, `check` raises if seeds do not fit the server.

    `like` is the declared namespace that they are like; `timeout` is for making, and for deleting. `config`
    is None if namespaces can have no dynamic config of their own.
    """

    connect: Callable[[], AbstractContextManager[Gateway]]
    check: Callable[[Seeds], None]
    like: NamespaceSpec
    timeout: timedelta
    clock: Clock
    reporter: Reporter
    config: NamespaceConfig | None = None

    def waiter(self) -> tuple[Waiter, Progress]:
        """Return what waits no longer than `timeout` from now."""
        deadline = Deadline(self.clock, self.clock.now(), self.timeout.total_seconds())
        return Waiter(deadline, lambda: None), Progress(self.reporter, self.clock)


@dataclass
class _Shelf:
    """Namespaces of one kind: those that are `ready`, how many tests wait, and how many are still to come."""

    spec: NamespaceSpec
    dynamic_config: Mapping[str, Any]
    expected: int = 0
    waiting: int = 0
    ready: deque[str] = field(default_factory=deque)
    error: DevenvError | None = None

    def missing(self, ahead: int) -> int:
        if self.error:
            return 0
        return max(self.waiting, min(ahead, self.expected)) - len(self.ready)


class NamespacePool:
    """Makes namespaces of `server`, at most `ahead` before they are asked for, as a context."""

    def __init__(self, server: Server, ahead: int, *, deletes: bool) -> None:
        self._server = server
        self._ahead = ahead
        self._deletes = deletes
        self._stem = f"test-{uuid.uuid4().hex[:8]}"
        self._count = 0
        self._shelves: dict[str, _Shelf] = {}
        self._undeleted: dict[str, None] = {}
        self._kept: set[str] = set()
        self.configured: list[str] = []
        self._given_back: deque[str] = deque()
        self._changed = threading.Condition()
        self._is_closing = False
        self._threads = [threading.Thread(target=self._make_ahead, name="maker")]
        if deletes:
            self._threads.append(threading.Thread(target=self._delete_meanwhile, name="deleter"))

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with self._changed:
            self._is_closing = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()

    def expect(self, wishes: Wishes, count: int) -> None:
        """Make ready for `count` tests that will take such a namespace."""
        with self._changed, suppress(DevenvError):  # who takes one is told what is wrong
            shelf = self._shelf(wishes)
            shelf.expected = max(shelf.expected, count)
            self._changed.notify_all()

    def take(self, wishes: Wishes) -> str:
        """Return a namespace that is usable.

        Raises:
            DevenvError: None could be made.
        """
        with self._changed:
            shelf = self._shelf(wishes)
            shelf.waiting += 1
            self._changed.notify_all()
            try:
                while not shelf.ready and shelf.error is None:
                    self._changed.wait()
            finally:
                shelf.waiting -= 1
            if not shelf.ready and shelf.error:
                raise shelf.error
            shelf.expected = max(0, shelf.expected - 1)
            self._changed.notify_all()
            return shelf.ready.popleft()

    def give_back(self, name: str) -> None:
        """Have it deleted some time."""
        with self._changed:
            if name not in self._kept:
                self._given_back.append(name)
            self._changed.notify_all()

    def keep(self, name: str) -> None:
        """Never delete it."""
        with self._changed:
            self._undeleted.pop(name, None)
            self._kept.add(name)

    @property
    def keeps_any(self) -> bool:
        """Whether somebody wants to look at one afterwards."""
        return bool(self._kept)

    @property
    def undeleted(self) -> Sequence[str]:
        """Those that were made, and for whose deletion the server was not asked."""
        return list(self._undeleted)

    def _shelf(self, wishes: Wishes) -> _Shelf:
        key = repr(wishes)
        if key not in self._shelves:
            spec = _with_attributes(self._server.like, wishes["search_attributes"])
            self._shelves[key] = _Shelf(spec, wishes["dynamic_config"])
        return self._shelves[key]

    def _make_ahead(self) -> None:
        while (batch := self._next_batch()) is not None:
            shelf, names = batch
            try:
                make_namespaces(self._server, shelf.spec, names)
                self._configure(names, shelf.dynamic_config)
            except Exception as error:  # noqa: BLE001  whoever waits would wait for ever
                with self._changed:
                    shelf.error = error if isinstance(error, DevenvError) else _bug(error)
                    self._changed.notify_all()
            else:
                with self._changed:
                    shelf.ready.extend(names)
                    self._changed.notify_all()

    def _configure(self, names: Sequence[str], settings: Mapping[str, Any]) -> None:
        if settings and self._server.config is not None:
            self.configured.extend(names)
            self._server.config.add(names, settings)

    def _next_batch(self) -> tuple[_Shelf, list[str]] | None:
        with self._changed:
            while not self._is_closing:
                for shelf in self._shelves.values():
                    count = shelf.missing(self._ahead)
                    if count > 0:
                        return shelf, self._new_names(count)
                self._changed.wait()
        return None

    def _new_names(self, count: int) -> list[str]:
        names = [f"{self._stem}-{self._count + number}" for number in range(1, count + 1)]
        self._count += count
        self._undeleted.update(dict.fromkeys(names))
        return names

    def _delete_meanwhile(self) -> None:
        while names := self._next_given_back():
            try:
                delete_namespaces(self._server, names, at_once=DELETED_MEANWHILE)
            except DevenvError:
                return  # they are still noted, and the end tries once more and tells
            with self._changed:
                for name in names:
                    self._undeleted.pop(name, None)

    def _next_given_back(self) -> list[str]:
        with self._changed:
            while not self._given_back and not self._is_closing:
                self._changed.wait()
            if self._is_closing:
                return []
            return [self._given_back.popleft() for _ in range(min(DELETED_MEANWHILE, len(self._given_back)))]


def _bug(error: Exception) -> DevenvError:
    return DevenvError(f"devenv has a bug: {error!r}", hint="report it, with what the test wishes")


def make_namespaces(server: Server, spec: NamespaceSpec, names: Sequence[str]) -> None:
    """Make namespaces like `spec`, and return when each part of the server knows them.

    Raises:
        SeedsInvalidError: No namespace of this server can be so.
        ServerRejectedError: The server refused one.
        NotReadyError: The deadline passed.
    """
    like = spec.without_archival()
    seeds = Seeds(tuple(like.model_copy(update={"name": name}) for name in names))
    server.check(seeds)
    waiter, progress = server.waiter()
    with server.connect() as gateway:
        Reconciler(gateway, seeds, waiter, progress).reconcile([NAMESPACES, SEARCH_ATTRIBUTES])
        with progress.step("usable") as step:
            waiter.until(step, patient(lambda: gateway.unready_namespaces(names)))


def delete_namespaces(server: Server, names: Sequence[str], *, at_once: int = DELETED_AFTERWARDS) -> None:
    """Delete namespaces with all that is in them, and return when the server lists them no more.

    They go `at_once` by `at_once`, each time within the deadline: many of them take a slow server as long as
    they need.

    Raises:
        DevenvError: The server refused, does not answer, or the deadline passed.
    """
    with server.connect() as gateway:
        for start in range(0, len(names), at_once):
            some = names[start : start + at_once]
            waiter, progress = server.waiter()
            deletions = [NAMESPACES.deletion(Key(None, name)) for name in some]
            Reconciler(gateway, Seeds(), waiter, progress).remove(deletions)


def _with_attributes(like: NamespaceSpec, more: Mapping[str, Any]) -> NamespaceSpec:
    """Return the declaration with the search attributes of the marker beside its own.

    Raises:
        SeedsInvalidError: One of them cannot be declared.
    """
    declared = like.model_dump(exclude_unset=True) | {"search_attributes": {**like.search_attributes, **more}}
    try:
        return NamespaceSpec.model_validate(declared)
    except ValidationError as error:
        first = error.errors()[0]
        name = first["loc"][1] if len(first["loc"]) > 1 else ""
        reason = str(first["msg"]).removeprefix("Value error, ")
        raise SeedsInvalidError(
            f"search attribute {name}: {reason}", place="@pytest.mark.temporal", hint="correct the marker"
        ) from error
