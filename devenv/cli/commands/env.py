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
    FISH = "fish"
    POWERSHELL = "powershell"
    DIRENV = "direnv"


@command("env", panel="Use")
def env(
    call: Call,
    style: Annotated[EnvFormat, option("--format", help="How to write them")] = EnvFormat.SHELL,
) -> Answer:
    """Print the variables that point SDKs and the Temporal CLI to the stack.

    Examples: eval "$(devenv env)" · devenv env --format fish | source · devenv env --format dotenv > .env
    """
    from devenv.cli.views.env import env_text
    from devenv.project.locate import LOCAL_SETTINGS_FILE, SETTINGS_FILE
    from devenv.stack.environment import client_variables

    now = call.stack.require_serving()
    now.warn_of_access()
    endpoints = now.endpoints
    variables = client_variables(endpoints, call.settings().namespace, now.record.addons, call.names)
    _warn_of_presets(call, endpoints.grpc)
    files = [call.project.root / SETTINGS_FILE, call.project.root / LOCAL_SETTINGS_FILE]
    text = env_text(variables, style, [*files, call.stack.deps.store.record_file(call.stack.name)])
    return Answer(variables, lambda _: typer.echo(text))


def _warn_of_presets(call: Call, address: str) -> None:
    from devenv.events import warn
    from devenv.project.cli_presets import HINT, read_presets

    presets = read_presets(os.environ)
    if presets is not None and (effect := presets.effect(address)):
        warn(call.reporter, f"{effect}; {HINT}")
