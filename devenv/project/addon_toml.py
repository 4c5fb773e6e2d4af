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

from pydantic import Field, ValidationInfo, field_validator, model_validator

from devenv.errors import AddonInvalidError
from devenv.files.atomic import explained
from devenv.files.strict import LAX, PortNumber, StrictModel
from devenv.files.toml_layers import shown_path
from devenv.project.services import IMAGES, PORTS, SERVICES, STACK_SERVICES, port_variable, variable

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path
    from typing import Self


SCHEMA_VERSION = 1
DEFINITION, COMPOSE_FILE = "addon.toml", "compose.yaml"
HEALTHY = "healthy"
# A table of this name among the settings of an add-on says where its ports are.
PORTS_TABLE = "ports"
# A Compose file for another add-on that is on.
OTHER_ADDON = "addons."
# A Compose file for a stack whose server publishes its own HTTP API.
OPEN_API = "http_api.open"
# Of the stack itself.
DATABASE_SECRET = "postgres-password"  # noqa: S105  the name of one
_NAME = r"^[a-z][a-z0-9-]*$"
_SETTING_NAME = r"^[a-z][a-z0-9_-]*$"
_VARIABLE = r"^[A-Z][A-Z0-9_]*$"

_RESERVED = {
    "ports": {*(port.name for port in PORTS), "bind"},
    "pages": {port.name for port in PORTS if port.page},
    "images": {image.name for image in IMAGES},
    # `[compose]` names services of the stack and settings alike.
    "settings": {PORTS_TABLE, *STACK_SERVICES},
    "secrets": {DATABASE_SECRET},
}

Name = Annotated[str, Field(pattern=_NAME)]
SettingName = Annotated[str, Field(pattern=_SETTING_NAME)]
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

    `files` are what the Dockerfile copies; its target has the image's name. It is built on the stack's image
    of the service `on`, whichever that is, or on the base of all stand-ins.
    """

    official: str = ""
    dockerfile: str = ""
    on: str = ""
    files: Annotated[tuple[str, ...], LAX] = ()

    @property
    def version(self) -> str:
        """The tag of the official image, which a stand-in is built of, too."""
        return self.official.rpartition("/")[2].partition(":")[2]

    @model_validator(mode="after")
    def _is_somewhere(self) -> Self:
        if not self.official and not self.dockerfile:
            raise ValueError("must name an official image, a dockerfile, or both")
        if self.on and self.on not in {image.name for image in IMAGES}:
            raise ValueError(f'is built on "{self.on}": no image of the stack')
        if self.on and self.official:
            raise ValueError("has an official image, which is built on nothing of the stack")
        return self


class AddonNeeds(StrictModel):
    """What must be there: traits of the engine, and other add-ons that are on."""

    engine: Annotated[tuple[str, ...], LAX] = ()
    addons: Annotated[tuple[str, ...], LAX] = ()


class AddonSetting(StrictModel):
    """A setting of the add-on, which its Compose file sees as the variable ADDON_SETTING.

    A number can have a `range`, whose ends belong to it. `memory` is what a switch adds while it is on,
    beside that of the add-on.
    """

    type: Literal["text", "number", "switch"]
    default: SettingValue
    range: Annotated[tuple[int, int] | None, LAX] = None
    line: str = ""
    memory: str = ""

    @model_validator(mode="after")
    def _fits_its_type(self) -> Self:
        if self.range is not None and self.type != "number":
            raise ValueError(f"has a range, and is a {self.type}")
        if not self.accepts(self.default):
            raise ValueError(f"has a default that is no {self.wanted}")
        if self.memory and self.type != "switch":
            raise ValueError("has memory, which only a switch adds")
        return self

    @property
    def wanted(self) -> str:
        """What a value must be, in words."""
        return self.type if self.range is None else f"{self.type} from {self.range[0]} to {self.range[1]}"

    def accepts(self, value: object) -> bool:
        """Whether `value` is of the setting's type, and in its range."""
        if type(value) is not {"text": str, "number": int, "switch": bool}[self.type]:
            return False
        return self.range is None or (isinstance(value, int) and self.range[0] <= value <= self.range[1])


class AddonDefinition(StrictModel):
    """Everything that `addon.toml` can say.

    `off` is what changes when it is switched off, `data` what its volumes have that `down --volumes` deletes,
    both in words and told before it happens.
    `compose` are more Compose files, each with what it is merged for: a switch that is on, a service of the
    stack that not every stack has, as `addons.NAME` another add-on that is on, or `http_api.open`. `like` are
    services of the add-on, each with the service of the stack that it is launched like. `secrets` are random
    texts that the stack has for itself, by name, each with a line.
    """

    schema_version: int = SCHEMA_VERSION
    title: str
    memory: str = ""
    off: str = ""
    data: str = ""
    images: dict[Name, AddonImage] = Field(default_factory=dict)
    ports: dict[Name, AddonPort] = Field(default_factory=dict)
    pages: dict[Name, AddonPage] = Field(default_factory=dict)
    ready: dict[str, str] = Field(default_factory=dict)
    needs: AddonNeeds = Field(default_factory=AddonNeeds)
    settings: dict[SettingName, AddonSetting] = Field(default_factory=dict)
    secrets: dict[Name, str] = Field(default_factory=dict)
    compose: dict[str, str] = Field(default_factory=dict)
    like: dict[Name, str] = Field(default_factory=dict)
    remade: Annotated[tuple[Literal["postgres", "opensearch", "temporal", "ui"], ...], LAX] = ()
    """Services of the stack that are made anew, as its own are, when a file of the add-on changes."""
    environment: dict[Annotated[str, Field(pattern=_VARIABLE)], str] = Field(default_factory=dict)

    @field_validator("ports", "pages", "images", "settings", "secrets")
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
        known = {*(service.name for service in SERVICES), *settings, OPEN_API}
        for file, needed in files.items():
            if needed.startswith(OTHER_ADDON):
                continue
            if needed not in known or (needed in settings and settings[needed].type != "switch"):
                raise ValueError(f'merges {file} for "{needed}": no switch, and no service of the stack')
        return files

    @field_validator("like")
    @classmethod
    def _is_like_a_service_of_the_stack(cls, like: dict[str, str]) -> dict[str, str]:
        for name, model in like.items():
            if model not in STACK_SERVICES:
                raise ValueError(f'has {name} like "{model}": no service of the stack')
        return like

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
                "like": {service: model for service, model in self.like.items() if service in services},
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
    these alone. `places` are where settings are written. `generated` are files for its containers that the
    code of the add-on made.
    """

    name: str
    directory: Path
    definition: AddonDefinition
    is_builtin: bool
    ports: Mapping[str, int] = field(default_factory=dict)
    settings: Mapping[str, SettingValue] = field(default_factory=dict)
    compose_files: tuple[str, ...] = (COMPOSE_FILE,)
    services: tuple[str, ...] = ()
    places: Mapping[str, str] = field(default_factory=dict)
    generated: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def added_services(self) -> tuple[str, ...]:
        """The services that are the add-on's own; the others are the stack's, which it changes."""
        return tuple(name for name in self.services if name not in STACK_SERVICES)

    def variables(self) -> dict[str, str]:
        """Return what its settings are in the Compose file."""
        return {variable(f"{self.name}-{name}"): _as_text(value) for name, value in self.settings.items()}

    @property
    def secret_variables(self) -> tuple[str, ...]:
        """What its secrets are called in the Compose file."""
        return tuple(variable(name) for name in self.definition.secrets)

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
