"""What a line of a log says: whether it begins an entry, its level and time, its workflow and namespace.

Read are lines of JSON, `key=value` pairs, and lines that begin with a time and a level, as Postgres,
OpenSearch, Python and Go write them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from devenv.temporal.server_log import REQUEST, TIMES, json_fields

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping


class Level(IntEnum):
    """How bad it is; every program's own levels are one of these."""

    DEBUG = 1
    INFO = 2
    WARN = 3
    ERROR = 4
    FATAL = 5


# Temporal's, Postgres' (whose LOG and NOTICE are news), Java's and Python's words.
LEVELS = {
    **dict.fromkeys(("TRACE", "DEBUG", *(f"DEBUG{number}" for number in range(1, 6))), Level.DEBUG),
    **dict.fromkeys(("INFO", "LOG", "NOTICE"), Level.INFO),
    **dict.fromkeys(("WARN", "WARNING", "DEPRECATION"), Level.WARN),
    "ERROR": Level.ERROR,
    **dict.fromkeys(("FATAL", "DPANIC", "PANIC", "CRITICAL"), Level.FATAL),
}
# Postgres writes them with a time of their own, after the message that they are about.
ABOUT_THE_LAST = frozenset({"DETAIL", "HINT", "QUERY", "CONTEXT", "LOCATION", "STATEMENT"})
LEVEL_NAMES = ("level", "severity", "levelname")

COLOUR = re.compile(r"\x1b\[[0-9;:]*m")
TIME = r"\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z| ?UTC| ?GMT|[+-]\d\d:?\d\d)?"
STAMPED = re.compile(
    rf"\[?(?P<time>{TIME})\]?(?:\s*\[\d+\])?(?:\s*\[?(?P<level>[A-Z]+\d?)\b)?", re.IGNORECASE
)
PAIRS = re.compile(r'(?:time|ts|level)="?\S')
PAIRED_TIME = re.compile(rf'\b(?:time|ts)="?(?P<time>{TIME})')
PAIRED_LEVEL = re.compile(r'\blevel="?(?P<level>\w+)')
UNSTAMPED = re.compile(r"(?P<level>WARNING|WARN|ERROR|FATAL): ")
# How Go, Java and Python end when nobody caught what went wrong; no time is written then.
CRASH = re.compile(r"panic: |fatal error: |Exception in thread ")
TRACEBACK = "Traceback (most recent call last)"

WORKFLOW = r"(?:wf|workflow)[-_]?id"
NAMESPACE = r"(?:wf[-_])?namespace(?:[-_]?(?:id|name))?"
# Python's SDK names a workflow so where it has no field.
WORKFLOW_IN_TEXT = rf"(?:{WORKFLOW}|with ID)"


@dataclass(frozen=True)
class Head:
    """The first line of an entry; `level` is None where nobody knows it, `fields` are those of JSON.

    One that `is_recognised` looks like a beginning: lines below it that do not are a part of its entry.
    """

    text: str
    level: Level | None = None
    fields: Mapping[str, Any] | None = None
    is_recognised: bool = True


def read_head(text: str, before: Head | None = None) -> Head | None:
    """Return the entry that `text` begins, None if it belongs to the entry `before`."""
    if fields := json_fields(text):
        return Head(text, _level_of_fields(fields), fields)
    if "\x1b" in text:
        text = COLOUR.sub("", text)
    if CRASH.match(text):
        return Head(text, Level.FATAL)
    if text.startswith(TRACEBACK) and not _explains(before):
        return Head(text, Level.ERROR)
    for form in (STAMPED, UNSTAMPED):
        if match := form.match(text):
            word = (match["level"] or "").upper()
            return None if word in ABOUT_THE_LAST else Head(text, LEVELS.get(word))
    if PAIRS.match(text):
        match = PAIRED_LEVEL.search(text)
        return Head(text, LEVELS.get(match["level"].upper()) if match else None)
    return None if before is not None and before.is_recognised else Head(text, is_recognised=False)


def line_time(text: str) -> datetime | None:
    """Return the time that a line begins with or has among its fields, None where it has none.

    One without a zone is the machine's.
    """
    fields = json_fields(text)
    if fields:
        words = next((str(fields[name]) for name in TIMES if name in fields), "")
    else:
        match = STAMPED.match(text) or PAIRED_TIME.search(text)
        words = match["time"] if match else ""
    words = re.sub(r" ?(?:UTC|GMT)$", "Z", words.replace("/", "-").replace(",", "."))
    try:
        return datetime.fromisoformat(words).astimezone()
    except (ValueError, OverflowError):
        return None


class FieldMatcher:
    """Finds entries in which a field has one of `values`; `name` is a pattern, as is `name_in_text`."""

    def __init__(self, name: str, values: Collection[str], name_in_text: str = "") -> None:
        self._name = re.compile(name, re.IGNORECASE)
        self._values = values
        either = "|".join(map(re.escape, values))
        # `wf-id="order 7"`, `WorkflowID order-7`, `'workflow_id': 'order-7'`.
        self._pair = re.compile(
            rf"(?<![\w-])(?i:{name_in_text or name})['\"]?(?:\s*[=:]\s*|\s+)"
            rf"(?P<quote>['\"]?)(?:{either})(?P=quote)(?=[\s,;)\]}}]|$)"
        )

    def matches(self, head: Head) -> bool:
        """Whether the entry is about one of the values."""
        if head.fields is None:
            return self._pair.search(head.text) is not None
        return any(
            value in self._values for name, value in _leaves(head.fields) if self._name.fullmatch(name)
        )


def workflow_matcher(workflow: str) -> FieldMatcher:
    """Return what finds entries about the workflow of that ID."""
    return FieldMatcher(WORKFLOW, [workflow], WORKFLOW_IN_TEXT)


def namespace_matcher(names: Collection[str]) -> FieldMatcher:
    """Return what finds entries about a namespace, by its name and its ID: the server mixes the fields up."""
    return FieldMatcher(NAMESPACE, names)


def _explains(head: Head | None) -> bool:
    """Whether a traceback below `head` is a part of it, not the end of the program."""
    return head is not None and (head.level is None or head.level >= Level.WARN)


def _level_of_fields(fields: Mapping[str, Any]) -> Level | None:
    for name in LEVEL_NAMES:
        if isinstance(word := fields.get(name), str):
            return LEVELS.get(word.upper())
    status = fields.get("status")
    if fields.keys() >= REQUEST and isinstance(status, int):
        return Level.ERROR if status >= 500 else Level.WARN if status >= 400 else Level.INFO  # noqa: PLR2004  HTTP's
    return None


def _leaves(fields: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield every name with its value, of fields within fields, too."""
    waiting: list[tuple[str, Any]] = list(fields.items())
    while waiting:
        name, value = waiting.pop()
        if isinstance(value, dict):
            waiting.extend(value.items())
        else:
            yield name, value
