"""What `init`, `new-service` and `remove-service` answer: what was written, and what was removed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from devenv.cli.output.visible import escape

if TYPE_CHECKING:
    from collections.abc import Sequence

    from devenv.cli.output.terminal import SafeConsole
    from devenv.scaffold.create import OverlayAdvice
    from devenv.scaffold.guide import NextStep
    from devenv.scaffold.project import InitResult
    from devenv.scaffold.removal import Removal
    from devenv.scaffold.service import ServicePlan


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
