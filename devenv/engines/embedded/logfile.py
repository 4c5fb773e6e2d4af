"""Read the log of a server while it writes."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import timedelta
    from pathlib import Path


def read(path: Path, *, offset: int = 0, tail: int | None = None) -> list[str]:
    """Return the lines from byte `offset` on, the last `tail` of them; none for a file that is not there."""
    reader = _Reader(path, offset)
    return _last(reader.new_lines() + reader.unfinished_line(), tail)


def follow(
    path: Path, *, tail: int | None, interval: timedelta, is_over: Callable[[], bool]
) -> Iterator[str]:
    """Yield the last `tail` lines and then every new one until `is_over` and all is read.

    A file that was emptied or replaced meanwhile is read from its beginning.
    """
    reader = _Reader(path)
    yield from _last(reader.new_lines(), tail)
    while True:
        is_last_round = is_over()  # asked before reading, so that the last words are heard
        yield from reader.new_lines()
        if is_last_round:
            yield from reader.unfinished_line()
            return
        time.sleep(interval.total_seconds())


class _Reader:
    """Hands out what was appended to a file, in whole lines."""

    def __init__(self, path: Path, offset: int = 0) -> None:
        self._path = path
        self._position = offset
        self._unfinished = b""

    def new_lines(self) -> list[str]:
        *lines, self._unfinished = (self._unfinished + self._new_bytes()).split(b"\n")
        return [_decode(line) for line in lines]

    def unfinished_line(self) -> list[str]:
        return [_decode(self._unfinished)] if self._unfinished else []

    def _new_bytes(self) -> bytes:
        try:
            with self._path.open("rb") as stream:
                if stream.seek(0, 2) < self._position:
                    self._position, self._unfinished = 0, b""
                stream.seek(self._position)
                data = stream.read()
        except FileNotFoundError:
            return b""
        self._position += len(data)
        return data


def _decode(line: bytes) -> str:
    return line.decode("utf-8", errors="replace").rstrip("\r")


def _last(lines: list[str], count: int | None) -> list[str]:
    return lines if count is None else lines[max(len(lines) - count, 0) :]
