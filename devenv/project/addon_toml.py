"""`addon.toml`: what an add-on, a folder below `compose/addons/`, says of itself and takes as settings.

devenv ships some, and a project can have its own. Nothing here is read for an add-on that is off, unless
somebody asks what there is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping  # noqa: TC003  pydantic needs the types of fields
from dataclasses import dataclass, field
from string import Template
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, ValidationError, ValidationInfo, field_validator, model_validator

from devenv.errors import AddonInvalidError, SettingsInvalidError
from devenv.files.atomic import explained
from devenv.files.sentences import did_you_mean
from devenv.files.strict import HIGHEST_PORT, LAX, PortNumber, StrictModel
from devenv.files.toml_layers import read_layer, shown_path
from devenv.project.builtin import is_builtin
from devenv.project.services import IMAGES, PORTS, SERVICES, STACK_SERVICES, port_variable, variable
from devenv.project.settings_problems import settings_error

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path
    from typing import Self

    from devenv.files.toml_layers import Layer
    from devenv.project.settings import Settings

SCHEMA_VERSION = 1
DEFINITION, COMPOSE_FILE = "addon.toml", "compose.yaml"
HEALTHY = "healthy"
# A table of this name among the settings of an add-on says where its ports are.
PORTS_TABLE = "ports"
_NAME = r"^[a-z][a-z0-9-]*$"
_VARIABLE = r"^[A-Z][A-Z0-9_]*$"

_RESERVED = {
    "ports": {*(port.name for port in PORTS), "bind"},
    "pages": {port.name for port in PORTS if port.page},
    "images": {image.name for image in IMAGES},
    # `[compose]` names services of the stack and settings alike.
    "settings": {PORTS_TABLE, *STACK_SERVICES},
}

Name = Annotated[str, Field(pattern=_NAME)]
SettingValue = str | int | bool


class AddonPort(StrictModel):
    """A port that a service of the add-on publishes; with a `page` it is a web page, at `path`."""

    service: str
    default: PortNumber
    page: str = ""
    path: Annotated[str, Field(pattern=r"^/")] = "/"


class AddonPage(StrictModel):
    """A further web page on one of the ports."""

    port: str
    title: str
    path: Annotated[str, Field(pattern=r"^/")] = "/"


class AddonImage(StrictModel):
    """An image of the add-on: the official one, a stand-in that is built from a Dockerfile, or both.

    `files` are what the Dockerfile copies; its target has the image's name.
    """

    official: str = ""
    dockerfile: str = ""
    files: Annotated[tuple[str, ...], LAX] = ()

    @property
    def version(self) -> str:
        """The tag of the official image, which a stand-in is built of, too."""
        return self.official.rpartition("/")[2].partition(":")[2]

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
    """A setting of the add-on, which its Compose file sees as the variable ADDON_SETTING.

    `memory` is what a switch adds while it is on, beside that of the add-on.
    """

    type: Literal["text", "number", "switch"]
    default: SettingValue
    line: str = ""
    memory: str = ""

    @model_validator(mode="after")
    def _fits_its_type(self) -> Self:
        if not self.accepts(self.default):
            raise ValueError(f"has a default that is no {self.type}")
        if self.memory and self.type != "switch":
            raise ValueError("has memory, which only a switch adds")
        return self

    def accepts(self, value: object) -> bool:
        """Whether `value` is of the setting's type."""
        return type(value) is {"text": str, "number": int, "switch": bool}[self.type]


class AddonDefinition(StrictModel):
    """Everything that `addon.toml` can say.

    `compose` are more Compose files, each with what it is merged for: a switch that is on, or a service of
    the stack that not every stack has.
    """

    schema_version: int = SCHEMA_VERSION
    title: str
    memory: str = ""
    images: dict[Name, AddonImage] = Field(default_factory=dict)
    ports: dict[Name, AddonPort] = Field(default_factory=dict)
    pages: dict[Name, AddonPage] = Field(default_factory=dict)
    ready: dict[str, str] = Field(default_factory=dict)
    needs: AddonNeeds = Field(default_factory=AddonNeeds)
    settings: dict[Name, AddonSetting] = Field(default_factory=dict)
    compose: dict[str, str] = Field(default_factory=dict)
    environment: dict[Annotated[str, Field(pattern=_VARIABLE)], str] = Field(default_factory=dict)

    @field_validator("ports", "pages", "images", "settings")
    @classmethod
    def _are_no_names_of_the_stack(cls, names: dict[str, Any], info: ValidationInfo) -> dict[str, Any]:
        taken = sorted(_RESERVED[info.field_name or ""] & set(names))
        if taken:
            raise ValueError(f"cannot have one called {taken[0]}: that name is the stack's")
        return names

    @field_validator("pages")
    @classmethod
    def _are_on_a_port(cls, pages: dict[str, AddonPage], info: ValidationInfo) -> dict[str, AddonPage]:
        ports: Mapping[str, AddonPort] = info.data.get("ports", {})
        for name, page in pages.items():
            if page.port not in ports:
                raise ValueError(f'has the page {name} on the port "{page.port}", which there is not')
            if name in ports:
                raise ValueError(f"has the page {name}, and a port of that name, which is a page by itself")
        return pages

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

    @field_validator("compose")
    @classmethod
    def _is_there_for_something(cls, files: dict[str, str], info: ValidationInfo) -> dict[str, str]:
        settings: Mapping[str, AddonSetting] = info.data.get("settings", {})
        known = {*(service.name for service in SERVICES), *settings}
        for file, needed in files.items():
            if needed not in known or (needed in settings and settings[needed].type != "switch"):
                raise ValueError(f'merges {file} for "{needed}": no switch, and no service of the stack')
        return files

    def of(self, services: Collection[str], variables: Collection[str]) -> AddonDefinition:
        """Return what it says of these `services`, and the images that `variables` name."""
        ports = {name: port for name, port in self.ports.items() if port.service in services}
        unused = {port_variable(name) for name in self.ports if name not in ports}
        return self.model_copy(
            update={
                "ports": ports,
                "pages": {name: page for name, page in self.pages.items() if page.port in ports},
                "images": {
                    name: each for name, each in self.images.items() if image_variable(name) in variables
                },
                "ready": {service: probe for service, probe in self.ready.items() if service in services},
                "environment": {
                    name: text
                    for name, text in self.environment.items()
                    if unused.isdisjoint(Template(text).get_identifiers())
                },
            }
        )


