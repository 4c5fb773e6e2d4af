"""A hint leads somewhere: every command that devenv proposes is one, with these options."""

from __future__ import annotations

import ast
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import devenv
from devenv.cli.app import command_tree
from devenv.cli.options import GlobalOptions
from devenv.cli.output.advice import addressed

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(devenv.__file__).parent
PROPOSED = re.compile(r"`(devenv [^`]*)`|\[hint\](devenv [^\[]*)\[/\]")
# Words in a sentence about a command, not a command to run.
SPOKEN = re.compile(r"[|…]|COMMAND|\.\.\.|<")


class UnknownCommandError(Exception):
    """A line is no command of devenv."""


def sentences(tree: ast.AST) -> Iterator[str]:
    """Yield every text of a module, values that are filled in as a word; docstrings are not for users."""
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "5" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.value


def proposed() -> list[str]:
    """Return every command that a text of the package proposes."""
    found = set()
    for file in sorted(PACKAGE.rglob("*.py")):
        if "templates" in file.parts:
            continue
        for text in sentences(ast.parse(file.read_text())):
            found |= {first or second for first, second in PROPOSED.findall(text)}
    return sorted(command for command in found if not SPOKEN.search(command))


COMMANDS = proposed()


def parse(line: str) -> None:
    """Return if `line` is a command of devenv with options that it has, and no word too many.

    Raises:
        UnknownCommandError: It is not.
    """
    command: Any = command_tree()
    context = command.make_context("devenv", [], resilient_parsing=True)
    words = shlex.split(line)[1:]
    while hasattr(command, "resolve_command"):
        words = _rest(command, context, words)
        if not words:
            return
        found = command.get_command(context, words[0])
        if found is None:
            raise UnknownCommandError(line)
        command = found
        context = type(context)(command, context, info_name=words[0], **command.context_settings)
        words = words[1:]
    left = _rest(command, context, words)
    if left and not context.allow_extra_args:
        raise UnknownCommandError(line)


def _rest(command: Any, context: Any, words: list[str]) -> list[str]:
    """Return what is left of `words` when the options and arguments of `command` are taken from them."""
    parser = command.make_parser(context)
    try:
        _, left, _ = parser.parse_args(words)
    except Exception as error:
        # Typer's own copy of Click is private, and so are the classes of its errors.
        raise UnknownCommandError(str(error)) from error
    return list(left)


def test_there_are_hints_to_get_status() -> None:
    """Else the next test would be silent for ever."""
    assert len(COMMANDS) > 30
    assert "devenv up --any-port" in COMMANDS


@pytest.mark.parametrize("line", COMMANDS)
def test_a_proposed_command_can_be_run(line: str) -> None:
    """As it is written, names in capitals taken for names."""
    parse(line)


@pytest.mark.parametrize(
    "line", ["devenv upp", "devenv up --ports 1", "devenv config lnt", "devenv stop-all"]
)
def test_a_command_that_there_is_not_would_be_found(line: str) -> None:
    """The test above can fail."""
    with pytest.raises(UnknownCommandError):
        parse(line)


@pytest.mark.parametrize(
    ("hint", "expected"),
    [
        ("run `devenv up`", "run `devenv -C ../shop -s bank up`"),
        (
            "`devenv down`, then `devenv logs --tail 50 temporal`",
            "`devenv -C ../shop -s bank down`, then `devenv -C ../shop -s bank logs --tail 50 temporal`",
        ),
        ("`devenv images build`, `devenv ls`", "`devenv images build`, `devenv ls`"),
        ("`devenv down -s NAME` takes one away", "`devenv down -s NAME` takes one away"),
    ],
)
def test_a_hint_is_about_the_stack_that_was_asked_for(hint: str, expected: str) -> None:
    """Without the options it would lead to the stack of the working directory."""
    options = GlobalOptions(project=Path("../shop"), stack="bank")
    assert addressed(hint, options) == expected
    assert addressed(hint, GlobalOptions()) == hint
