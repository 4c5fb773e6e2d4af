"""Condenses BuildKit's plain progress to what a waiting person wants to know."""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass, field

# An instruction is heard of when it begins, whenever it announces its next part, and else this rarely.
QUIET_S = 5.0
ANNOUNCED = ("building ", "downloading ")

_HEADING = re.compile(r"#(?P<vertex>\d+) \[(?P<stage>[^\]]+)\] ")
_OUTPUT = re.compile(r"#(?P<vertex>\d+) (?P<seconds>\d+\.\d+) (?P<text>.*\S)")
_LONGEST = 72
_TAIL_LINES = 15


@dataclass
class BuildProgress:
    """Follows one build; what BuildKit takes from its cache goes by unmentioned.

    A message may be shown for minutes, because a compiler says nothing: it begins with what the instruction
    announced, and what was said since is told as past.
    """

    _stages: dict[str, str] = field(default_factory=dict)
    _announced: dict[str, str] = field(default_factory=dict)
    _told_s: dict[str, float] = field(default_factory=dict)
    _tail: deque[str] = field(default_factory=lambda: deque(maxlen=_TAIL_LINES))

    @property
    def last_output(self) -> tuple[str, ...]:
        """The last lines that the build's own programs printed, without BuildKit's account of them."""
        return tuple(self._tail)

    def feed(self, line: str) -> str | None:
        """Return what to say after this line of BuildKit's output, None if it is not worth a word."""
        if heading := _HEADING.match(line):
            self._stages[heading["vertex"]] = heading["stage"]
        elif output := _OUTPUT.match(line):
            return self._output(output["vertex"], float(output["seconds"]), output["text"])
        return None

    def _output(self, vertex: str, seconds: float, text: str) -> str | None:
        self._tail.append(text)
        told_s = self._told_s.get(vertex)
        is_announcement = text.startswith(ANNOUNCED)
        if told_s is not None and seconds - told_s < QUIET_S and not is_announcement:
            return None
        self._told_s[vertex] = seconds
        if is_announcement:
            self._announced[vertex] = text
        return f"{self._stages.get(vertex, 'build')}: {self._doing(vertex, text)}"

    def _doing(self, vertex: str, text: str) -> str:
        announced = self._announced.get(vertex, text)
        said = "" if announced == text else f"; last said: {_shortened(text)}"
        return _shortened(announced) + said


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
