"""`devenv up`."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from devenv.cli.call import Answer, Call, command
from devenv.cli.options import option
from devenv.cli.trusting import Trust, with_trust
from devenv.files.durations import parse_duration
from devenv.registry import engine_settings

if TYPE_CHECKING:
    from devenv.stack.up import UpRequest


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
Keep = Annotated[bool, option("--keep-on-failure", help="Leave everything as it is when it fails")]
Pull = Annotated[bool, option("--pull", help="Pull images even if local ones will do")]
Offline = Annotated[bool, option("--offline", help="Never ask an image registry")]
Timings = Annotated[bool, option("--timings", help="Show how long each step took")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "up", rich_help_panel="Stack")(up)


def up(
    call: Call,
    engine: Engine = None,
    timeout: Timeout = None,
    any_port: AnyPort = False,
    keep_on_failure: Keep = False,
    pull: Pull = False,
    offline: Offline = False,
    timings: Timings = False,
    trust: Trust = None,
) -> Answer:
    """Bring the stack up and wait until it is usable.

    Running it again changes nothing, or what you changed in the meantime.

    Examples: devenv up · devenv up --engine embedded · devenv up --timeout 5m -o json
    """
    from devenv.cli.output.reports import ready_text
    from devenv.stack.up import bring_up

    desired = call.desired(overrides(engine, timeout))
    request = up_request(
        any_port=any_port, keep_on_failure=keep_on_failure, pull=pull, offline=offline, trust=trust
    )
    report = with_trust(call, lambda: bring_up(call.stack, desired, request))
    return Answer(
        report.to_document(),
        lambda console: ready_text(console, report, timings=timings, project=call.project),
    )


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
