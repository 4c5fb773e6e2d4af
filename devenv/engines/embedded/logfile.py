"""Read the log of a server while it writes."""

from __future__ import annotations

import time
from collections import deque
from itertools import chain
from typing import TYPE_CHECKING

from devenv.engines.log_lines import line_time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime, timedelta
    from pathlib import Path


CHUNK = 1 << 20


def read(
    path: Path, *, offset: int = 0, tail: int | None = None, since: datetime | None = None
) -> Iterator[str]:
    """Yield the last `tail` lines of those after `since`, from byte `offset` on; none if there is no file."""
    reader = _Reader(path, offset)
    return _last(filter(_Since(since), chain(reader.new_lines(), reader.unfinished_line())), tail)


def follow(
    path: Path,
    *,
    tail: int | None,
    interval: timedelta,
    is_over: Callable[[], bool],
    since: datetime | None = None,
) -> Iterator[str]:
    """Yield the last `tail` lines after `since`, then every new one until `is_over` and all is read.

    A file that was emptied or replaced meanwhile is read from its beginning.
    """
    reader, is_wanted = _Reader(path), _Since(since)
    yield from _last(filter(is_wanted, reader.new_lines()), tail)
    while True:
        is_last_round = is_over()  # asked before reading, so that the last words are heard
        yield from filter(is_wanted, reader.new_lines())
        if is_last_round:
            yield from filter(is_wanted, reader.unfinished_line())
            return
        time.sleep(interval.total_seconds())


class _Since:
    """Whether a line was written at `moment` or later; one without a time, after one that was."""

    def __init__(self, moment: datetime | None) -> None:
        self._moment = moment

    def __call__(self, line: str) -> bool:
        if self._moment is not None:
            written = line_time(line)
            if written is None or written < self._moment:
                return False
            self._moment = None
        return True


class _Reader:
    """Hands out what was appended to a file, in whole lines; a long file is never in memory as a whole."""

    def __init__(self, path: Path, offset: int = 0) -> None:
        self._path = path
        self._position = offset
        self._unfinished = b""

    def new_lines(self) -> Iterator[str]:
        while chunk := self._next_chunk():
            *lines, self._unfinished = (self._unfinished + chunk).split(b"\n")
            yield from map(_decode, lines)

    def unfinished_line(self) -> Iterator[str]:
        if self._unfinished:
            yield _decode(self._unfinished)

    def _next_chunk(self) -> bytes:
        try:
            with self._path.open("rb") as stream:
                if stream.seek(0, 2) < self._position:
                    self._position, self._unfinished = 0, b""
                stream.seek(self._position)
                data = stream.read(CHUNK)
        except FileNotFoundError:
            return b""
        self._position += len(data)
        return data


def _decode(line: bytes) -> str:
    return line.decode("utf-8", errors="replace").rstrip("\r")


def _last(lines: Iterator[str], count: int | None) -> Iterator[str]:
    return lines if count is None else iter(deque(lines, maxlen=count))
