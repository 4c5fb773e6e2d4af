"""What `addons` answers: every add-on that there is, on or off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from devenv.cli.output.visible import escape

if TYPE_CHECKING:
    from collections.abc import Sequence

    from devenv.cli.output.terminal import SafeConsole
    from devenv.stack.addons import ListedAddon


def addons_document(found: Sequence[ListedAddon]) -> dict[str, Any]:
    """Return the fields of `addons`."""
    return {"addons": [_document(each) for each in found]}


def _document(addon: ListedAddon) -> dict[str, Any]:
    return {
        "name": addon.name,
        "title": addon.title,
        "on": addon.is_on,
        "source": "devenv" if addon.is_builtin else "project",
        "services": list(addon.services),
        "pages": list(addon.pages),
        "ports": dict(addon.ports),
        "memory": addon.memory,
        "settings": dict(addon.settings),
        "line": addon.line,
    }


def addons_text(console: SafeConsole, found: Sequence[ListedAddon]) -> None:
    """Print a row for each add-on, and below what it is and the line that switches it on."""
    if not found:
        console.say("No add-ons. A project has its own below compose/addons/; see docs/addons.md.")
        return
    rows = [
        (
            each.name,
            "yes" if each.is_on else "no",
            ", ".join(each.services),
            ", ".join(each.pages) or "-",
            ", ".join(f"{name} {port}" for name, port in each.ports.items()) or "-",
            each.memory or "-",
            f"devenv up --with {each.name}",
        )
        for each in found
    ]
    console.table(("ADD-ON", "ON", "SERVICES", "PAGES", "PORTS", "MEMORY", "SWITCH ON"), rows, fits=False)
    for each in found:
        console.say(f"\n{escape(each.name)}: {escape(each.title)}")
        console.say(f"  for everybody, in devenv.toml: {escape(each.line)}")
        for name, line in each.settings.items():
            console.say(f"  setting {escape(name)}: {escape(line)}")
