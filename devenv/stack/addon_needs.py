"""Add-ons that are on because others need them: `[needs]` of `addon.toml`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devenv.errors import AddonInvalidError
from devenv.files.toml_layers import shown_path
from devenv.project.addon_reading import needs_of
from devenv.project.addon_toml import DEFINITION

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    from devenv.project.settings import Settings


def with_needed(asked: Sequence[str], folders: Mapping[str, Path], shipped: Path) -> dict[str, Sequence[str]]:
    """Return the add-ons that are `asked` for and all that they need, each with what itself needs.

    What is needed comes first. `folders` are those of all add-ons, of devenv where they are in `shipped`.

    Raises:
        AddonInvalidError: One does not exist, or its `addon.toml` cannot be used.
    """
    found: dict[str, Sequence[str]] = {}

    def add(name: str, above: Collection[str]) -> None:
        needed = needs_of(folders[name], is_builtin=folders[name].parent == shipped)
        for other in needed:
            if other not in folders:
                raise AddonInvalidError(
                    f"the add-on {name} needs the add-on {other}, which there is not",
                    place=shown_path(folders[name] / DEFINITION),
                )
            if other not in found and other not in above:
                add(other, {*above, other})
        found[name] = needed

    for name in asked:
        if name not in found:
            add(name, {name})
    return found


def needed_alone(needs: Mapping[str, Sequence[str]], asked: Collection[str]) -> dict[str, Sequence[str]]:
    """Return those that nobody asked for, each with the add-ons that need it."""
    return {
        name: [other for other, needed in needs.items() if name in needed]
        for name in needs
        if name not in asked
    }


def check_not_off(name: str, others: Sequence[str], settings: Settings, switched: Mapping[str, bool]) -> None:
    """Return unless this command or devenv.toml switches off the add-on `name`, which `others` need.

    Raises:
        AddonInvalidError: With the way out.
    """
    needing = f"{' and '.join(others)} {'need' if len(others) > 1 else 'needs'} it"
    if switched.get(name) is False:
        off = " --without ".join((*others, name))
        raise AddonInvalidError(
            f"the add-on {name} cannot be switched off: {needing}",
            place=f"--without {name}",
            hint=f"switch off what needs it, too: `devenv up --without {off}`",
        )
    if settings.addons.get(name) is False:
        raise AddonInvalidError(
            f"the add-on {name} is switched off, and {needing}",
            place=settings.place_of("addons", name),
            hint=f"leave the line out, or switch off what needs it: {', '.join(others)}",
        )
