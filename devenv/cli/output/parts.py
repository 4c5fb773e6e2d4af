"""What people wait for, and which steps of the core each of it is made of.

The names of steps are for programs: `-o jsonl` and the timings have them. People wait for a database, a
search index, a server and a Web UI.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


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
        # The answer names the ports, and a warning tells when they have moved.
        Part("ports", {"ports": "looking for free ports"}, last="ports", told=Told.NEVER),
        Part("services", {"launch": "starting"}, last="launch", told=Told.NEVER),
        Part("database", {"postgres": "starting"}, last="postgres", told=Told.IF_WAITED_FOR, outcome="ready"),
        Part(
            "search index",
            {"opensearch": "starting"},
            last="opensearch",
            told=Told.IF_WAITED_FOR,
            outcome="ready",
        ),
        Part(
            "server",
            {"temporal": "starting", "frontend": "starting"},
            last="frontend",
            told=Told.IF_WAITED_FOR,
            outcome="ready",
        ),
        Part(
            "Web UI",
            {"ui": "starting", "web-ui": "starting"},
            last="web-ui",
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
