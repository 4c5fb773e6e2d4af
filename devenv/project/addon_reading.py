"""Finds the folders of add-ons, and reads one with what devenv.toml chooses for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from devenv.errors import AddonInvalidError, SettingsInvalidError
from devenv.files.sentences import did_you_mean
from devenv.files.strict import HIGHEST_PORT
from devenv.files.toml_layers import read_layer, shown_path
from devenv.project.addon_toml import (
    COMPOSE_FILE,
    DEFINITION,
    OPEN_API,
    OTHER_ADDON,
    PORTS_TABLE,
    SCHEMA_VERSION,
    Addon,
    AddonDefinition,
)
from devenv.project.builtin import is_builtin
from devenv.project.services import SERVICES
from devenv.project.settings_problems import settings_error

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    from devenv.files.toml_layers import Layer
    from devenv.project.settings import Settings


def find_addons(root: Path, shipped: Path) -> dict[str, Path]:
    """Return the folders of all add-ons by name; the project's own wins over one in `shipped`."""
    own = () if is_builtin(root / "compose", "compose") else (root / "compose" / "addons",)
    return {
        path.parent.name: path.parent
        for place in (shipped, *own)
        for path in sorted(place.glob(f"*/{DEFINITION}"))
    }


def needs_of(directory: Path, *, is_builtin: bool) -> tuple[str, ...]:
    """Return the names of the add-ons that the one in `directory` needs.

    Raises:
        AddonInvalidError: `addon.toml` cannot be used.
    """
    return _read_definition(directory, is_builtin=is_builtin).needs.addons


def read_addon(
    name: str, directory: Path, settings: Settings, *, is_builtin: bool, on: Collection[str] = ()
) -> Addon:
    """Read the definition of an add-on, and what `settings` choose for it; `on` are the add-ons that are on.

    Raises:
        AddonInvalidError: `addon.toml` cannot be used.
        SettingsInvalidError: devenv.toml gives it what it does not take.
    """
    definition = _read_definition(directory, is_builtin=is_builtin)
    code = directory / f"{name.replace('-', '_')}.py"
    if code.exists() and not is_builtin:
        raise AddonInvalidError(
            "an add-on of a project has no code that devenv runs",
            place=shown_path(code),
            hint="give the file another name if it is for a container",
        )
    chosen = settings.addons.get(name, True)
    table: dict[str, Any] = dict(chosen) if isinstance(chosen, dict) else {}
    ports = _chosen_ports(name, table.pop(PORTS_TABLE, {}), definition, settings)
    _check_options(name, table, definition, settings)
    values = {option: setting.default for option, setting in definition.settings.items()} | table
    components = settings.stack_versions
    there = {service.name for service in SERVICES if service.image.version in components}
    there |= {option for option, value in values.items() if value is True}
    there |= {f"{OTHER_ADDON}{other}" for other in on}
    there |= {OPEN_API} if settings.http_api == "open" else set()
    files = (COMPOSE_FILE, *(file for file, needed in definition.compose.items() if needed in there))
    places = {option: settings.place_of("addons", name, option) or "" for option in table}
    return Addon(name, directory, definition, is_builtin, ports, values, files, places=places)


def _read_definition(directory: Path, *, is_builtin: bool) -> AddonDefinition:
    path = directory / DEFINITION
    try:
        layer = read_layer(path, inside=None if is_builtin else directory.parents[2])
    except SettingsInvalidError as error:
        raise AddonInvalidError(error.message, details=error.details) from error
    _check_schema_version(layer)
    try:
        definition = AddonDefinition.model_validate(layer.table)
    except ValidationError as error:
        invalid = settings_error(error, [layer], AddonDefinition)
        raise AddonInvalidError(invalid.message, details=invalid.details) from error
    for name in (COMPOSE_FILE, *definition.compose):
        if not (directory / name).is_file():
            raise AddonInvalidError(f"there is no {name} beside it", place=layer.source)
    return definition


def _check_schema_version(layer: Layer) -> None:
    version = layer.table.get("schema_version", SCHEMA_VERSION)
    if isinstance(version, int) and version > SCHEMA_VERSION:
        raise AddonInvalidError(
            f"was written for a newer devenv: it has schema_version {version}, this devenv reads "
            f"{SCHEMA_VERSION}",
            place=f"{layer.source}:{layer.line(('schema_version',))}",
            hint="upgrade devenv: `pip install --upgrade temporal-devenv`",
        )


def _chosen_ports(
    name: str, table: object, definition: AddonDefinition, settings: Settings
) -> dict[str, int]:
    path = ("addons", name, PORTS_TABLE)
    if not isinstance(table, dict):
        raise _wrong(settings, path, "must be a table")
    for port, number in table.items():
        if port not in definition.ports:
            raise _unknown(settings, (*path, port), definition.ports)
        if type(number) is not int or not 1 <= number <= HIGHEST_PORT:
            raise _wrong(settings, (*path, port), f"must be a port number from 1 to {HIGHEST_PORT}")
    return table


def _check_options(
    name: str, table: Mapping[str, Any], definition: AddonDefinition, settings: Settings
) -> None:
    for option, value in table.items():
        path = ("addons", name, option)
        setting = definition.settings.get(option)
        if setting is None:
            raise _unknown(settings, path, [*definition.settings, PORTS_TABLE])
        if not setting.accepts(value):
            raise _wrong(settings, path, f"must be a {setting.wanted}")


def _wrong(settings: Settings, path: tuple[str, ...], reason: str) -> SettingsInvalidError:
    return SettingsInvalidError(f'"{".".join(path)}" {reason}', place=settings.place_of(*path))


def _unknown(settings: Settings, path: tuple[str, ...], known: Sequence[str] | Mapping[str, Any]) -> Any:
    suggestion = did_you_mean(path[-1], known)
    return SettingsInvalidError(
        f'unknown setting "{".".join(path)}"{suggestion}',
        place=settings.place_of(*path),
        hint=f"the add-on {path[1]} takes {', '.join(known) or 'no settings'}; see `devenv addons`",
    )
