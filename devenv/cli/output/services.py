"""How a service that was added or removed looks to people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.markup import escape

if TYPE_CHECKING:
    from rich.console import Console

    from devenv.scaffold.create import OverlayAdvice
    from devenv.scaffold.guide import NextStep
    from devenv.scaffold.removal import Removal
    from devenv.scaffold.service import ServicePlan


def new_service_text(
    console: Console, plan: ServicePlan, advice: OverlayAdvice, steps: list[NextStep], *, is_dry: bool
) -> None:
    """Print what was written, or would be, and what to do next."""
    verb = "would write" if is_dry else "wrote"
    if is_dry:
        for path in sorted(plan.service_files):
            console.print(f"{verb} {escape(str(path))}", soft_wrap=True)
    else:
        console.print(
            f"{verb} {escape(str(plan.folder))}/  ({len(plan.service_files)} files)", soft_wrap=True
        )
    for path in plan.project_files:
        console.print(f"{verb} {escape(str(path))}", soft_wrap=True)
    _print_overlays(console, advice, is_dry=is_dry)
    if steps:
        _print_steps(console, steps)


def _print_overlays(console: Console, advice: OverlayAdvice, *, is_dry: bool) -> None:
    if advice.are_added:
        verb = "would add" if is_dry else "added"
        for overlay in advice.overlays:
            console.print(
                f"{verb} {escape(overlay)} to devenv.toml: it runs the worker in the stack", soft_wrap=True
            )
        return
    lines = ", ".join(f'"{overlay}"' for overlay in advice.overlays)
    console.print(
        f"\nTo run it inside the stack, too, add to devenv.toml ({advice.reason}):\n", soft_wrap=True
    )
    console.print("  [hint]" + escape("[compose]") + "[/]", soft_wrap=True)
    console.print("  [hint]" + escape(f"overlays = [{lines}]") + "[/]", soft_wrap=True)


def _print_steps(console: Console, steps: list[NextStep]) -> None:
    width = max(len(step.command) for step in steps)
    console.print("\nNext:")
    for step in steps:
        console.print(f"  [hint]{escape(step.command.ljust(width))}[/]  {step.purpose}", soft_wrap=True)


def removed_service_text(console: Console, removal: Removal, *, still_named: bool) -> None:
    """Print what was removed, and what is left for its owner to do."""
    for path in (f"{removal.folder}/", *removal.project_files):
        console.print(f"removed {escape(str(path))}", soft_wrap=True)
    if still_named:
        names = " and ".join(removal.overlays)
        console.print(
            f"\nTake {escape(names)} out of `overlays` in devenv.toml, which is yours.", soft_wrap=True
        )
    delete = f"devenv namespace delete {removal.name}"
    console.print(
        f"\nA server keeps the namespace {escape(removal.name)} and its workflows: [hint]{delete}[/]",
        soft_wrap=True,
    )
