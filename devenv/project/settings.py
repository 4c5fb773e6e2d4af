"""The settings of a project: `devenv.toml`, overlaid by `devenv.local.toml`."""

from __future__ import annotations

import os
import re
from datetime import timedelta
from functools import partial
from ipaddress import IPv4Address
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, cast, get_args
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PrivateAttr,
    ValidationError,
    ValidationInfo,
    WithJsonSchema,
    create_model,
    model_validator,
)

from devenv.errors import SettingsInvalidError
from devenv.files.durations import format_duration, parse_duration
from devenv.files.strict import HIGHEST_PORT, LAX, PortNumber, StrictModel
from devenv.files.text import leads_out
from devenv.files.toml_layers import Layer, merge, read_layer, shown_path
from devenv.project.locate import settings_files
from devenv.project.names import check_namespace_name
from devenv.project.service_settings import ServiceName, ServiceSettings
from devenv.project.services import IMAGES, LOOPBACK, PORTS, ComponentName, Ports
from devenv.project.settings_problems import WrongFieldError, settings_error, shown
from devenv.project.versions import VERSION_PATTERN, Component, shipped_components
from devenv.project.visibility import VISIBILITY_STORES, Visibility
from devenv.registry import AUTO, engine_settings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Self

    from devenv.project.locate import Project

_PUBLIC_PATH = re.compile(r"(/[A-Za-z0-9._~-]+)*", re.ASCII)
_DEFAULT_TIMEOUT = timedelta(minutes=2)


def _must_be(expected: str, value: object) -> ValueError:
    # The sentence begins with the name of the setting, which only `settings_problems` knows.
    return ValueError(f"must be {expected}, not {shown(value)}")


def _to_duration(value: object) -> timedelta:
    if isinstance(value, timedelta):
        return value
    if not isinstance(value, str):
        raise _must_be('a duration in quotes such as "2m"', value)
    try:
        duration = parse_duration(value)
    except ValueError as error:
        raise ValueError(f"is wrong: {error}") from error
    if duration <= timedelta(0):
        raise _must_be("longer than no time at all", value)
    return duration


def _check_port(value: object) -> object:
    # A boolean is an integer to Python.
    if type(value) is int and 1 <= value <= HIGHEST_PORT:
        return value
    raise _must_be(f"a port number from 1 to {HIGHEST_PORT}", value)


def _check_bind(value: str) -> str:
    try:
        return str(IPv4Address(value))
    except ValueError:
        raise _must_be('an IPv4 address of this machine such as "127.0.0.1" or "0.0.0.0"', value) from None


def _check_engine(value: object) -> object:
    if value in engine_settings():
        return value
    *others, last = (f'"{name}"' for name in engine_settings())
    raise _must_be(f"{', '.join(others)} or {last}", value)


def _check_public_path(value: str) -> str:
    # The server's own paths would hide pages of the UI, or it theirs.
    if _PUBLIC_PATH.fullmatch(value) and value.split("/")[1:2] not in (["api"], ["healthz"], ["_app"]):
        return value
    raise _must_be('a path such as "/temporal": it begins with / and does not end with it', value)


def _check_url(value: str) -> str:
    if not value:
        return value
    try:
        url = urlsplit(value)
        is_url = url.scheme in {"http", "https"} and bool(url.hostname) and (url.port or 1) > 0
    except ValueError:
        is_url = False
    if is_url and not any(character.isspace() or not character.isprintable() for character in value):
        return value
    raise _must_be('a URL such as "http://localhost:8081"', value)


def _check_namespace(value: str) -> str:
    try:
        return check_namespace_name(value)
    except ValueError as error:
        raise ValueError(f"cannot be {shown(value)}: {error}") from error


def _check_version(value: object, info: ValidationInfo) -> str:
    component = shipped_components()[cast("ComponentName", info.field_name)]
    # Never a float: 1.30 would become 1.3.
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise _must_be(f'a version in quotes such as "{component.default}"', value)
    if objection := component.objection(str(value)):
        raise ValueError(objection)
    return str(value)


Duration = Annotated[
    timedelta,
    BeforeValidator(_to_duration),
    WithJsonSchema({"type": "string", "examples": ["90s", "2m"]}),
]
EngineSetting = Annotated[str, BeforeValidator(_check_engine)]
Port = Annotated[PortNumber, BeforeValidator(_check_port)]
NamespaceName = Annotated[
    str, AfterValidator(_check_namespace), Field(json_schema_extra={"pattern": r"^[^\s/]+$"})
]
BindAddress = Annotated[str, AfterValidator(_check_bind), Field(json_schema_extra={"format": "ipv4"})]
PublicPath = Annotated[
    str,
    AfterValidator(_check_public_path),
    Field(json_schema_extra={"pattern": f"^{_PUBLIC_PATH.pattern}$"}),
]
Url = Annotated[str, AfterValidator(_check_url), Field(json_schema_extra={"pattern": r"^$|^https?://\S+$"})]
RelativePath = Annotated[Path, LAX]
Version = Annotated[str, BeforeValidator(_check_version)]


