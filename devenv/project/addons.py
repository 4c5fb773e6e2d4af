"""Add-ons: folders below `compose/addons/` that add services to the stack, read as data.

devenv ships some, and a project can have its own. Nothing here is read for an add-on that is off, unless
somebody asks what there is.
"""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003  pydantic needs the types of fields
from dataclasses import dataclass, field
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, ValidationError, ValidationInfo, field_validator, model_validator

from devenv.errors import AddonInvalidError, SettingsInvalidError
from devenv.files.sentences import did_you_mean
from devenv.files.strict import LAX, StrictModel
from devenv.files.toml_layers import read_layer, shown_path
from devenv.project.builtin import builtin_dir
from devenv.project.services import IMAGES, PORTS
from devenv.project.settings_problems import settings_error

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Self

    from devenv.files.toml_layers import Layer
    from devenv.project.settings import Settings

SCHEMA_VERSION = 1
DEFINITION, COMPOSE_FILE = "addon.toml", "compose.yaml"
HEALTHY = "healthy"
# A table of this name among the settings of an add-on says where its ports are.
PORTS_TABLE = "ports"
_HIGHEST_PORT = 65535
_NAME = r"^[a-z][a-z0-9-]*$"
_VARIABLE = r"^[A-Z][A-Z0-9_]*$"

_RESERVED = {
    "ports": {*(port.name for port in PORTS), "bind"},
    "images": {image.name for image in IMAGES},
    "settings": {PORTS_TABLE},
}

Name = Annotated[str, Field(pattern=_NAME)]
PortNumber = Annotated[int, Field(ge=1, le=_HIGHEST_PORT)]
SettingValue = str | int | bool


class AddonPort(StrictModel):
    """A port that a service of the add-on publishes; with a `page` it is a web page, at `path`."""

    service: str
    default: PortNumber
    page: str = ""
    path: Annotated[str, Field(pattern=r"^/")] = "/"


class AddonImage(StrictModel):
    """An image of the add-on: the official one, a stand-in that is built from a Dockerfile, or both.

    `files` are what the Dockerfile copies; its target has the image's name.
    """

    official: str = ""
    dockerfile: str = ""
    files: Annotated[tuple[str, ...], LAX] = ()

    @model_validator(mode="after")
    def _is_somewhere(self) -> Self:
        if not self.official and not self.dockerfile:
            raise ValueError("must name an official image, a dockerfile, or both")
        return self


class AddonNeeds(StrictModel):
    """What must be there: traits of the engine, and other add-ons that are on."""

    engine: Annotated[tuple[str, ...], LAX] = ()
    addons: Annotated[tuple[str, ...], LAX] = ()


class AddonSetting(StrictModel):
    """A setting of the add-on, which its Compose file sees as the variable ADDON_SETTING."""

    type: Literal["text", "number", "switch"]
    default: SettingValue
    line: str = ""

    @model_validator(mode="after")
    def _default_fits(self) -> Self:
        if not self.accepts(self.default):
            raise ValueError(f"has a default that is no {self.type}")
        return self

    def accepts(self, value: object) -> bool:
        """Whether `value` is of the setting's type."""
        return type(value) is {"text": str, "number": int, "switch": bool}[self.type]


class AddonDefinition(StrictModel):
    """Everything that `addon.toml` can say."""

    schema_version: int = SCHEMA_VERSION
    title: str
    memory: str = ""
    images: dict[Name, AddonImage] = Field(default_factory=dict)
    ports: dict[Name, AddonPort] = Field(default_factory=dict)
    ready: dict[str, str] = Field(default_factory=dict)
    needs: AddonNeeds = Field(default_factory=AddonNeeds)
    settings: dict[Name, AddonSetting] = Field(default_factory=dict)
    environment: dict[Annotated[str, Field(pattern=_VARIABLE)], str] = Field(default_factory=dict)

    @field_validator("ports", "images", "settings")
    @classmethod
    def _are_no_names_of_the_stack(cls, names: dict[str, Any], info: ValidationInfo) -> dict[str, Any]:
        taken = sorted(_RESERVED[info.field_name or ""] & set(names))
        if taken:
            raise ValueError(f"cannot have one called {taken[0]}: that name is the stack's")
        return names

    @field_validator("ready")
    @classmethod
    def _is_a_path_of_a_port(cls, ready: dict[str, str], info: ValidationInfo) -> dict[str, str]:
        with_ports = {port.service for port in info.data.get("ports", {}).values()}
        for service, probe in ready.items():
            if probe != HEALTHY and not probe.startswith("/"):
                raise ValueError(f'says of {service} neither "{HEALTHY}" nor a path that begins with /')
            if probe != HEALTHY and service not in with_ports:
                raise ValueError(f"has a path for {service}, which publishes no port")
        return ready


