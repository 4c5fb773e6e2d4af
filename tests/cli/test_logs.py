"""`devenv logs`: all lines, or those that are about something."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from devenv.engines.protocol import LogLine

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cli.conftest import CommandLine


@pytest.fixture
def shop(devenv: CommandLine) -> CommandLine:
    """Return the command line of a running stack."""
    devenv("up")
    return devenv


def test_logs_of_the_server_are_readable(shop: CommandLine) -> None:
    """As they are with `--raw`, and in JSON; a file gets no colours and no control characters."""
    said = '{"level":"error","ts":"2026-01-02T03:04:05Z","msg":"no \\u001b[2Jdatabase","host":"postgres"}'
    shop.world.compose.log = [LogLine("temporal", said), LogLine("ui", "\x1b[31mred\x1b[0m")]
    assert shop("logs").out.splitlines() == [
        r"temporal   | 2026-01-02T03:04:05Z ERROR no \x1b[2Jdatabase  host=postgres",
        "ui         | red",
    ]
    assert shop("logs", "--raw").out == f"temporal   | {said}\nui         | \x1b[31mred\x1b[0m\n"
    assert shop("logs", "temporal", "-o", "json").document["lines"] == [{"service": "temporal", "text": said}]
    assert shop("logs", "temporal", "-o", "jsonl").events[0]["message"] == said


def test_logs_have_their_service_in_front(shop: CommandLine) -> None:
    """Of all services or the named ones, all lines or the last."""
    shop.world.compose.log = [LogLine("temporal", "one"), LogLine("ui", "two"), LogLine("temporal", "three")]
    assert shop("logs").out.splitlines() == ["temporal   | one", "ui         | two", "temporal   | three"]
    assert shop("logs", "temporal").out.splitlines() == ["temporal   | one", "temporal   | three"]
    assert shop("logs", "--tail", "1").out == "temporal   | three\n"
    assert shop("logs", "ui", "-o", "json").document["lines"] == [{"service": "ui", "text": "two"}]
    line, last = shop("logs", "ui", "-o", "jsonl").events
    assert line.pop("elapsed_s") >= 0
    assert line == {"event": "log", "step": "ui", "status": None, "message": "two"}
    assert last["event"] == "result"


LOG = [
    LogLine("temporal", '{"level":"info","ts":"2026-11-28T13:00:00Z","msg":"fine","wf-id":"order-7"}'),
    LogLine("temporal", '{"level":"error","ts":"2026-11-28T13:00:01Z","msg":"bad","wf-namespace":"orders"}'),
    LogLine("postgres", "2026-11-28 13:00:02.205 UTC [236] ERROR:  no column"),
    LogLine("postgres", "2026-11-28 13:00:02.205 UTC [236] STATEMENT:  select x"),
    LogLine("temporal", '{"level":"warn","ts":"2026-11-28T13:00:03Z","msg":"slow","wf-id":"order-8"}'),
]
BAD, POSTGRES = (
    "temporal   | 2026-11-28T13:00:01Z ERROR bad  wf-namespace=orders",
    "postgres   | 2026-11-28 13:00:02",
)


@pytest.mark.parametrize(
    ("options", "begins"),
    [
        (("--workflow", "order-7"), ["temporal   | 2026-11-28T13:00:00Z INFO  fine"]),
        (("-n", "orders"), [BAD]),
        (("--level", "ERROR"), [BAD, POSTGRES, POSTGRES]),
        (("--level", "error", "--tail", "1", "postgres"), [POSTGRES, POSTGRES]),
        (("--level", "warning", "--workflow", "order-8"), ["temporal   | 2026-11-28T13:00:03Z WARN  slow"]),
        (
            ("--since", "2026-11-28T14:00:02+01:00", "temporal"),
            ["temporal   | 2026-11-28T13:00:03Z WARN  slow"],
        ),
        (("--workflow", "order-7", "--raw"), ['temporal   | {"level":"info"']),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_logs_show_what_is_about_something(
    shop: CommandLine, options: Sequence[str], begins: list[str]
) -> None:
    """A workflow, a namespace, a level and worse, a time; readable, or as it is."""
    shop.world.compose.log = LOG
    result = shop("logs", *options)
    assert (result.code, result.err) == (0, "")
    lines = result.out.splitlines()
    assert len(lines) == len(begins)
    assert all(line.startswith(begin) for line, begin in zip(lines, begins, strict=True)), lines


def test_json_has_what_is_found_too(shop: CommandLine) -> None:
    """In both formats."""
    shop.world.compose.log = LOG
    document = shop("logs", "--workflow", "order-8", "-o", "json").document
    assert [line["text"] for line in document["lines"]] == [LOG[4].text]
    events = shop("logs", "--workflow", "order-8", "-o", "jsonl").events
    assert [event["message"] for event in events[:-1]] == [LOG[4].text]


def test_a_filter_that_finds_nothing_says_so(shop: CommandLine) -> None:
    """On stderr: nothing went wrong. Empty logs without a filter need no words."""
    shop.world.compose.log = LOG
    result = shop("logs", "--workflow", "order-9", "--level", "fatal")
    assert (result.code, result.out) == (0, "")
    assert "no line is found by --workflow order-9 --level fatal" in result.err
    assert "where its worker runs" in result.err
    result = shop("logs", "--since", "1ms")
    assert (result.code, result.out) == (0, "")
    assert "no line is found by --since" in result.err
    event, _ = shop("logs", "--level", "fatal", "-o", "jsonl").events
    assert (event["event"], event["message"]) == ("warning", "no line is found by --level fatal")
    shop.world.compose.log = []
    assert shop("logs").err == ""


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--level", "loud"), "'loud' is not one of 'debug', 'info', 'warn', 'error', 'fatal'"),
        (("--since", "yesterday"), '"yesterday" is not a duration, write one such as'),
        (("--since", "5"), '"5" has no unit'),
        (("--since", "-5m"), '"-5m" is negative'),
        (("--since", "99999999w"), "; or a time such as 2026-11-28T13:00:00Z"),
        (("--since", "2026-11-28T13:00:00"), "has no time zone: write 2026-11-28T13:00:00Z"),
        (("--since", "2026-13-28T13:00:00Z"), "is no time: month must be in 1..12"),
        (("--since", "0001-01-01T00:00:00+14:00"), "is no time"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_level_or_time_that_is_none_is_a_usage_error(
    shop: CommandLine, options: Sequence[str], words: str
) -> None:
    """That says what can be written."""
    result = shop("logs", *options)
    assert (result.code, result.out) == (2, "")
    assert words in result.err


def test_ctrl_c_ends_following_as_its_output_has_to_end(shop: CommandLine) -> None:
    """People are told nothing, it is what they did; a stream has its result."""
    shop.world.compose.log = [LogLine("ui", "one")]
    result = shop("logs", "-f")
    assert (result.code, result.out, result.err) == (130, "ui         | one\n", "")
    result = shop("logs", "-f", "-o", "jsonl")
    assert result.code == 130
    assert [event["event"] for event in result.events] == ["log", "result"]
    error = result.events[-1]["error"]
    assert (error["code"], error["message"], error["hint"]) == ("interrupted", "Interrupted", "")


def test_ctrl_c_before_the_first_line_tells_nothing_either(shop: CommandLine) -> None:
    """Logs create nothing that could be left."""
    shop.world.compose.away = KeyboardInterrupt()
    result = shop("logs", "-f")
    assert (result.code, result.out, result.err) == (130, "", "")
