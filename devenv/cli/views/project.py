"""What `init`, `addons`, `trust`, `export`, `new-service` and `remove-service` answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from devenv.cli.output.visible import escape

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from devenv.cli.output.terminal import SafeConsole
    from devenv.files.exported import ExportedFile
    from devenv.overlays.review import Review
    from devenv.scaffold.create import NextStep, OverlayAdvice
    from devenv.scaffold.project import InitResult
    from devenv.scaffold.removal import Removal
    from devenv.scaffold.service import ServicePlan
    from devenv.stack.addon_plan import ListedAddon


def addons_document(found: Sequence[ListedAddon]) -> dict[str, Any]:
    """Return the fields of `addons`."""
    return {"addons": [_addon_document(each) for each in found]}


def _addon_document(addon: ListedAddon) -> dict[str, Any]:
    return {
        "name": addon.name,
        "title": addon.title,
        "on": addon.is_on,
        "needs": list(addon.needs),
        "needed_by": list(addon.needed_by),
        "source": "devenv" if addon.is_builtin else "project",
        "services": list(addon.services),
        "pages": list(addon.pages),
        "ports": dict(addon.ports),
        "memory": addon.memory,
        "settings": dict(addon.settings),
        "line": addon.line,
    }


def addons_text(console: SafeConsole, found: Sequence[ListedAddon]) -> None:
    """Print a row for each add-on, and below what it adds and the lines that switch it on."""
    if not found:
        console.say("No add-ons. A project has its own below compose/addons/; see docs/addons.md.")
        return
    rows = [(each.name, "yes" if each.is_on else "no", each.memory or "-", each.title) for each in found]
    console.table(("ADD-ON", "ON", "MEMORY", "WHAT IT IS"), rows)
    for each in found:
        table, _, line = each.line.partition(" ")
        facts = {
            "on": f"needed by {' and '.join(each.needed_by)}" if each.needed_by else "",
            "needs": ", ".join(each.needs),
            "services": ", ".join(each.services),
            "pages": ", ".join(each.pages),
            "ports": ", ".join(f"{name} {port}" for name, port in each.ports.items()),
            "settings": "\n             ".join(f"{name}: {line}" for name, line in each.settings.items()),
            "switch on": f"devenv up --with {each.name}",
            "for all": f"{line} below {table} in devenv.toml",
        }
        console.say(f"\n{escape(each.name)}")
        for title, text in facts.items():
            if text:
                console.say(f"  {title.ljust(9)}  {escape(text)}")


def trust_document(overlays: Sequence[str], review: Review | None, *, is_trusted: bool) -> dict[str, Any]:
    """Return the fields of `trust`."""
    permissions = review.permissions if review else ()
    return {
        "overlays": list(overlays),
        "needs_trust": bool(permissions),
        "trusted": is_trusted,
        "hash": review.hash if review and permissions else None,
        "powers": [
            {"text": permission.text, "place": permission.place, "refused": permission.is_refused}
            for permission in permissions
        ],
    }


def trust_text(
    console: SafeConsole,
    overlays: Sequence[str],
    review: Review | None,
    *,
    is_trusted: bool,
    is_shown: bool,
) -> None:
    """Print the permissions where they were only to be shown, and what follows from them."""
    if review is None:
        console.say("This project has no overlays, and no add-on is on.")
        return
    if not review.permissions:
        names = escape(", ".join(overlays)) or "the add-ons of this project"
        console.say(f"{names}: nothing in it needs trust.")
        return
    if is_shown:
        for permission in review.permissions:
            mark = "[bad]refused[/] " if permission.is_refused else ""
            console.say(f"{mark}{escape(permission.sentence)}")
        console.say()
    console.say(f"hash: {review.hash}")
    console.say(_verdict(review, is_trusted=is_trusted))


def _verdict(review: Review, *, is_trusted: bool) -> str:
    if review.refused:
        return "Nobody can trust them like this: what is refused has to go."
    if is_trusted:
        return "They are trusted as they are now; any change asks again."
    return f"They are not trusted: run `devenv trust`, or `devenv up --trust {review.hash}` in a pipeline."


def export_document(directory: Path, files: Sequence[ExportedFile]) -> dict[str, Any]:
    """Return the fields of `export`."""
    return {
        "directory": str(directory),
        "files": [{"path": each.path, "state": each.state.value, "diff": each.diff} for each in files],
    }


def export_text(console: SafeConsole, files: Sequence[ExportedFile]) -> None:
    """Print each file, and of those that were edited what differs."""
    for each in files:
        console.plain(f"{each.state.value.ljust(9)}  {each.path}")
    edited = [each for each in files if each.diff]
    for each in edited:
        console.say()
        console.plain(each.diff.rstrip("\n"))
    if edited:
        console.say("\nEdited files stay as they are. To have devenv's, with what `+` marks: `--force`.")


def init_document(result: InitResult) -> dict[str, Any]:
    """Return the fields of `init`."""
    return {"written": list(result.written), "kept": list(result.kept)}


def init_text(console: SafeConsole, result: InitResult) -> None:
    """Print each file, and what to do next."""
    for name in result.written:
        console.plain(f"wrote {name}")
    for name in result.kept:
        console.plain(f"kept  {name}")
    console.say("\nNext: edit the files, then run `devenv up`.")


def new_service_document(
    plan: ServicePlan, advice: OverlayAdvice, steps: list[NextStep], *, is_dry: bool, is_applied: bool
) -> dict[str, Any]:
    """Return the fields of `new-service`."""
    return {
        "name": plan.name.text,
        "language": plan.language.value,
        "folder": str(plan.folder),
        "files": sorted(map(str, plan.files)),
        "kept": [{"file": str(path), "lines": list(lines)} for path, lines in plan.kept.items()],
        "overlays": {
            "files": list(advice.overlays),
            "added": advice.are_added,
            "reason": advice.reason or None,
        },
        "dry_run": is_dry,
        "applied": is_applied,
        "next": [step.command for step in steps],
    }


def new_service_text(
    console: SafeConsole, plan: ServicePlan, advice: OverlayAdvice, steps: list[NextStep], *, is_dry: bool
) -> None:
    """Print what was written, or would be, and what to do next."""
    verb = "would write" if is_dry else "wrote"
    if is_dry:
        for path in sorted(plan.service_files):
            console.say(f"{verb} {escape(str(path))}")
    else:
        console.say(f"{verb} {escape(str(plan.folder))}/  ({len(plan.service_files)} files)")
    for path in plan.project_files:
        console.say(f"{verb} {escape(str(path))}")
    for path, lines in plan.kept.items():
        _print_kept(console, str(path), lines)
    _print_overlays(console, advice, is_dry=is_dry)
    if steps:
        _print_steps(console, steps)


def _print_kept(console: SafeConsole, path: str, lines: Sequence[str]) -> None:
    console.say(f"kept {escape(path)}, which the service uses as it is")
    if lines:
        console.say("  a new service has these lines there; add them if you like:")
    for line in lines:
        console.say(f"    [hint]{escape(line)}[/]")


def _print_overlays(console: SafeConsole, advice: OverlayAdvice, *, is_dry: bool) -> None:
    if advice.are_added:
        verb = "would add" if is_dry else "added"
        for overlay in advice.overlays:
            console.say(f"{verb} {escape(overlay)} to devenv.toml: it runs the worker in the stack")
        return
    lines = ", ".join(f'"{overlay}"' for overlay in advice.overlays)
    console.say(f"\nTo run it inside the stack, too, add to devenv.toml ({advice.reason}):\n")
    console.say("  [hint]" + escape("[compose]") + "[/]")
    console.say("  [hint]" + escape(f"overlays = [{lines}]") + "[/]")


def _print_steps(console: SafeConsole, steps: list[NextStep]) -> None:
    width = max(len(step.command) for step in steps)
    console.say("\nNext:")
    for step in steps:
        console.say(f"  [hint]{escape(step.command.ljust(width))}[/]  {step.purpose}")


def removed_service_document(removal: Removal, *, still_named: bool) -> dict[str, Any]:
    """Return the fields of `remove-service`."""
    return {
        "name": removal.name,
        "removed": [str(removal.folder), *map(str, removal.project_files)],
        "overlays": {"files": list(removal.overlays), "to_remove": still_named},
    }


def removed_service_text(console: SafeConsole, removal: Removal, *, still_named: bool) -> None:
    """Print what was removed, and what is left for its owner to do."""
    for path in (f"{removal.folder}/", *removal.project_files):
        console.say(f"removed {escape(str(path))}")
    if still_named:
        names = " and ".join(removal.overlays)
        console.say(f"\nTake {escape(names)} out of `overlays` in devenv.toml, which is yours.")
    delete = f"devenv namespace delete {removal.name}"
    console.say(f"\nA server keeps the namespace {escape(removal.name)} and its workflows: [hint]{delete}[/]")