@dataclass(frozen=True)
class Addon:
    """An add-on, and what the project chose for it: `ports` that are never moved, and `options`."""

    name: str
    directory: Path
    definition: AddonDefinition
    is_builtin: bool
    ports: Mapping[str, int] = field(default_factory=dict)
    options: Mapping[str, SettingValue] = field(default_factory=dict)

    @property
    def compose_file(self) -> Path:
        """The Compose file, relative to the folder that holds `compose` or `addons`."""
        return self.directory / COMPOSE_FILE

    def variables(self) -> dict[str, str]:
        """Return what its settings are in the Compose file."""
        chosen = {name: setting.default for name, setting in self.definition.settings.items()}
        return {
            variable(f"{self.name}-{name}"): _as_text(value)
            for name, value in (chosen | dict(self.options)).items()
        }

    def files(self) -> list[Path]:
        """Return what is mounted: everything in the folder but its two descriptions, links left out."""
        return sorted(
            path
            for path in self.directory.rglob("*")
            if path.is_file()
            and not path.is_symlink()
            and path.relative_to(self.directory) not in {Path(DEFINITION), Path(COMPOSE_FILE)}
        )

    def environment(self, variables: Mapping[str, str]) -> dict[str, str]:
        """Return what `devenv env` adds; `variables` can be used in it.

        Raises:
            AddonInvalidError: It uses another one.
        """
        try:
            return {
                name: Template(text).substitute(variables)
                for name, text in self.definition.environment.items()
            }
        except (KeyError, ValueError) as error:
            known = ", ".join(sorted(variables))
            raise AddonInvalidError(
                f"environment uses {error}, which is no variable of the add-on (those are {known})",
                place=shown_path(self.directory / DEFINITION),
            ) from None


def variable(name: str) -> str:
    """Return the variable for a name in an add-on: `read-only` is READ_ONLY."""
    return name.upper().replace("-", "_")


def _as_text(value: SettingValue) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def find_addons(root: Path) -> dict[str, Path]:
    """Return the folders of all add-ons by name; the project's own wins over one that devenv ships."""
    places = (builtin_dir("compose") / "addons", root / "compose" / "addons")
    return {
        path.parent.name: path.parent for place in places for path in sorted(place.glob(f"*/{DEFINITION}"))
    }


def read_addon(name: str, directory: Path, settings: Settings) -> Addon:
    """Read the definition of an add-on, and what `settings` choose for it.

    Raises:
        AddonInvalidError: `addon.toml` cannot be used.
        SettingsInvalidError: devenv.toml gives it what it does not take.
    """
    is_builtin = directory.parent.resolve() == (builtin_dir("compose") / "addons").resolve()
    definition = _read_definition(directory, is_builtin=is_builtin)
    chosen = settings.addons.get(name, True)
    table: dict[str, Any] = dict(chosen) if isinstance(chosen, dict) else {}
    ports = _chosen_ports(name, table.pop(PORTS_TABLE, {}), definition, settings)
    _check_options(name, table, definition, settings)
    return Addon(name, directory, definition, is_builtin, ports, table)


def _read_definition(directory: Path, *, is_builtin: bool) -> AddonDefinition:
    path = directory / DEFINITION
    try:
        layer = read_layer(path, inside=None if is_builtin else directory.parents[2])
    except SettingsInvalidError as error:
        raise AddonInvalidError(error.message, details=error.details) from error
    _check_schema_version(layer)
    if not (directory / COMPOSE_FILE).is_file():
        raise AddonInvalidError(f"there is no {COMPOSE_FILE} beside it", place=layer.source)
    try:
        return AddonDefinition.model_validate(layer.table)
    except ValidationError as error:
        invalid = settings_error(error, [layer], AddonDefinition)
        raise AddonInvalidError(invalid.message, details=invalid.details) from error


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
        if type(number) is not int or not 1 <= number <= _HIGHEST_PORT:
            raise _wrong(settings, (*path, port), f"must be a port number from 1 to {_HIGHEST_PORT}")
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
            raise _wrong(settings, path, f"must be a {setting.type}")


def _wrong(settings: Settings, path: tuple[str, ...], reason: str) -> SettingsInvalidError:
    return SettingsInvalidError(f'"{".".join(path)}" {reason}', place=settings.place_of(path))


def _unknown(settings: Settings, path: tuple[str, ...], known: Sequence[str] | Mapping[str, Any]) -> Any:
    suggestion = did_you_mean(path[-1], known)
    return SettingsInvalidError(
        f'unknown setting "{".".join(path)}"{suggestion}',
        place=settings.place_of(path),
        hint=f"the add-on {path[1]} takes {', '.join(known) or 'no settings'}; see `devenv addons`",
    )
