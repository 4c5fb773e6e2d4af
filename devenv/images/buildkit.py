"""Condenses BuildKit's plain progress to what a waiting person wants to know."""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

# An instruction is heard of when it begins, whenever it announces its next part, and else this rarely.
QUIET_S = 5.0
ANNOUNCED = ("building ", "downloading ")

_LINE = re.compile(r"#(?P<vertex>\d+) (?P<rest>.*\S)")
_HEADING = re.compile(r"\[(?P<name>[^\]]+)\] ")
_OUTPUT = re.compile(r"(?P<seconds>\d+\.\d+) (?P<text>.*)")
_END = re.compile(r"ERROR: (?:target (?P<target>[\w-]+): )?")
_CANCELED = "context canceled"
_LONGEST = 72
_TAIL_LINES = 15


@dataclass(frozen=True)
class Told:
    """What is told of the build of `target`; the last word of it if it `is_tagged`."""

    target: str
    message: str = ""
    is_tagged: bool = False


@dataclass(frozen=True)
class Failure:
    """The target that failed, and the last lines that the programs of the guilty instruction printed."""

    target: str
    last_output: tuple[str, ...] = ()


@dataclass
class _Vertex:
    """One instruction, or one piece of BuildKit's own work."""

    target: str | None
    stage: str = "build"
    announced: str | None = None
    told_s: float | None = None
    names_image: bool = False
    tail: deque[str] = field(default_factory=lambda: deque(maxlen=_TAIL_LINES))

    def hear(self, seconds: float, text: str) -> str | None:
        """Take a line that a program printed, and return what to say of it."""
        self.tail.append(text)
        is_announcement = text.startswith(ANNOUNCED)
        if self.told_s is not None and seconds - self.told_s < QUIET_S and not is_announcement:
            return None
        self.told_s = seconds
        if is_announcement:
            self.announced = text
        return f"{self.stage}: {self._doing(text)}"

    def _doing(self, text: str) -> str:
        announced = self.announced or text
        said = "" if announced == text else f"; last said: {_shortened(text)}"
        return _shortened(announced) + said


class BuildProgress:
    """Follows the builds of `targets` side by side; what BuildKit takes from its cache goes by unmentioned.

    A message may be shown for minutes, because a compiler says nothing: it begins with what the instruction
    announced, and what was said since is told as past. An instruction that several targets share is told of
    the one that BuildKit names.
    """

    def __init__(self, targets: Sequence[str]) -> None:
        self._targets = targets
        self._only = targets[0] if len(targets) == 1 else None
        self._vertices: dict[str, _Vertex] = {}
        self.failure: Failure | None = None

    def feed(self, line: str) -> Told | None:
        """Return what to say after this line of BuildKit's output, None if it is not worth a word."""
        if match := _LINE.match(line):
            vertex = self._vertices.setdefault(match["vertex"], _Vertex(self._only))
            return self._feed_vertex(vertex, match["rest"])
        if match := _END.match(line):
            self._fail(match["target"] or self._only)
        return None

    def _feed_vertex(self, vertex: _Vertex, rest: str) -> Told | None:
        if heading := _HEADING.match(rest):
            self._name(vertex, heading["name"])
        elif output := _OUTPUT.match(rest):
            message = vertex.hear(float(output["seconds"]), output["text"])
            return Told(vertex.target, message) if vertex.target and message else None
        elif rest.startswith("naming to "):
            vertex.names_image = True
        elif rest.startswith("DONE "):
            return Told(vertex.target, is_tagged=True) if vertex.target and vertex.names_image else None
        elif rest.startswith("ERROR: ") and not rest.endswith(_CANCELED):
            self._fail(vertex.target, vertex.tail)
        return None

    def _name(self, vertex: _Vertex, name: str) -> None:
        """Understand the heading of an instruction, which begins with its target if there are several."""
        if self._only is not None:
            vertex.stage = name
            return
        target, _, vertex.stage = name.partition(" ")
        vertex.target = target if target in self._targets else None

    def _fail(self, target: str | None, tail: Sequence[str] = ()) -> None:
        """Keep the first failure: the others are its consequences."""
        if self.failure is None and target is not None and target in self._targets:
            self.failure = Failure(target, tuple(tail))


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
