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
    """Follows one build; what BuildKit takes from its cache goes by unmentioned."""

    _stages: dict[str, str] = field(default_factory=dict)
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
        if told_s is not None and seconds - told_s < QUIET_S and not text.startswith(ANNOUNCED):
            return None
        self._told_s[vertex] = seconds
        return f"{self._stages.get(vertex, 'build')}: {_shortened(text)} ({seconds:.0f} s)"


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
