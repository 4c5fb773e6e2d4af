"""`devenv env` and `login`: where the stack is, and who one is there, as variables."""

from __future__ import annotations

import os
from enum import StrEnum
from typing import Annotated

import typer

from devenv.cli.answer import Answer
from devenv.cli.command import command
from devenv.cli.context import Call
from devenv.cli.options import flag_only, option


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


@command("login", panel="Use")
def login(
    call: Call,
    words: Annotated[
        list[str],
        typer.Argument(metavar="[show] NAME", help="A declared user; `show`: the password"),
    ],
    style: Annotated[EnvFormat, option("--format", help="How to write them")] = EnvFormat.SHELL,
    reset: Annotated[bool, flag_only("--reset", help="With `show`: a new password")] = False,
) -> Answer:
    """Print the variables of `devenv env` with a token of a user, for SDKs and the Temporal CLI.

    `devenv login show NAME` prints the password by which the user logs in to the Web UI.

    Examples: eval "$(devenv login alice)" · devenv login show alice
    """
    match words:
        case ["show", name]:
            return _password(call, name, is_new=reset)
        case [name] if name != "show" and not reset:
            return _login(call, name, style)
    raise typer.BadParameter("write `devenv login NAME`, or `devenv login show NAME`")


def _login(call: Call, user: str, style: EnvFormat) -> Answer:
    from devenv.cli.views.env import env_text
    from devenv.stack.credentials import key_of_user
    from devenv.stack.environment import API_KEY, NAMESPACE, client_variables

    now = call.stack.require_serving()
    now.warn_of_access()
    desired = call.desired()
    token, namespace = key_of_user(call.stack, desired, user)
    variables = client_variables(now.endpoints, call.settings().namespace, now.record.addons, call.names)
    variables |= {API_KEY: token, NAMESPACE: namespace}
    _warn_of_presets(call, now.endpoints.grpc)
    return Answer(variables, lambda _: typer.echo(env_text(variables, style)))


def _password(call: Call, user: str, *, is_new: bool) -> Answer:
    from devenv.events import warn
    from devenv.stack.credentials import password_of_user

    password = password_of_user(call.stack, user, is_new=is_new)
    if is_new:
        warn(call.reporter, "the provider knows the new password from the next `devenv up` on")
    return Answer({"user": user, "password": password}, lambda _: typer.echo(password))


def _warn_of_presets(call: Call, address: str) -> None:
    from devenv.events import warn
    from devenv.project.cli_presets import HINT, read_presets

    presets = read_presets(os.environ)
    if presets is not None and (effect := presets.effect(address)):
        warn(call.reporter, f"{effect}; {HINT}")
