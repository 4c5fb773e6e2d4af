"""How options are declared: each has a variable of its own, unless it must be said every time."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from devenv.files.durations import parse_duration
from devenv.registry import engine_settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from devenv.stack.up import UpRequest

# Of a command that runs a program: what follows its own arguments is the program's.
PROGRAM_SETTINGS = {"ignore_unknown_options": True, "allow_interspersed_args": False}

VARIABLE_PREFIX = "TEMPORAL_DEVENV_"
# Options that stand for a setting of devenv.toml.
SETTINGS = ("engine", "timeout")


def option(*names: str, help: str, **settings: Any) -> Any:  # noqa: A002  Typer's own word
    """Return an option that can also be given as `TEMPORAL_DEVENV_<NAME>`, after its long name."""
    return typer.Option(*names, help=help, envvar=variable_of(names[-1]), show_envvar=False, **settings)


def flag_only(*names: str, help: str, **settings: Any) -> Any:  # noqa: A002  as above
    """Return an option without a variable: one that answers yes to a loss would be set once and forgotten."""
    return typer.Option(*names, help=help, **settings)


def variable_of(name: str) -> str:
    """Return the variable of the option `name`: `--any-port` has `TEMPORAL_DEVENV_ANY_PORT`."""
    return VARIABLE_PREFIX + name.lstrip("-").replace("-", "_").upper()


def settings_from_variables(environ: Mapping[str, str]) -> dict[str, object]:
    """Return the settings that variables give, in the shape of devenv.toml: for every command alike."""
    given = {name: environ.get(variable_of(name)) for name in SETTINGS}
    return {name: value for name, value in given.items() if value}


def engine_setting(text: str) -> str:
    """Return `text` if the setting `engine` can be that."""
    if text not in engine_settings():
        names = ", ".join(f"'{name}'" for name in engine_settings())
        raise typer.BadParameter(f"'{text}' is not one of {names}.")
    return text


def duration_text(text: str) -> str:
    """Return `text` if it is a duration that something can take."""
    try:
        duration = parse_duration(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    if duration <= timedelta(0):
        raise typer.BadParameter(f'"{text}" is no time at all')
    return text


Engine = Annotated[
    str | None,
    option(
        "--engine",
        help="What runs the stack",
        metavar="|".join(engine_settings()),
        parser=engine_setting,
        autocompletion=engine_settings,
    ),
]
Timeout = Annotated[
    str | None,
    option(
        "--timeout",
        help="How long it may take to be ready, as 90s or 2m",
        metavar="DURATION",
        parser=duration_text,
    ),
]
AnyPort = Annotated[bool, option("--any-port", help="Move to free ports, whoever holds the usual ones")]
Services = Annotated[
    list[str] | None, typer.Argument(metavar="SERVICE", help="All services, if none is named")
]
Name = Annotated[str, typer.Argument(help="The namespace", metavar="NAME")]


def overrides(engine: str | None, timeout: str | None) -> dict[str, object]:
    """Return the settings that options give, in the shape of devenv.toml."""
    given = {"engine": engine, "timeout": timeout}
    return {name: value for name, value in given.items() if value is not None}


def up_request(
    *,
    any_port: bool = False,
    keep_on_failure: bool = False,
    must_stay: bool = False,
    pull: bool = False,
    offline: bool = False,
    trust: str | None = None,
) -> UpRequest:
    """Return what `up` is asked; in CI it never falls back to another engine."""
    from devenv.stack.engine_choice import EngineRequest
    from devenv.stack.up import UpRequest

    in_ci = os.environ.get("CI", "").lower() not in {"", "0", "false"}
    engine = EngineRequest(pull=pull, offline=offline, in_ci=in_ci)
    return UpRequest(
        engine, any_port=any_port, keep_on_failure=keep_on_failure, must_stay=must_stay, trust=trust
    )


def without_separator(program: list[str]) -> list[str]:
    """Return a command line without the `--` that set it apart from devenv's own."""
    return program[1:] if program[:1] == ["--"] else program
