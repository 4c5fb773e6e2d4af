"""`devenv env` and `open`: where the stack is."""

from __future__ import annotations

import os
from enum import StrEnum
from typing import Annotated

import typer

from devenv.cli.answer import Answer
from devenv.cli.command import command
from devenv.cli.context import Call
from devenv.cli.options import option


class EnvFormat(StrEnum):
    """How the variables are written."""

    SHELL = "shell"
    DOTENV = "dotenv"
    JSON = "json"
    GITHUB = "github"


@command("env", panel="Use")
def env(
    call: Call,
    style: Annotated[EnvFormat, option("--format", help="How to write them")] = EnvFormat.SHELL,
) -> Answer:
    """Print the variables that point SDKs and the Temporal CLI to the stack.

    Examples: eval "$(devenv env)" · devenv env --format dotenv > .env · devenv env --format github
    """
    from devenv.stack.environment import client_variables

    now = call.stack.require_serving()
    endpoints = now.endpoints
    variables = client_variables(endpoints, call.settings(), now.record.addons)
    _warn_of_presets(call, endpoints.grpc)
    return Answer(variables, lambda _: typer.echo(_written(variables, style)))


def _warn_of_presets(call: Call, address: str) -> None:
    from devenv.events import warn
    from devenv.project.cli_presets import HINT, read_presets

    presets = read_presets(os.environ)
    if presets is not None and (effect := presets.effect(address)):
        warn(call.reporter, f"{effect}; {HINT}")


def _written(variables: dict[str, str], style: EnvFormat) -> str:
    import json
    import shlex

    from devenv.stack.environment import INTERFERING_VARIABLES

    match style:
        case EnvFormat.SHELL:
            lines = [f"unset {' '.join(INTERFERING_VARIABLES)}"]
            lines += [f"export {name}={shlex.quote(value)}" for name, value in variables.items()]
            return "\n".join(lines)
        case EnvFormat.JSON:
            return json.dumps(variables, indent=2)
        case EnvFormat.DOTENV | EnvFormat.GITHUB:
            return "\n".join(f"{name}={value}" for name, value in variables.items())


@command("open", panel="Use")
def open_page(
    call: Call,
    page: Annotated[
        str, typer.Argument(metavar="PAGE", help="What to open: ui, or a page of an add-on")
    ] = "ui",
) -> Answer:
    """Open the Web UI or a page of an add-on, or print its URL where there is no browser.

    Examples: devenv open · devenv open metrics
    """
    from devenv.cli.output.terminal import is_interactive
    from devenv.files.sentences import did_you_mean
    from devenv.stack.report import pages_of

    record = call.stack.record
    known = ["ui", *(each.name for addon in (record.addons if record else ()) for each in addon.pages)]
    if page not in known:
        raise typer.BadParameter(
            f'no page "{page}"{did_you_mean(page, known)}; this stack has {", ".join(known)}'
        )
    now = call.stack.require_serving()
    [url] = [each.url for each in pages_of(now.record, now.endpoints) if each.name == page]
    if is_interactive(no_input=call.options.no_input):
        typer.launch(url)
    return Answer({"url": url}, lambda console: console.say(url))
