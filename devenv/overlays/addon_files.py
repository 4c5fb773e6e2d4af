"""The Compose files of an add-on: which services they have, and whether `addon.toml` fits them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from devenv.errors import AddonInvalidError
from devenv.files.toml_layers import shown_path
from devenv.overlays.reading import read_overlays
from devenv.project.addon_reading import read_addon
from devenv.project.addon_toml import COMPOSE_FILE, DEFINITION, image_variable
from devenv.project.services import port_variable

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from pathlib import Path

    from devenv.overlays.reading import OverlayFile
    from devenv.project.addon_toml import Addon
    from devenv.project.settings import Settings


def load_addon(
    name: str, directory: Path, settings: Settings, *, is_builtin: bool, on: Collection[str] = ()
) -> Addon:
    """Read an add-on, whose Compose files say which services it has with these `settings`.

    `on` are the add-ons that are on.

    Raises:
        AddonInvalidError: `addon.toml` cannot be used, or does not fit the Compose files.
        OverlayInvalidError: One of those is no Compose file, or one that an overlay could not be.
        SettingsInvalidError: devenv.toml gives it what it does not take.
    """
    addon = read_addon(name, directory, settings, is_builtin=is_builtin, on=on)
    files = dict(zip(every := (COMPOSE_FILE, *addon.definition.compose), _read(addon, every), strict=True))
    _check_names(addon, files.values())
    merged = [files[file] for file in addon.compose_files]
    services = _services(merged)
    definition = addon.definition.of(services, {name for file in merged for name in file.variables})
    return replace(addon, definition=definition, services=tuple(services))


def read_shipped(addon: Addon) -> tuple[OverlayFile, ...]:
    """Read the Compose files that are merged of an add-on of devenv.

    Raises:
        OverlayInvalidError: As `load_addon`.
    """
    return _read(addon, addon.compose_files)


def _read(addon: Addon, names: Sequence[str]) -> tuple[OverlayFile, ...]:
    """Read Compose files of the add-on, each by its path from what holds `compose`."""
    home = addon.directory.parents[2]
    paths = [addon.directory / name for name in names]
    return read_overlays(home, [path.relative_to(home) for path in paths], follows_links=addon.is_builtin)


def _services(files: Iterable[OverlayFile]) -> list[str]:
    return list(dict.fromkeys(name for file in files for name in file.document.data.get("services") or {}))


def _check_names(addon: Addon, files: Collection[OverlayFile]) -> None:
    """Check that the Compose files have every service, port and image of the definition."""
    definition, services = addon.definition, _services(files)
    named = {port.service: f"ports.{name}" for name, port in definition.ports.items()}
    named |= {service: f"ready.{service}" for service in definition.ready}
    named |= {service: f"like.{service}" for service in definition.like}
    wrong = [
        f'{key}: no Compose file has the service "{name}"'
        for name, key in named.items()
        if name not in services
    ]
    variables = {port_variable(name): f"ports.{name}" for name in definition.ports}
    variables |= {image_variable(name): f"images.{name}" for name in definition.images}
    used = {name for file in files for name in file.variables}
    wrong += [
        f"{key}: no Compose file uses ${{{name}}}" for name, key in variables.items() if name not in used
    ]
    if wrong:
        place = shown_path(addon.directory / DEFINITION)
        raise AddonInvalidError(wrong[0], place=place, details=wrong[1:])
