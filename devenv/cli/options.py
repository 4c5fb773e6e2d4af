"""The options that several commands have, as annotations to write at a command.

Each option has a variable of its own, unless it must be said every time.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.main import get_command

from devenv.cli.output.formats import OutputFormat
from devenv.files.durations import parse_duration
from devenv.registry import engine_settings
from devenv.temporal.protocol import Server

if TYPE_CHECKING:
    from collections.abc import Mapping

    from devenv.cli.context import Call
    from devenv.project.snapshots import Snapshot
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
With = Annotated[
    list[str] | None,
    option("--with", help="Switch an add-on of `devenv addons` on, until `down --volumes`", metavar="NAME"),
]
Without = Annotated[
    list[str] | None,
    option("--without", help="Switch an add-on off, until `down --volumes`", metavar="NAME"),
]
WithAlso = Annotated[list[str] | None, option("--with", help="As if this add-on were on", metavar="NAME")]
AnyPort = Annotated[bool, option("--any-port", help="Move to free ports, whoever holds the usual ones")]
NoSnapshot = Annotated[
    bool, option("--no-snapshot", help="Save no snapshot of data that is to be deleted or changed")
]
Services = Annotated[
    list[str] | None, typer.Argument(metavar="SERVICE", help="All services, if none is named")
]
Trust = Annotated[
    str | None, option("--trust", help="Hash of Compose files that may do all that they can", metavar="HASH")
]
Name = Annotated[str, typer.Argument(help="The namespace", metavar="NAME")]


def _server_option(*names: str, help: str, metavar: str) -> Any:  # noqa: A002  Typer's own word
    return option(*names, help=help, metavar=metavar, rich_help_panel="Another server", show_default=False)


# They have the names of Temporal's envconfig, and those of its CLI beside them.
Address = Annotated[
    str | None, _server_option("--address", help="Ask this server instead of the stack", metavar="HOST:PORT")
]
Profile = Annotated[
    str | None,
    _server_option(
        "--profile", help="Ask the server of this profile of Temporal's own configuration", metavar="NAME"
    ),
]
ConfigFile = Annotated[
    Path | None, _server_option("--config-file", help="The file of the profile", metavar="FILE")
]
ApiKey = Annotated[
    str | None, _server_option("--api-key", help="Key of the server's API; implies TLS", metavar="KEY")
]
Tls = Annotated[
    bool | None,
    typer.Option(
        "--tls/--no-tls",
        help="Use TLS, as the options below imply",
        envvar=variable_of("--tls"),
        show_envvar=False,
        show_default=False,
        rich_help_panel="Another server",
    ),
]
TlsServerName = Annotated[
    str | None, _server_option("--tls-server-name", help="The name in its certificate", metavar="NAME")
]
TlsServerCaCertPath = Annotated[
    Path | None,
    _server_option(
        "--tls-ca-path",
        "--tls-server-ca-cert-path",
        help="Who vouches for its certificate",
        metavar="FILE",
    ),
]
TlsClientCertPath = Annotated[
    Path | None,
    _server_option(
        "--tls-cert-path", "--tls-client-cert-path", help="Certificate of the client", metavar="FILE"
    ),
]
TlsClientKeyPath = Annotated[
    Path | None,
    _server_option(
        "--tls-key-path", "--tls-client-key-path", help="Key of the client's certificate", metavar="FILE"
    ),
]


def another_server(**given: Any) -> Server | None:
    """Return the server that these options describe, None where not one is given."""
    if all(value is None for value in given.values()):
        return None
    if not any(given[name] for name in ("address", "profile", "config_file")):
        named = next(name for name, value in given.items() if value is not None)
        raise typer.BadParameter(f"--{named.replace('_', '-')} needs --address or --profile")
    return Server(**given)


def switched(on: list[str], off: list[str]) -> dict[str, bool]:
    """Return the add-ons that options switch on and off."""
    both = sorted(set(on) & set(off))
    if both:
        raise typer.BadParameter(f"{both[0]} cannot be both `--with` and `--without`")
    return dict.fromkeys(on, True) | dict.fromkeys(off, False)


def overrides(engine: str | None, timeout: str | None) -> dict[str, object]:
    """Return the settings that options give, in the shape of devenv.toml."""
    given = {"engine": engine, "timeout": timeout}
    return {name: value for name, value in given.items() if value is not None}


def saves_data(*, no_snapshot: bool) -> bool:
    """Tell whether data is saved before it is deleted or changed: in CI nobody would come back for it."""
    from devenv.stack.up import in_ci

    return not no_snapshot and not in_ci()


def chosen_snapshot(call: Call, name: str) -> Snapshot:
    """Return the snapshot `name`, to replace the data of the stack; where it has some, after a confirmation.

    Raises:
        UnknownSnapshotError: There is none.
        ConfirmationNeededError: There is nobody to ask.
    """
    from devenv.stack.restore import has_data

    snapshot = call.deps.store.snapshots.load(name)
    if has_data(call.stack):
        confirm_replacement(call, f"Replacing all data of the stack {call.stack_name}")
    return snapshot


def confirm_replacement(call: Call, what: str) -> None:
    """Return if the user confirms that the data of the stack is replaced, that of all who share it.

    Raises:
        ConfirmationNeededError: There is nobody to ask.
        NotConfirmedError: The answer was no.
    """
    from devenv.cli.questions import confirm_by_typing
    from devenv.stack.members import others_of

    others = others_of(call.stack.suffix, call.stack.members)
    details = [f"that of the worktree {each.worktree}, too" for each in others]
    confirm_by_typing(call, what, call.stack_name, details=details)


def up_request(
    *,
    any_port: bool = False,
    keep_on_failure: bool = False,
    must_stay: bool = False,
    pull: bool = False,
    offline: bool = False,
    trust: str | None = None,
    addons: Mapping[str, bool] | None = None,
    profile: bool | None = None,
    snapshot: Snapshot | None = None,
    no_snapshot: bool = False,
) -> UpRequest:
    """Return what `up` is asked; in CI it never falls back to another engine."""
    from devenv.stack.up import UpRequest, in_ci

    return UpRequest(
        pull=pull,
        offline=offline,
        in_ci=in_ci(),
        snapshot=snapshot,
        saves_data=saves_data(no_snapshot=no_snapshot),
        any_port=any_port,
        keep_on_failure=keep_on_failure,
        must_stay=must_stay,
        trust=trust,
        addons=addons or {},
        profile=profile,
    )


def without_separator(program: list[str]) -> list[str]:
    """Return a command line without the `--` that set it apart from devenv's own."""
    return program[1:] if program[:1] == ["--"] else program


