"""Understand what the server's log says about its dynamic config file."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

# The texts of common/dynamicconfig/file_based_client.go.
_ERROR = "dynamic config error"
_WARNING = "dynamic config warning"
_TAKEN = "Updated dynamic config"
_REFUSED = "Unable to update dynamic config."


@dataclass(frozen=True)
class Answer:
    """What the server said of one file: it uses it, or it refuses it for `errors`."""

    is_taken: bool
    errors: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass
class _Listener:
    """Collects what belongs to one reading of the file."""

    errors: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def hear(self, message: str, detail: str) -> Answer | None:
        if message == _ERROR:
            self.errors.append(detail)
        elif message == _WARNING:
            self.warnings.append(detail)
        elif message == _TAKEN:
            return self._answer(is_taken=True)
        # Without an error in the file it could not be read at all: then the server tries again by itself.
        elif message == _REFUSED and self.errors:
            return self._answer(is_taken=False)
        return None

    def _answer(self, *, is_taken: bool) -> Answer:
        return Answer(is_taken, tuple(self.errors), tuple(self.warnings))


def first_answer(lines: Iterable[str]) -> Answer | None:
    """Return the first answer in a server's log, None as long as there is none."""
    listener = _Listener()
    for line in lines:
        answer = listener.hear(*_parsed(line))
        if answer is not None:
            return answer
    return None


def _parsed(line: str) -> tuple[str, str]:
    """Return the message of a log line and its error; what is not JSON says nothing of dynamic config."""
    try:
        record = json.loads(line)
    except ValueError:
        return "", ""
    if not isinstance(record, dict):
        return "", ""
    return str(record.get("msg", "")), str(record.get("error", ""))
