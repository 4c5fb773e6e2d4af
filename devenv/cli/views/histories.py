"""What `devenv history export` answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from devenv.cli.output.documents import failure_fields
from devenv.cli.output.visible import escape
from devenv.errors import HistoriesIncompleteError

if TYPE_CHECKING:
    from pathlib import Path

    from devenv.cli.output.terminal import SafeConsole
    from devenv.stack.histories import SavedHistory
    from devenv.stack.history_export import HistoryExport


def exported_document(directory: Path, namespace: str, export: HistoryExport) -> dict[str, Any]:
    """Return the fields of `history export`."""
    return {
        "directory": str(directory),
        "namespace": namespace,
        "histories": [
            {
                "path": each.path or None,
                "state": _state(each, export),
                "problem": each.problem or None,
                "workflow_id": each.run.workflow_id,
                "run_id": each.run.run_id,
                "workflow_type": each.run.type,
                "status": each.run.status,
                "bytes": each.bytes,
            }
            for each in export.histories
        ],
        "left_out": list(export.left_out),
    }


def exported_text(console: SafeConsole, directory: Path, namespace: str, export: HistoryExport) -> None:
    """Print each file with its workflow, and what is missing with the reason."""
    if not export.histories:
        console.say(f"Nothing was found in the namespace {escape(namespace)}, and nothing is written.")
        return
    for each in export.histories:
        run = f"{each.run.workflow_id}  {each.run.type}  {each.run.status}"
        console.plain(f"{_state(each, export).ljust(9)}  {each.path or run}")
        if each.problem:
            console.plain(f"           {each.problem}")
    for sentence in export.left_out:
        console.say(f"\n[warn]left out:[/] {escape(sentence)}; `--limit` takes more")
    missing = sum(bool(each.problem) for each in export.histories)
    if missing:
        console.say(
            f"\n{missing} of {len(export.histories)} are missing; `--force` overwrites files that are there."
        )
    else:
        console.say(f"\nThey are in {escape(str(directory))}.")


def failure_of(export: HistoryExport) -> dict[str, Any]:
    """Return the fields that say that some histories are missing; none if all are there."""
    problems = [f"{each.run.workflow_id}: {each.problem}" for each in export.histories if each.problem]
    return failure_fields(HistoriesIncompleteError(problems, len(export.histories))) if problems else {}


def _state(history: SavedHistory, export: HistoryExport) -> str:
    if history.problem:
        return "missing"
    return "unchanged" if history.path in export.unchanged else "written"
