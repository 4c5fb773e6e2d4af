"""What people wait for, the steps that each part is made of, and the progress of each part.

The names of steps are for programs: `-o jsonl` and the timings have them. People wait for a database, a
search index, a server and a Web UI. The live view and the lines of `PlainReporter` both show a `Board`.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING

from devenv.events import LogEvent, StepEvent, StepStatus
from devenv.stack.progress import AS_DECLARED

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


class Told(Enum):
    """Whether the end of a part is told."""

    ALWAYS = auto()
    IF_WAITED_FOR = auto()
    NEVER = auto()


@dataclass(frozen=True)
class Part:
    """A part of the work, as people think of it.

    `steps` are its steps, each with what it does as long as it says nothing itself. The part ends with the
    step `last`, or as soon as a step of `ended_by` begins, and in no case before all begun steps have ended.
    `outcome` is said then, instead of what the steps said.
    """

    title: str
    steps: Mapping[str, str]
    last: str | None = None
    ended_by: frozenset[str] = field(default_factory=frozenset)
    told: Told = Told.ALWAYS
    outcome: str = ""


@functools.cache
def parts() -> tuple[Part, ...]:
    """Return the parts that are known, in their order."""
    from devenv.seeds.kinds import KINDS  # what reports no step has no use for them

    return (
        Part("engine", {"engine": "looking for what can run the stack"}, last="engine"),
        Part("also on", {"needed-add-ons": ""}, last="needed-add-ons"),
        Part("snapshot", {"snapshot": "saving the data"}, last="snapshot"),
        # The answer names the ports, and a warning tells when they have moved.
        Part("ports", {"ports": "looking for free ports"}, last="ports", told=Told.NEVER),
        Part("restore", {"restore": "replacing the data"}, last="restore"),
        Part("services", {"launch": "starting"}, last="launch", told=Told.NEVER),
        _service("database", "postgres"),
        _service("search index", "opensearch"),
        _service("server", "temporal", "frontend"),
        _service("Web UI", "ui", "web-ui"),
        Part(
            "add-ons",
            {"add-ons": "waiting until they answer"},
            last="add-ons",
            told=Told.IF_WAITED_FOR,
            outcome="ready",
        ),
        Part(
            "columns",
            {"attribute-columns": "naming those of search attributes"},
            last="attribute-columns",
            told=Told.NEVER,
        ),
        Part(
            "seeds",
            {kind.step: f"{kind.title}s" for kind in KINDS},
            ended_by=frozenset({"clean-up", "web-ui"}),
        ),
        Part(
            "workflows",
            {
                "visibility": "waiting until they can be listed",
                "workflow-start": "starting one in every namespace, as a test",
                "workflow-found": "looking for those of the test",
                "clean-up": "deleting those of the test",
            },
            last="clean-up",
            outcome="one was started and found in every namespace",
        ),
        Part(
            "schedules",
            {"schedules-listed": "looking for them by their search attributes"},
            last="schedules-listed",
            told=Told.IF_WAITED_FOR,
            outcome="found by their search attributes",
        ),
        Part(
            "dynamic config",
            {"dynamic-config": "waiting until the server has read it"},
            last="dynamic-config",
        ),
        Part(
            "all services", {"services": "waiting for their health checks"}, last="services", told=Told.NEVER
        ),
        # The error names where the logs are.
        Part(
            "roll-back",
            {"roll-back": "saving the logs, removing what was started"},
            last="roll-back",
            told=Told.NEVER,
        ),
        Part(
            "logs",
            {"failure-logs": "saving them; what ran before stays"},
            last="failure-logs",
            told=Told.NEVER,
        ),
    )


def _service(title: str, *steps: str) -> Part:
    """Return the part of a service, whose end is told if somebody waited for it."""
    starting = dict.fromkeys(steps, "starting")
    return Part(title, starting, last=steps[-1], told=Told.IF_WAITED_FOR, outcome="ready")


@functools.cache
def _part_by_step() -> Mapping[str, Part]:
    return {step: part for part in parts() for step in part.steps}


def part_of(step: str) -> Part:
    """Return the part that `step` belongs to; a step that is in no table is a part of its own."""
    return _part_by_step().get(step) or Part(step, {step: ""}, last=step)


def is_known(part: Part) -> bool:
    """Whether `part` is one of the table, which go on side by side without being many."""
    return part in parts()


def place_of(part: Part) -> int:
    """Return where `part` stands among others: those of the table in its order, all others at its top."""
    return parts().index(part) if is_known(part) else 0


# A wait that takes longer deserves to know why, in the words of those who mend it.
LONG_WAIT_S = 15.0
# With it `up` begins once more after it has lost a port.
FIRST_STEP_OF_A_TRY = "ports"
# Its start says that nothing is tried again.
AFTER_THE_LAST_TRY = "failure-logs"


@dataclass(frozen=True)
class Line:
    """A part whose state is worth a line; `status` is WAITING for one that goes on.

    `was_waited_for` says that the seconds matter.
    """

    status: StepStatus
    title: str
    text: str
    seconds: float
    was_waited_for: bool = False


@dataclass
class _Progress:
    """How far a part is. `words` are for people, `detail` is what exactly is missing."""

    part: Part
    began: float
    status: StepStatus = StepStatus.STARTED
    open: set[str] = field(default_factory=set)
    outcomes: dict[str, str] = field(default_factory=dict)
    words: str = ""
    detail: str = ""
    was_waited_for: bool = False
    was_told: bool = False
    ended: float | None = None

    @property
    def is_under_way(self) -> bool:
        return self.ended is None

    @property
    def is_told(self) -> bool:
        told = self.part.told
        return told is Told.ALWAYS or (told is Told.IF_WAITED_FOR and self.was_waited_for)

    def line(self, now: float) -> Line:
        seconds = (now if self.ended is None else self.ended) - self.began
        status = StepStatus.WAITING if self.is_under_way else self.status
        matters = self.part.told is Told.IF_WAITED_FOR or status is StepStatus.FAILED
        return Line(status, self.part.title, self._text(seconds), seconds, was_waited_for=matters)

    def _text(self, seconds: float) -> str:
        if self.status is not StepStatus.FAILED and self.outcomes and not self.open:
            return self._outcome()
        words = self.words or self.detail
        is_long = self.is_under_way and seconds >= LONG_WAIT_S and self.detail and self.detail != words
        return f"{words}; {self.detail}" if is_long else words

    def _outcome(self) -> str:
        if self.part.outcome and not self.is_under_way:
            return self.part.outcome
        if len(self.part.steps) == 1:
            return list(self.outcomes.values())[-1]
        if all(outcome == AS_DECLARED for outcome in self.outcomes.values()):
            return AS_DECLARED
        said = [(step, outcome) for step, outcome in self.outcomes.items() if outcome]
        return "; ".join(f"{self.part.steps[step]}: {outcome}" for step, outcome in said)


class Board:
    """Takes the events of steps and keeps them as parts; `clock` gives monotonic seconds.

    A second try of the same work takes the place of the first, and is told in one line.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        # In the order in which they began.
        self._parts: dict[str, _Progress] = {}
        # Titles, in the order of their last news.
        self._news: list[str] = []
        self._failure: str | None = None
        self._again: list[Line] = []

    def note(self, event: StepEvent | LogEvent) -> list[Line]:
        """Take in `event`; return what has ended by it, as far as it is worth telling."""
        if isinstance(event, LogEvent):
            self._hear(event.step, event.message)
            return []
        match event.status:
            case StepStatus.STARTED:
                return self._start(event)
            case StepStatus.WAITING:
                progress = self._hear(event.step, event.message, is_technical=event.is_technical)
                progress.was_waited_for = True
                progress.open.add(event.step)
                return []
            case StepStatus.DONE:
                return self._finish(event)
            case StepStatus.FAILED:
                return self._fail(event)

    def close(self) -> list[Line]:
        """Return what has ended without having been told: parts with no last step, and what failed."""
        ended = [self._end(each) for each in self._under_way() if not each.open and each.outcomes]
        return [line for lines in ended for line in lines] + self._tell_failed()

    def _tell_failed(self) -> list[Line]:
        """Return the parts that failed, each once."""
        failed = [
            each
            for each in self._in_order()
            if each.status is StepStatus.FAILED and is_known(each.part) and not each.was_told
        ]
        for each in failed:
            each.was_told = True
        return [each.line(self._clock()) for each in failed]

    def waiting(self) -> list[Line]:
        """Return what is waited for now; of any number of other steps side by side, the liveliest."""
        now = self._clock()
        under_way = self._under_way()
        others = [title for title in self._news if not is_known(self._parts[title].part)]
        liveliest = next((each for each in reversed(others) if self._parts[each].is_under_way), None)
        shown = [each for each in under_way if is_known(each.part) or each.part.title == liveliest]
        return [each.line(now) for each in shown if each.open or not each.outcomes]

    def lines(self) -> list[Line]:
        """Return a line for each part that is worth one, whether it has ended or not."""
        now = self._clock()
        shown = [
            each
            for each in self._in_order()
            if each.is_under_way or each.is_told or each.status is StepStatus.FAILED
        ]
        return self._again + [each.line(now) for each in shown]

    def _in_order(self) -> list[_Progress]:
        return sorted(self._parts.values(), key=lambda each: place_of(each.part))

    def _under_way(self) -> Sequence[_Progress]:
        return [each for each in self._in_order() if each.is_under_way]

    def _start(self, event: StepEvent) -> list[Line]:
        told = self._tell_failed() if event.step == AFTER_THE_LAST_TRY else []
        if event.step == FIRST_STEP_OF_A_TRY and self._failure is not None:
            told.append(self._begin_again(self._failure))
        for each in self._under_way():
            if event.step in each.part.ended_by and not each.open:
                told += self._end(each)
        progress = self._progress(event.step)
        if not progress.is_under_way and event.step == progress.part.last:
            del self._parts[progress.part.title]
            progress = self._progress(event.step)
        progress.open.add(event.step)
        self._hear(event.step, event.message or progress.part.steps[event.step])
        return told

    def _finish(self, event: StepEvent) -> list[Line]:
        progress = self._progress(event.step)
        progress.open.discard(event.step)
        progress.outcomes[event.step] = event.message
        has_ended = progress.is_under_way and not progress.open and progress.part.last in progress.outcomes
        return self._end(progress) if has_ended else []

    def _end(self, progress: _Progress) -> list[Line]:
        progress.status = StepStatus.DONE
        progress.ended = self._clock()
        return [progress.line(progress.ended)] if progress.is_told else []

    def _fail(self, event: StepEvent) -> list[Line]:
        progress = self._progress(event.step)
        progress.status = StepStatus.FAILED
        progress.ended = self._clock()
        if not is_known(progress.part):
            return [progress.line(progress.ended)]
        # Not told before it is known that there is no second try.
        self._failure = self._failure or event.message
        return []

    def _begin_again(self, failure: str) -> Line:
        self._parts = {title: each for title, each in self._parts.items() if title == "engine"}
        self._news = [title for title in self._news if title in self._parts]
        self._failure = None
        line = Line(StepStatus.STARTED, "second try", failure, 0.0)
        self._again.append(line)
        return line

    def _hear(self, step: str, message: str, *, is_technical: bool = False) -> _Progress:
        """Keep what a step says; only another word than before is news."""
        progress = self._progress(step)
        title, before = progress.part.title, (progress.words, progress.detail)
        if is_technical:
            progress.detail = message
        else:
            progress.words = message
        if title not in self._news or before != (progress.words, progress.detail):
            self._news = [*(each for each in self._news if each != title), title]
        return progress

    def _progress(self, step: str) -> _Progress:
        part = part_of(step)
        return self._parts.setdefault(part.title, _Progress(part, self._clock()))
