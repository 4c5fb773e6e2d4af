"""`devenv env`: where the stack is, as variables."""

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
