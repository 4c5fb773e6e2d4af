"""Lines of JSON, as Temporal's server writes them, made readable; every other line is left as it is."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

REVISION_KEY = "devenv.revision."
"""How the dynamic config key begins by which the server's log names the file that it has read."""

SHOWN_LINES = 15
"""How much of a log an error shows of a service that has crashed."""

MESSAGES = ("msg", "message")
TIMES = ("ts", "time", "timestamp")
# As generated Python services write it.
TRACEBACK = "exception"
# Said elsewhere in the line, or of use only to who works on the server itself: `--raw` has them.
NOISE = frozenset(
    {
        *("level", "ts", "time", *MESSAGES, "logging-call-at", "stacktrace", TRACEBACK),
        *("git-time", "git-revision", "git-modified", "go-arch", "go-os", "cgo-enabled", "debug-mode"),
        *("es-request", "trailer", "contextWrapped", "queue-task", "queue-task-key", "queue-reader-id"),
        *("user-data-version", "unexpected-error-attempts", "shard-range-id", "previous-shard-range-id"),
        *("worker-version", "wf-namespace-id", "timestamp"),
    }
)
LONGEST_VALUE = 160
# What the server says where only its fields say something: what began or ended.
NO_MESSAGE = "none"
HAPPENED = ("component", "lifecycle")
FRAMES = 3
# What the Web UI writes of each request that it answers.
REQUEST = frozenset({"method", "uri", "status"})
# How Temporal's schema tools end their lines, which are text but for this.
CODE_PLACE = re.compile(r'\s*\{"logging-call-at": "[^"]*"\}$')
# Two lines for each: the function, and the place in the file after a tab.
FRAME = re.compile(r"^(\S[^\n]*)\n\t(\S+?:\d+)", re.MULTILINE)
LOGGER = "/common/log."
REVISION_WARNING = rf"unregistered key \"{REVISION_KEY}"
PLAIN_VALUE = re.compile(r"[^\s\"=]+")


@dataclass(frozen=True)
class ReadableLine:
    """A line of a log: `level` is empty where nobody knows it; `below` are the lines that follow it."""

    text: str
    level: str = ""
    time: str = ""
    below: tuple[str, ...] = ()

    def lines(self) -> Iterator[str]:
        """Yield it as lines of text."""
        yield f"{self.time} {self.level:<5} {self.text}".lstrip() if self.level else self.text
        yield from self.below


def readable(text: str) -> ReadableLine:
    """Return what a line says; one that is no JSON, or has no level and no message, is itself."""
    fields = json_fields(text)
    if fields.keys() >= REQUEST:
        return ReadableLine(
            f"{fields.get('time', '')} {fields['method']} {fields['uri']}: {fields['status']}".lstrip()
        )
    message = next((fields[name] for name in MESSAGES if isinstance(fields.get(name), str)), None)
    level = fields.get("level")
    if message is None or not isinstance(level, str):
        return ReadableLine(CODE_PLACE.sub("", text))
    if message == NO_MESSAGE:
        said = [str(fields[name]) for name in HAPPENED if name in fields]
        message = " ".join(said) or message
        fields = {name: value for name, value in fields.items() if name not in HAPPENED}
    first, *more = message.splitlines() or [""]
    time = next((str(fields[name]) for name in TIMES if name in fields), "")
    more += str(fields.get(TRACEBACK, "")).splitlines()
    below = [f"    {line}" for line in more] + list(_frames(fields.get("stacktrace")))
    return ReadableLine("  ".join([first, *_values(fields)]), level.upper(), time, tuple(below))


def readable_lines(texts: Iterable[str]) -> list[str]:
    """Return lines of a log, each readable, without those that are for devenv only."""
    return [line for text in texts if not is_for_devenv(text) for line in readable(text).lines()]


def is_for_devenv(text: str) -> bool:
    """Whether a line is the server's warning of a revision key, which users did not write."""
    return REVISION_WARNING in text


def json_fields(text: str) -> Mapping[str, Any]:
    """Return the fields of a line of JSON, none of any other line."""
    if not text.startswith("{"):
        return {}
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError):  # cut off, or a number of thousands of digits, or nested too deep
        return {}
    return fields if isinstance(fields, dict) else {}


def _values(fields: Mapping[str, Any]) -> list[str]:
    """Return what else there is to say, the error first."""
    named = {name: value for name, value in fields.items() if name not in NOISE and value not in ("", None)}
    order = sorted(named, key=lambda name: name != "error")
    said = " ".join(f"{name}={_in_short(named[name])}" for name in order)
    return [said] if said else []


def _in_short(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    text = text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}…"
    return text if PLAIN_VALUE.fullmatch(text) else json.dumps(text, ensure_ascii=False)


def _frames(stack: object) -> Iterator[str]:
    """Yield the innermost frames of a stack trace in Go's form, without those of the logger."""
    if not isinstance(stack, str):
        return
    frames = [(function, place) for function, place in FRAME.findall(stack) if LOGGER not in function]
    for function, place in frames[:FRAMES]:
        yield f"    at {function.rpartition('/')[2]} ({place.rpartition('/')[2]})"
    if len(frames) > FRAMES:
        yield f"    … {len(frames) - FRAMES} more"