@dataclass(frozen=True)
class GlobalOptions:
    """The values of the global options; None or False where one was not given."""

    project: Path | None = None
    stack: str | None = None
    output: OutputFormat | None = None
    quiet: bool = False
    verbose: bool = False
    debug: bool = False
    no_color: bool = False
    no_input: bool = False
    yes: bool = False


def _keep(context: typer.Context, parameter: typer.CallbackParam, value: Any) -> Any:
    """Keep the value of a global option in the session, over one that was given further in front."""
    if value and context.obj is not None:
        options = replace(context.obj.options, **{str(parameter.name): value})
        context.obj = replace(context.obj, options=options)
    return value


def _global(*names: str, help: str, variable: bool = True, **settings: Any) -> Any:  # noqa: A002  Typer's own word
    return typer.Option(
        *names,
        help=help,
        envvar=variable_of(names[-1]) if variable else None,
        show_envvar=False,
        show_default=False,
        rich_help_panel="Global options",
        expose_value=False,
        callback=_keep,
        **settings,
    )


def _global_options(
    project: Annotated[
        Path | None, _global("-C", "--project", help="Act as if started in this directory", metavar="DIR")
    ] = None,
    stack: Annotated[
        str | None,
        _global("-s", "--stack", help="Name of the stack, instead of the project's own", metavar="NAME"),
    ] = None,
    output: Annotated[OutputFormat | None, _global("-o", "--output", help="What stdout carries")] = None,
    quiet: Annotated[bool, _global("-q", "--quiet", help="No progress on stderr")] = False,
    verbose: Annotated[bool, _global("-v", "--verbose", help="More progress on stderr")] = False,
    debug: Annotated[bool, _global("--debug", help="Show the traceback of an error")] = False,
    no_color: Annotated[bool, _global("--no-color", help="No colours, as with NO_COLOR")] = False,
    no_input: Annotated[bool, _global("--no-input", help="Never ask")] = False,
    # A variable that answers yes to a deletion would be set once and forgotten.
    yes: Annotated[bool, _global("-y", "--yes", help="Answer yes to every question", variable=False)] = False,
) -> None:
    """Declare the options that every command has, before or after its name."""


@functools.cache
def global_options(*, reads_variables: bool) -> tuple[Any, ...]:
    """Return the options that every command has, as Typer makes them of a signature.

    Variables are read by the application only: else one would beat a flag that stands before the command.
    """
    app = typer.Typer(add_completion=False)
    app.command()(_global_options)
    options = get_command(app).params
    for option in options:
        option.envvar = option.envvar if reads_variables else None
    return tuple(options)
