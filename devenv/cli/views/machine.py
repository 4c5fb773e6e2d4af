"""What `doctor`, `images` and `version` answer: what there is for a stack."""

from __future__ import annotations

import platform
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from devenv import __version__
from devenv.cli.output.visible import escape
from devenv.engines.packages import traits_of
from devenv.project.versions import shipped_components
from devenv.registry import ENGINES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from devenv.cli.output.terminal import SafeConsole
    from devenv.doctor.checks import CheckResult
    from devenv.images.build import BuildResult
    from devenv.images.choice import Candidates

_MARKS = {"ok": "[good]✓[/]", "warn": "[warn]![/]", "fail": "[bad]✗[/]", "skip": "[faint]-[/]"}


def checks_document(results: Sequence[CheckResult], usable: Sequence[str]) -> dict[str, Any]:
    """Return the fields of `doctor`."""
    return {"checks": [asdict(result) for result in results], "usable": list(usable)}


def checks_text(
    console: SafeConsole, results: Sequence[CheckResult], usable: Sequence[str], bound_to: str | None
) -> None:
    """Print a line for each check, what to do about those that did not go well, and what a stack can run on.

    `bound_to` is the only engine that will do.
    """
    for result in results:
        console.say(f"{_MARKS[result.status]} {result.name:<16} {escape(result.detail)}")
        if result.hint and result.status in {"warn", "fail"}:
            console.say(f"  [hint]hint:[/] {escape(result.hint)}")
    console.say()
    if bound_to is not None and bound_to not in usable:
        console.say(f"[bad]not usable:[/] the engine {bound_to}, which this project's stack is for")
    elif len(usable) == len(ENGINES):
        console.say(f"[good]usable:[/] the engines {' and '.join(usable)}")
    elif usable:
        lacks = traits_of(usable[0]).lacks
        without = f"; it lacks {lacks}" if lacks else ""
        console.say(f"[warn]usable:[/] only the engine {usable[0]}{without}")
    else:
        console.say("[bad]not usable:[/] no engine can run a stack here")


def images_document(found: Candidates) -> dict[str, Any]:
    """Return the fields of `images list`."""
    return {
        "images": [
            {
                "service": image.service,
                "ref": image.ref,
                "kind": image.kind,
                "present": image.ref in found.present,
            }
            for image in dict.fromkeys([*found.official.images, *found.stand_ins.images])
        ]
    }


def images_text(console: SafeConsole, found: Candidates) -> None:
    """Print a row for each image."""
    rows = [
        (each["service"], each["kind"], "yes" if each["present"] else "no", each["ref"])
        for each in images_document(found)["images"]
    ]
    console.table(("SERVICE", "KIND", "LOCAL", "IMAGE"), rows, fits=False)


def built_document(result: BuildResult) -> dict[str, Any]:
    """Return the fields of `images build`."""
    return {"built": list(result.built), "already_there": list(result.already_there)}


def built_text(console: SafeConsole, result: BuildResult) -> None:
    """Print how many images were built."""
    console.say(f"{len(result.built)} built, {len(result.already_there)} were there already")


def version_document() -> dict[str, Any]:
    """Return the fields of `version`."""
    components = {name: component.default for name, component in shipped_components().items()}
    return {"version": __version__, "python": platform.python_version(), "components": components}


def version_text(console: SafeConsole) -> None:
    """Print a line for each version."""
    fields = version_document()
    console.say(f"devenv {fields['version']} (Python {fields['python']})")
    for name, number in fields["components"].items():
        console.say(f"  {name:<12} {number}")
