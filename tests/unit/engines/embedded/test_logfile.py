"""Reading a log while it grows."""

from __future__ import annotations

import tracemalloc
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from devenv.engines.embedded import logfile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

NO_TIME = timedelta(0)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "temporal.log"
    path.write_text("one\ntwo\nthree\n", encoding="utf-8")
    return path


def appending(path: Path, *texts: str) -> Callable[[], bool]:
    """Return an `is_over` that appends the next text whenever it is asked, until there is none."""
    rest = iter(texts)

    def is_over() -> bool:
        text = next(rest, None)
        if text is None:
            return True
        with path.open("a", encoding="utf-8") as stream:
            stream.write(text)
        return False

    return is_over


def follow(path: Path, is_over: Callable[[], bool], tail: int | None = None) -> Iterator[str]:
    return logfile.follow(path, tail=tail, interval=NO_TIME, is_over=is_over)


@pytest.mark.parametrize(
    ("tail", "lines"),
    [(None, ["one", "two", "three"]), (2, ["two", "three"]), (9, ["one", "two", "three"]), (0, [])],
)
def test_tail_gives_the_last_lines(log: Path, tail: int | None, lines: list[str]) -> None:
    """As many as asked for, at most what there is."""
    assert list(logfile.read(log, tail=tail)) == lines


def test_reading_begins_at_the_offset(log: Path) -> None:
    """The evidence of one launch has no lines of the launch before."""
    assert list(logfile.read(log, offset=len("one\n"))) == ["two", "three"]


def test_last_line_counts_without_its_end(log: Path) -> None:
    """A server that died in the middle of a line is heard to the end."""
    log.write_text("one\ntw", encoding="utf-8")
    assert list(logfile.read(log)) == ["one", "tw"]


WRITTEN = """\
banner
time=2026-01-01T12:00:00Z level=WARN msg=old
  more
time=2026-01-01T12:00:01Z level=WARN msg=new
  end
"""


def test_only_what_was_written_since_a_moment_is_read(log: Path) -> None:
    """With the lines below it, which have no time; a tail counts what is left."""
    log.write_text(WRITTEN, encoding="utf-8")
    since = datetime(2026, 1, 1, 12, 0, 1, tzinfo=UTC)
    new = ["time=2026-01-01T12:00:01Z level=WARN msg=new", "  end"]
    assert list(logfile.read(log, since=since)) == new
    assert list(logfile.read(log, since=since, tail=1)) == new[1:]
    assert list(logfile.read(log, since=since + timedelta(seconds=1))) == []
    followed = logfile.follow(
        log, tail=None, since=since, interval=NO_TIME, is_over=appending(log, "after\n")
    )
    assert list(followed) == [*new, "after"]


def test_a_long_log_is_not_in_memory_as_a_whole(log: Path) -> None:
    """Its lines are read as they are wanted."""
    with log.open("w", encoding="utf-8") as stream:
        stream.writelines(f"{number} {'x' * 200}\n" for number in range(100_000))
    tracemalloc.start()
    try:
        last = list(logfile.read(log, tail=2))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert [line.split()[0] for line in last] == ["99998", "99999"]
    assert peak < 8 << 20


def test_missing_log_has_no_lines(tmp_path: Path) -> None:
    """Reading before the first launch is no error."""
    assert list(logfile.read(tmp_path / "none")) == []
    assert list(follow(tmp_path / "none", lambda: True)) == []


def test_bytes_that_are_no_text_are_shown_somehow(log: Path) -> None:
    """A log is never a reason to fail."""
    log.write_bytes(b"a\xffb\n")
    assert list(logfile.read(log)) == ["a\N{REPLACEMENT CHARACTER}b"]


def test_following_yields_every_line_once_and_in_order(log: Path) -> None:
    """Old lines first, then what is appended, whole lines however they were written."""
    is_over = appending(log, "four\nfi", "ve\n", "six")
    assert list(follow(log, is_over, tail=1)) == ["three", "four", "five", "six"]


def test_following_hears_the_last_words(log: Path) -> None:
    """What the server wrote just before it ended is not lost."""

    def ends_while_asked() -> bool:
        with log.open("a", encoding="utf-8") as stream:
            stream.write("farewell\n")
        return True

    assert list(follow(log, ends_while_asked, tail=0)) == ["farewell"]


def test_following_starts_again_when_the_log_is_emptied(log: Path) -> None:
    """After a truncation the new lines are read from the beginning of the file."""
    texts = iter(["new\n"])

    def is_over() -> bool:
        text = next(texts, None)
        if text is not None:
            log.write_text(text, encoding="utf-8")
        return text is None

    assert list(follow(log, is_over)) == ["one", "two", "three", "new"]
