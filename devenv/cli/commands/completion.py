"""`devenv completion`."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from devenv.cli.answer import Answer
from devenv.cli.command import command
from devenv.cli.context import Call

if TYPE_CHECKING:
    from collections.abc import Mapping


COMPLETION_VARIABLE = "_DEVENV_COMPLETE"


def prepare(environ: Mapping[str, str]) -> None:
    """Teach Typer the shells if this call comes from a completion script; no other call pays for it."""
    if COMPLETION_VARIABLE in environ:
        from typer.completion import completion_init  # type: ignore[attr-defined]

        completion_init()


class Shell(StrEnum):
    """The shells that can complete devenv's command line."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


@command("completion", panel="Help")
def completion(
    call: Call,  # noqa: ARG001  every command takes its call
    shell: Annotated[Shell, typer.Argument(metavar="SHELL", help="The shell to complete in")],
) -> Answer:
    """Print a script that makes the shell complete devenv's command line.

    Example: source <(devenv completion bash)
    """
    from typer.completion import get_completion_script  # type: ignore[attr-defined]

    script = get_completion_script(prog_name="devenv", complete_var=COMPLETION_VARIABLE, shell=shell.value)
    return Answer(
        {"shell": shell.value, "script": script},
        lambda console: console.data(f"{script}\n"),
        about_stack=False,
    )