def _default_version(name: ComponentName) -> str:
    return shipped_components()[name].default


class Versions(StrictModel):
    """Which version of each part runs; without a word here, the ones devenv was made for."""


class PortSettings(StrictModel):
    """Where the stack is published on this machine: a port for each name, and the address."""

    bind: BindAddress = Field(
        LOOPBACK,
        description=(
            "IPv4 address of this machine to listen on; with any but 127.0.0.1, whoever reaches it can do "
            "everything: the server asks nobody for a password"
        ),
    )

    @model_validator(mode="after")
    def _differ(self) -> Self:
        seen: dict[int, str] = {}
        for name, port in self.to_ports().numbers.items():
            if port in seen:
                reason = f"must differ from each other: {seen[port]} and {name} are both {port}"
                raise WrongFieldError(reason, name if name in self.written else seen[port])
            seen[port] = name
        return self

    @property
    def written(self) -> frozenset[str]:
        """The names of the ports that were asked for."""
        return frozenset(self.model_fields_set) - {"bind"}

    def to_ports(self) -> Ports:
        """Return the ports that a stack gets if nobody is in the way."""
        return Ports.of(**self.model_dump())


# Fields for each row of the table of services; type checkers cannot follow what is made at runtime.
if not TYPE_CHECKING:
    Versions = create_model(
        "Versions",
        __base__=Versions,
        __doc__=Versions.__doc__,
        **{
            name: (Version, Field(default_factory=partial(_default_version, name)))
            for name in get_args(ComponentName)
            if name in {image.version for image in IMAGES}
        },
    )
    PortSettings = create_model(
        "PortSettings",
        __base__=PortSettings,
        __doc__=PortSettings.__doc__,
        **{port.name: (Port, Field(port.default, description=port.title)) for port in PORTS},
    )


class Ui(StrictModel):
    """How the Web UI is served."""

    codec_endpoint: Url = Field(
        "", description="URL of a codec server, which the Web UI asks to decode payloads"
    )
    public_path: PublicPath = Field(
        "", description="Path that the Web UI is served below, as behind a reverse proxy"
    )


class Paths(StrictModel):
    """Where the project keeps what it declares, relative to its root."""

    seeds: RelativePath = Field(Path("seeds"), description="Directory of the seed files")
    dynamicconfig: RelativePath = Field(
        Path("dynamicconfig"), description="Directory of the dynamic config files"
    )


class Compose(StrictModel):
    """What the project adds to the Compose file of the stack."""

    overlays: Annotated[tuple[RelativePath, ...], LAX] = Field(
        (), description="Compose files of the project, relative to its root, merged in this order"
    )


