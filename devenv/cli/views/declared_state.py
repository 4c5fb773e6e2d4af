"""What `plan`, `apply` and `import` answer: changes of what is declared, and seeds for what a server has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from devenv.cli.output.visible import escape, one_line
from devenv.cli.views.config import (
    applied_config_document,
    applied_config_text,
    config_change_line,
    config_drift_document,
)
from devenv.dynamicconfig.changes import ConfigChange
from devenv.seeds.changes import Change, change_line, side
from devenv.seeds.load import SECTIONS
from devenv.temporal.protocol import Action

if TYPE_CHECKING:
    from collections.abc import Sequence

    from devenv.cli.output.terminal import SafeConsole
    from devenv.stack.config_apply import AppliedConfig
    from devenv.stack.data_versions import VersionChange

    AnyChange = Change | VersionChange | ConfigChange
    from collections.abc import Mapping
    from pathlib import Path

    from devenv.stack.importing import Imported


_STYLES = {Action.CREATE: "good", Action.UPDATE: "warn", Action.DELETE: "bad"}


def changes_document(changes: Sequence[AnyChange]) -> list[dict[str, Any]]:
    """Return each change as JSON has it, all with the same fields."""
    return [_document(change) for change in changes]


def _document(change: AnyChange) -> dict[str, Any]:
    if isinstance(change, Change):
        return _seeds_document(change)
    if isinstance(change, ConfigChange):
        return config_drift_document(change)
    return _version_document(change)


def _seeds_document(change: Change) -> dict[str, Any]:
    """`obstacle` is there only where there is one."""
    document = {
        "action": change.action.value,
        "kind": change.kind.name,
        "name": change.name,
        "namespace": change.namespace,
        "before": None if change.action is Action.CREATE else side(change, change.before),
        "after": None if change.action is Action.DELETE else side(change, change.after),
        "reason": change.reason,
    }
    return document | ({"obstacle": change.obstacle} if change.obstacle else {})


def _version_document(change: VersionChange) -> dict[str, Any]:
    return {
        "action": "update",
        "kind": change.kind,
        "name": change.component,
        "namespace": None,
        "before": change.before,
        "after": change.after,
        "reason": change.remark,
    }


def changes_text(console: SafeConsole, changes: Sequence[AnyChange]) -> None:
    """Print one line for each change."""
    for change in changes:
        if isinstance(change, Change):
            _print_change(console, change)
        else:
            _print_line(console, any_change_line(change), _STYLES[Action.UPDATE])
    if not changes:
        console.say("No changes.")


def any_change_line(change: AnyChange) -> str:
    """Return the line that people read."""
    if isinstance(change, Change):
        return change_line(change)
    return config_change_line(change) if isinstance(change, ConfigChange) else change.text


def _print_change(console: SafeConsole, change: Change) -> None:
    _print_line(console, change_line(change), "bad" if change.obstacle else _STYLES[change.action])
    if change.obstacle:
        console.plain(f"  cannot be applied: {one_line(change.obstacle)}")


def _print_line(console: SafeConsole, line: str, style: str) -> None:
    console.say(f"[{style}]{escape(one_line(line))}[/]")


def applied_document(changes: Sequence[Change], config: AppliedConfig) -> dict[str, Any]:
    """Return the fields of `apply`."""
    return {"changes": changes_document(changes), "dynamic_config": applied_config_document(config)}


def applied_text(console: SafeConsole, changes: Sequence[Change], config: AppliedConfig) -> None:
    """Print what was changed, and dynamic config only where there is news of it."""
    is_news = config.changes or config.needs_restart
    if changes or not is_news:
        changes_text(console, changes)
    if is_news:
        console.print("dynamic config: ", end="")
        applied_config_text(console, config)


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
