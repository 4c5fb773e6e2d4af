"""`history export`: histories of a running stack as files, for replay tests and bug reports."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from devenv.errors import FileExistsAlreadyError, UnknownNamespaceError, UnknownWorkflowError
from devenv.files.atomic import check_plain, read_if_there, write_atomically
from devenv.files.exported import make_writable
from devenv.files.sentences import did_you_mean
from devenv.stack.histories import HistoryFiles, Limits, Wanted, file_name

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from devenv.stack.histories import SavedHistory
    from devenv.stack.stack import Stack
    from devenv.temporal.protocol import Gateway, WorkflowRun

# The server ends a workflow whose history is larger than 50 MB.
LIMITS = Limits(history_bytes=100_000_000, total_bytes=10_000_000_000)
_MODE = 0o644


@dataclass(frozen=True)
class Asked:
    """Which histories: of one workflow, its latest run unless `run_id` is given, or of what `query` finds.

    The empty query finds all; the newest `limit` runs are taken.
    """

    namespace: str
    workflow_id: str = ""
    run_id: str = ""
    query: str = ""
    limit: int = 100


@dataclass(frozen=True)
class HistoryExport:
    """What was asked for, by file; those in `unchanged` were there already. `left_out` are sentences."""

    histories: Sequence[SavedHistory]
    unchanged: frozenset[str]
    left_out: Sequence[str]


def export_histories(stack: Stack, asked: Asked, directory: Path, *, force: bool = False) -> HistoryExport:
    """Write a file of each history into `directory`, which is made if anything is found.

    A file that has the same history stays as it is. One with another content is overwritten only with
    `force`; else, and where a history cannot be read or written, that history has a `problem`.

    Raises:
        UnknownNamespaceError: The server does not have the namespace.
        UnknownWorkflowError: The namespace does not have the workflow.
        QueryInvalidError: The server does not take the query.
        ExportDirectoryError: The directory cannot be made or written.
        DevenvError: As `Stack.connect`.
    """
    target = _Target(directory, force=force)
    files = HistoryFiles(target.write, LIMITS, path_of=file_name)
    with stack.connect() as gateway:
        runs = _find(gateway, asked, files)
        if runs:
            make_writable(directory)
        files.read(gateway, runs)
    histories = sorted(files.saved, key=lambda each: (each.path, file_name(each.run)))
    return HistoryExport(histories, frozenset(target.unchanged), files.left_out)


def _find(gateway: Gateway, asked: Asked, files: HistoryFiles) -> list[WorkflowRun]:
    registered = gateway.namespaces()
    if asked.namespace not in registered:
        raise UnknownNamespaceError(asked.namespace, did_you_mean(asked.namespace, registered))
    if not asked.workflow_id:
        return files.find(gateway, [asked.namespace], Wanted("that match", asked.query, asked.limit))
    run = gateway.find_run(asked.namespace, asked.workflow_id, asked.run_id)
    if run is None:
        raise UnknownWorkflowError(asked.workflow_id, asked.run_id, asked.namespace)
    return [run]


@dataclass
class _Target:
    """The directory; `unchanged` are the names of files that have what was to be written."""

    directory: Path
    force: bool
    unchanged: set[str] = field(default_factory=set)

    def write(self, name: str, content: bytes) -> None:
        path = self.directory / name
        check_plain(path)
        before = read_if_there(path)
        if before is not None and _means_the_same(before, content):
            self.unchanged.add(name)
        elif before is not None and not self.force:
            raise FileExistsAlreadyError(name, "`--force` overwrites it")
        else:
            write_atomically(path, content, _MODE)


def _means_the_same(before: bytes, content: bytes) -> bool:
    """Whether both are the same history; the order of keys is not always the same."""
    try:
        return bool(json.loads(before) == json.loads(content))
    except ValueError:
        return False