class Settings(StrictModel):
    """Everything that `devenv.toml` can say."""

    engine: EngineSetting = Field(AUTO, description="What runs the stack")
    namespace: NamespaceName = Field("default", description="What `devenv env` exports as TEMPORAL_NAMESPACE")
    timeout: Duration = Field(
        _DEFAULT_TIMEOUT,
        description="How long the stack may take to be ready, once its images are local",
        json_schema_extra={"default": format_duration(_DEFAULT_TIMEOUT)},
    )
    durability: Literal["safe", "fast"] = Field(
        "safe", description="`fast` turns fsync of Postgres off: a power cut may cost the data"
    )
    visibility: Visibility = Field(
        "opensearch",
        description=(
            "Where workflows are listed and searched: `postgres` runs no OpenSearch, and has room for 10 "
            "search attributes of type Keyword and 3 of each other type in a namespace"
        ),
    )
    profile: bool = Field(
        False,
        description=(
            "Whether `up` writes a profile of the stack's name into Temporal's own configuration file, for "
            "`temporal --profile` and SDKs; `down` removes it"
        ),
    )
    isolate: Literal["stack", "namespace"] = Field(
        "stack",
        description=(
            "What worktrees of a git repository have for themselves: `stack`, or `namespace`: they share the "
            "stack of the main worktree, and namespaces of the other ones get a suffix"
        ),
    )
    versions: Versions = Field(default_factory=Versions)
    ports: PortSettings = Field(default_factory=PortSettings)
    http_api: Literal["checked", "open"] = Field(
        "checked",
        description=(
            "`checked`: a write to the HTTP API has to have an Authorization header or a CSRF token, which "
            "web pages cannot send; `open`: the server's own HTTP API, Nexus too, for web pages as well"
        ),
    )
    ui: Ui = Field(default_factory=Ui)
    paths: Paths = Field(default_factory=Paths)
    compose: Compose = Field(default_factory=Compose)
    addons: dict[str, bool | dict[str, object]] = Field(
        default_factory=dict,
        description="Add-ons that are on: `NAME = true`, or a table of the add-on's settings",
    )
    services: dict[ServiceName, ServiceSettings] = Field(
        default_factory=dict, description="Workers of the project, which `devenv dev` runs: a table for each"
    )
    kubernetes: dict[str, object] = Field(
        default_factory=dict, description="The cluster that `devenv export kubernetes` writes files for"
    )

    _layers: tuple[Layer, ...] = PrivateAttr(default=())

    @property
    def layers(self) -> tuple[Layer, ...]:
        """What the settings were read from, the last of which wins."""
        return self._layers

    def place_of(self, *path: str) -> str | None:
        """Return where a setting gets its value, as file:line or option; None where nobody wrote it."""
        holding = next((layer for layer in reversed(self._layers) if layer.holds(path)), None)
        if holding is None:
            return None
        return f"option --{path[0]}" if holding.text is None else f"{holding.source}:{holding.line(path)}"

    @property
    def stack_versions(self) -> dict[str, str]:
        """The version of each component that the stack has on compose, by name."""
        unused = VISIBILITY_STORES[self.visibility].unused
        return {name: version for name, version in self.versions if name not in unused}

    @property
    def explicit_ports(self) -> frozenset[str]:
        """The names of the ports that were asked for, which are never moved."""
        return self.ports.written


def load_settings(project: Project, overrides: Mapping[str, object] = {}) -> Settings:
    """Read the settings of `project`: defaults, under its files, under `overrides`.

    `overrides` come from options, in the shape of `devenv.toml`.

    Raises:
        SettingsInvalidError: With the place and reason of everything that is wrong.
    """
    layers = [read_layer(path, inside=project.root) for path in settings_files(project)]
    layers.append(Layer("options", overrides))
    try:
        settings = Settings.model_validate(merge(layers))
    except ValidationError as error:
        raise settings_error(error, layers, Settings) from error
    _check_directories(settings.paths, project.root, layers)
    settings._layers = tuple(layers)  # noqa: SLF001  it belongs to this module
    return settings


def _check_directories(paths: Paths, root: Path, layers: Sequence[Layer]) -> None:
    for name, path in paths:
        if not leads_out(root / path, root):
            continue
        key = ("paths", name)
        if Path(os.path.normpath(root / path)).is_relative_to(root):
            raise SettingsInvalidError(
                "is a link that leads out of the project",
                place=shown_path(root / path),
                hint="keep what the project declares inside it: copy the files, or link to a place inside it",
            )
        places = [f"{layer.source}:{layer.line(key)}" for layer in layers if layer.holds(key)]
        raise SettingsInvalidError(
            f'"paths.{name}" leads out of the project: {shown(str(path))}',
            place=places[-1],
            hint="name a directory of the project; `devenv config lint PATH` looks at any file",
        )


def settings_schema() -> dict[str, Any]:
    """Return the JSON Schema of `devenv.toml`, with the versions this devenv knows."""
    schema = Settings.model_json_schema()
    schema["properties"]["engine"]["enum"] = list(engine_settings())
    versions = schema["$defs"]["Versions"]["properties"]
    for name, component in shipped_components().items():
        if name in versions:
            versions[name] = _version_schema(component)
    from devenv.project.kubernetes import Kubernetes  # noqa: PLC0415  30 ms that no other command pays

    cluster = Kubernetes.model_json_schema(ref_template="#/$defs/{model}")
    schema["$defs"] |= cluster.pop("$defs")
    schema["$defs"]["Kubernetes"] = cluster
    schema["properties"]["kubernetes"] = {"$ref": "#/$defs/Kubernetes"}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "devenv.toml"}


def _version_schema(component: Component) -> dict[str, Any]:
    if not component.supported:
        return {"default": component.default, "type": "string", "pattern": VERSION_PATTERN}
    whole_numbers = [int(version) for version in component.supported if version.isdigit()]
    return {"default": component.default, "enum": [*component.supported, *whole_numbers]}
