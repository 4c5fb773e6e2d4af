"""Histories of workflows as files: which are wanted, how many and how large, and what was left out."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from devenv.errors import DevenvError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from devenv.temporal.protocol import Gateway, History, RunsFound, WorkflowRun

# As every system and archive takes in a file name.
_OTHER_CHARACTERS = re.compile(r"[^A-Za-z0-9._-]+")
LONGEST_NAME = 80


@dataclass(frozen=True)
class Wanted:
    """The workflows that a visibility `query` finds, which are `what`, and how many of them at most."""

    what: str
    query: str
    limit: int


@dataclass(frozen=True)
class Limits:
    """How large one history may be, on the wire, and all files together."""

    history_bytes: int
    total_bytes: int


@dataclass(frozen=True)
class SavedHistory:
    """A run, why it failed, and the file of its history; `path` is empty where `problem` says why."""

    run: WorkflowRun
    failure: str
    path: str = ""
    problem: str = ""
    bytes: int = 0


def _everything(_: History) -> bool:
    return True


@dataclass
class HistoryFiles:
    """Keeps histories by `write`, which gets the name of a file and its content.

    `saved` and `left_out`, sentences, tell what was done so far, also where something fails. `is_wanted` has
    the last word on a history that was read.
    """

    write: Callable[[str, bytes], None]
    limits: Limits
    is_wanted: Callable[[History], bool] = _everything
    saved: list[SavedHistory] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)

    def save(self, gateway: Gateway, namespaces: Collection[str], wanted: Wanted) -> None:
        """Keep the histories of all `wanted` runs in `namespaces`, each in a file of its own.

        Memory is bounded: a few histories at a time, and as many runs as the limit of each namespace allows.

        Raises:
            DevenvError: As the questions of `Gateway`.
        """
        found = gateway.find_runs(namespaces, wanted.query, wanted.limit)
        gateway.read_histories(self._choose(found, wanted), self.limits.history_bytes, self._keep)

    def _choose(self, found: Collection[RunsFound], wanted: Wanted) -> list[WorkflowRun]:
        """Return the newest runs of each namespace, which share the limit evenly."""
        chosen: list[WorkflowRun] = []
        having = sorted((each for each in found if each.total), key=lambda each: len(each.runs))
        for number, each in enumerate(having):
            share = (wanted.limit - len(chosen)) // (len(having) - number)
            chosen += each.runs[:share]
            if each.total > share:
                self.left_out.append(
                    f"namespace {each.namespace}: {each.total:,} workflows {wanted.what}, of which "
                    f"the newest {share:,} are looked at"
                )
        return chosen

    def _keep(self, history: History) -> None:
        if not history.problem and not self.is_wanted(history):
            return
        run, problem, path = history.run, history.problem, ""
        content = history.json.encode()
        if len(content) > self._room():
            problem = f"with it there were more than {self.limits.total_bytes:,} bytes of histories"
        elif content:
            path = file_name(run)
            try:
                self.write(path, content)
            except DevenvError as error:  # why the workflow failed is worth telling without its history
                problem, path = error.message, ""
        self.saved.append(SavedHistory(run, history.failure, path, problem, len(content) if path else 0))

    def _room(self) -> int:
        return self.limits.total_bytes - sum(each.bytes for each in self.saved)


def file_name(run: WorkflowRun) -> str:
    """Return where the history of a run is kept: below its namespace, by its ID and its run ID."""
    namespace, name = (
        _OTHER_CHARACTERS.sub("-", text)[:LONGEST_NAME] for text in (run.namespace, run.workflow_id)
    )
    return f"histories/{_visible(namespace)}/{_visible(name)}-{run.run_id}.json"


def _visible(name: str) -> str:
    return f"_{name[1:]}" if name.startswith(".") else name
