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


def file_name(run: WorkflowRun) -> str:
    """Return the name of a file for the history of a run: the ID of its workflow, and its own."""
    return f"{_safe(run.workflow_id)}-{run.run_id}.json"


def path_below_namespace(run: WorkflowRun) -> str:
    """Return where a history is kept among those of several namespaces."""
    return f"histories/{_safe(run.namespace)}/{file_name(run)}"


def _safe(name: str) -> str:
    """Return `name` in characters that every system takes, not as a hidden file or an option is called."""
    safe = _OTHER_CHARACTERS.sub("-", name)[:LONGEST_NAME]
    return f"_{safe[1:]}" if safe.startswith((".", "-")) else safe


def _everything(_: History) -> bool:
    return True


@dataclass
class HistoryFiles:
    """Keeps histories by `write`, which gets the name of a file and its content.

    `saved` and `left_out`, sentences, tell what was done so far, also where something fails. `is_wanted` has
    the last word on a history that was read; `path_of` says where that of a run is kept.
    """

    write: Callable[[str, bytes], None]
    limits: Limits
    is_wanted: Callable[[History], bool] = _everything
    path_of: Callable[[WorkflowRun], str] = path_below_namespace
    saved: list[SavedHistory] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)

    def save(self, gateway: Gateway, namespaces: Collection[str], wanted: Wanted) -> None:
        """Keep the histories of all `wanted` runs in `namespaces`, as `find` and `read` do.

        Raises:
            DevenvError: As the questions of `Gateway`.
        """
        self.read(gateway, self.find(gateway, namespaces, wanted))

    def find(self, gateway: Gateway, namespaces: Collection[str], wanted: Wanted) -> list[WorkflowRun]:
        """Return the newest `wanted` runs of each namespace, which share the limit evenly.

        Raises:
            DevenvError: As the questions of `Gateway`.
        """
        return self._choose(gateway.find_runs(namespaces, wanted.query, wanted.limit), wanted)

    def read(self, gateway: Gateway, runs: Collection[WorkflowRun]) -> None:
        """Keep the history of each of `runs` in a file of its own; a few are in memory at a time.

        Raises:
            DevenvError: As the questions of `Gateway`.
        """
        gateway.read_histories(runs, self.limits.history_bytes, self._keep)

    def _choose(self, found: Collection[RunsFound], wanted: Wanted) -> list[WorkflowRun]:
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
            path = self.path_of(run)
            try:
                self.write(path, content)
            except DevenvError as error:  # why the workflow failed is worth telling without its history
                problem, path = error.message, ""
        self.saved.append(SavedHistory(run, history.failure, path, problem, len(content) if path else 0))

    def _room(self) -> int:
        return self.limits.total_bytes - sum(each.bytes for each in self.saved)
