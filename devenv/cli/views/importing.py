"""What `import` answers: seeds for what a server has, and what they had to leave out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from devenv.cli.output.terminal import SafeConsole
    from devenv.stack.importing import Imported


def imported_document(imported: Imported, path: Path | None, *, shows_text: bool) -> dict[str, Any]:
    """Return the fields of `import`."""
    data = imported.adoption.data
    return {
        "written": None if path is None else str(path),
        "imported": {
            "namespaces": [item["name"] for item in data.get("namespaces", [])],
            "nexus_endpoints": [item["name"] for item in data.get("nexus_endpoints", [])],
            "schedules": [
                {"namespace": item["namespace"], "id": item["id"]} for item in data.get("schedules", [])
            ],
        },
        "to_add": [
            {
                "namespace": each.namespace,
                "declared_at": each.place,
                "search_attributes": dict(sorted(each.search_attributes.items())),
            }
            for each in imported.adoption.missing
        ],
        "left_out": [
            {"kind": each.kind.value, "name": each.name, "namespace": each.namespace, "reason": each.reason}
            for each in imported.adoption.left_out
        ],
        "content": imported.text if shows_text else None,
    }


def imported_text(console: SafeConsole, imported: Imported, path: Path | None, *, shows_text: bool) -> None:
    """Print the seeds, or where they are, and what belongs into files that are there."""
    from devenv.stack.importing import counted

    missing = imported.adoption.missing
    if shows_text and not imported.is_empty:
        console.data(imported.text)
    elif not imported.is_empty:
        console.plain(f"wrote {path}: {counted(imported.adoption)}")
    elif missing:
        console.say("Nothing to write: what is not declared belongs into your own files.")
    else:
        console.say("Nothing to import: what the server has is declared, or cannot be.")
    for each in missing:
        # A comment, where the answer is the text of a file.
        console.plain(f"{'# ' if shows_text else ''}{each.text}")
