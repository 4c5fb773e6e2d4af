"""The logs of a stack: all of them, or the entries that are about something.

An entry is a line and those below that belong to it, as a stack trace does.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from devenv.engines.log_lines import Level, namespace_matcher, read_head, workflow_matcher
from devenv.engines.protocol import LogLine
from devenv.errors import DevenvError
from devenv.events import warn

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from datetime import datetime

    from devenv.engines.log_lines import Head
    from devenv.stack.stack import Observation

# How many lines of one entry are kept until the last entries are known; a program may write without end.
ENTRY_LINES = 1000


@dataclass(frozen=True)
class LogRequest:
    """Which entries are asked for: what is empty or None does not matter.

    `level` is that level and worse ones. `tail` counts, of each service, entries where one of `level`,
    `workflow` and `namespace` is given, else lines.
    """

    services: Sequence[str] = ()
    level: Level | None = None
    workflow: str = ""
    namespace: str = ""
    since: datetime | None = None
    tail: int | None = None
    follow: bool = False

    @property
    def has_filters(self) -> bool:
        """Whether what entries say decides."""
        return self.level is not None or bool(self.workflow or self.namespace)


def read_logs(now: Observation, asked: LogRequest) -> Iterator[LogLine]:
    """Yield what is asked for, oldest first; no more than the last entries is kept in memory.

    Raises:
        DevenvError: The engine cannot read the logs.
    """

    def read(*, follow: bool, tail: int | None = None) -> Iterator[LogLine]:
        return now.engine.logs(
            now.stack.identity, asked.services, follow=follow, tail=tail, since=asked.since
        )

    if not asked.has_filters:
        return read(follow=asked.follow, tail=asked.tail)
    wanted = EntryFilter(asked.level, asked.workflow, _names_of(now, asked.namespace))
    if asked.tail is None:
        return (line for line, _ in wanted.select(read(follow=asked.follow)))
    if not asked.follow:
        return last_entries(wanted.select(read(follow=False)), asked.tail)
    # Where the history ends is not seen in a log that is followed: how much of it to skip is counted before.
    found = Counter(line.service for line, begins in wanted.select(read(follow=False)) if begins)
    surplus = {service: count - asked.tail for service, count in found.items()}
    return _skip(wanted.select(read(follow=True)), surplus)


class EntryFilter:
    """Selects entries that are at least as bad as `level` and about a workflow and a namespace."""

    def __init__(self, level: Level | None, workflow: str, namespaces: Collection[str]) -> None:
        self._level = level
        matchers = [workflow_matcher(workflow)] if workflow else []
        self._matchers = matchers + ([namespace_matcher(namespaces)] if namespaces else [])

    def select(self, lines: Iterable[LogLine]) -> Iterator[tuple[LogLine, bool]]:
        """Yield the lines of the entries that are wanted, each with whether it begins one."""
        entries: dict[str, tuple[Head, bool]] = {}
        for line in lines:
            before, is_wanted = entries.get(line.service, (None, False))
            head = read_head(line.text, before)
            if head is not None:
                is_wanted = self._is_wanted(head)
                entries[line.service] = head, is_wanted
            if is_wanted:
                yield line, head is not None

    def _is_wanted(self, head: Head) -> bool:
        if self._level is not None and (head.level is None or head.level < self._level):
            return False
        return all(matcher.matches(head) for matcher in self._matchers)


def _names_of(now: Observation, namespace: str) -> Collection[str]:
    """Return what logs call a namespace: its name, and its ID, which only the server knows."""
    if not namespace:
        return ()
    namespace = now.stack.names.meant(namespace)
    try:
        with now.connect() as gateway:
            registered = gateway.namespaces().get(namespace)
    except DevenvError as error:
        warn(
            now.stack.deps.reporter,
            f"the server does not tell the ID of the namespace {namespace}, "
            f"and lines that have nothing but the ID are not found: {error.message}",
        )
        return [namespace]
    return [namespace, registered.id] if registered is not None and registered.id else [namespace]


def last_entries(selected: Iterable[tuple[LogLine, bool]], count: int) -> Iterator[LogLine]:
    """Yield the last entries of each service, in the order in which they began."""
    kept: defaultdict[str, deque[tuple[int, list[LogLine]]]] = defaultdict(lambda: deque(maxlen=count))
    if count == 0:
        return
    for number, (line, begins) in enumerate(selected):
        entries = kept[line.service]
        if begins:
            entries.append((number, []))
        _, lines = entries[-1]
        if len(lines) < ENTRY_LINES:
            lines.append(line)
        elif len(lines) == ENTRY_LINES:
            lines.append(LogLine(line.service, "… and more: without `--tail` all of it is shown"))
    for _, lines in sorted(entry for entries in kept.values() for entry in entries):
        yield from lines


def _skip(selected: Iterable[tuple[LogLine, bool]], surplus: dict[str, int]) -> Iterator[LogLine]:
    """Yield the entries of each service but the first ones."""
    for line, begins in selected:
        left = surplus.get(line.service, 0)
        if begins and left >= 0:
            surplus[line.service] = left - 1
        if surplus.get(line.service, 0) < 0:
            yield line
