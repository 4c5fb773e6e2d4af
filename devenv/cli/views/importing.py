"""What `import` answers: seeds for what a server has, and what they had to leave out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from devenv.seeds.load import SECTIONS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from devenv.cli.output.terminal import SafeConsole
    from devenv.stack.importing import Imported


def imported_document(imported: Imported, path: Path | None, *, shows_text: bool) -> dict[str, Any]:
    """Return the fields of `import`."""
    result = imported.result
    return {
        "written": None if path is None else str(path),
        "imported": {
            section: [_identity(item, kind.model.identity) for item in result.items(section)]
            for section, kind in SECTIONS.items()
        },
        "to_add": [
            {
                "namespace": each.namespace,
                "declared_at": each.place,
                "search_attributes": dict(sorted(each.search_attributes.items())),
            }
            for each in result.missing
        ],
        "left_out": [
            {
                "kind": each.kind.name,
                "name": each.key.name,
                "namespace": each.key.namespace,
                "reason": each.reason,
            }
            for each in result.skipped
        ],
        "content": imported.text if shows_text else None,
    }


def _identity(item: Mapping[str, Any], fields: Sequence[str]) -> Any:
    return item[fields[0]] if len(fields) == 1 else {field: item[field] for field in fields}


def imported_text(console: SafeConsole, imported: Imported, path: Path | None, *, shows_text: bool) -> None:
    """Print the seeds, or where they are, and what belongs into files that are there."""
    from devenv.stack.importing import counted

    missing = imported.result.missing
    if shows_text and not imported.is_empty:
        console.data(imported.text)
    elif not imported.is_empty:
        console.plain(f"wrote {path}: {counted(imported.result)}")
    elif missing:
        console.say("Nothing to write: what is not declared belongs into your own files.")
    else:
        console.say("Nothing to import: what the server has is declared, or cannot be.")
    for each in missing:
        # A comment, where the answer is the text of a file.
        console.plain(f"{'# ' if shows_text else ''}{each.text}")