@dataclass(frozen=True)
class Addon:
    """An add-on, and what the project chose for it: `ports` that are never moved, and `settings`.

    `compose_files` are the names of those that are merged, `services` what they name; `definition` is about
    these alone. `generated` are files for its containers that the code of the add-on made.
    """

    name: str
    directory: Path
    definition: AddonDefinition
    is_builtin: bool
    ports: Mapping[str, int] = field(default_factory=dict)
    settings: Mapping[str, SettingValue] = field(default_factory=dict)
    compose_files: tuple[str, ...] = (COMPOSE_FILE,)
    services: tuple[str, ...] = ()
    generated: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def added_services(self) -> tuple[str, ...]:
        """The services that are the add-on's own; the others are the stack's, which it changes."""
        return tuple(name for name in self.services if name not in STACK_SERVICES)

    def variables(self) -> dict[str, str]:
        """Return what its settings are in the Compose file."""
        return {variable(f"{self.name}-{name}"): _as_text(value) for name, value in self.settings.items()}

    def mounted(self) -> dict[str, bytes]:
        """Return what containers see, by path: what is in the folder beside its descriptions, or generated.

        Links of a project are left out; an installer may have made links of the files that devenv ships.
        """
        descriptions = {DEFINITION, COMPOSE_FILE, *self.definition.compose}
        paths = {path.relative_to(self.directory).as_posix(): path for path in self.directory.rglob("*")}
        with explained("read", self.directory):
            found = {
                name: path.read_bytes()
                for name, path in sorted(paths.items())
                if path.is_file() and name not in descriptions and (self.is_builtin or not path.is_symlink())
            }
        return {**found, **self.generated}

    def digest(self) -> str:
        """Return a hash of what containers see."""
        content = hashlib.sha256()
        for name, data in self.mounted().items():
            content.update(f"{name}\0{len(data)}\0".encode() + data)
        return content.hexdigest()

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


def image_variable(name: str) -> str:
    """Return the variable that has the reference of an image."""
    return f"{variable(name)}_IMAGE"


def _as_text(value: SettingValue) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def find_addons(root: Path, shipped: Path) -> dict[str, Path]:
    """Return the folders of all add-ons by name; the project's own wins over one in `shipped`."""
    own = () if is_builtin(root / "compose", "compose") else (root / "compose" / "addons",)
    return {
        path.parent.name: path.parent
        for place in (shipped, *own)
        for path in sorted(place.glob(f"*/{DEFINITION}"))
    }


def read_addon(name: str, directory: Path, settings: Settings, *, is_builtin: bool) -> Addon:
    """Read the definition of an add-on, and what `settings` choose for it.

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
    files = (COMPOSE_FILE, *(file for file, needed in definition.compose.items() if needed in there))
    return Addon(name, directory, definition, is_builtin, ports, values, files)


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
            raise _wrong(settings, path, f"must be a {setting.type}")


def _wrong(settings: Settings, path: tuple[str, ...], reason: str) -> SettingsInvalidError:
    return SettingsInvalidError(f'"{".".join(path)}" {reason}', place=settings.place_of(*path))


def _unknown(settings: Settings, path: tuple[str, ...], known: Sequence[str] | Mapping[str, Any]) -> Any:
    suggestion = did_you_mean(path[-1], known)
    return SettingsInvalidError(
        f'unknown setting "{".".join(path)}"{suggestion}',
        place=settings.place_of(*path),
        hint=f"the add-on {path[1]} takes {', '.join(known) or 'no settings'}; see `devenv addons`",
    )
