"""The classes that commands and groups are made of: whatever devenv does otherwise than Typer is here.

Global options may follow a command's name, a command is imported when it is asked for, what its function
returns is printed as its answer, and help is plain text. docs/adr/0010-typer.md says why.

A docstring of a command may end in a paragraph `Examples: one · another`; each gets a line of its own.
"""

from __future__ import annotations

import inspect
import os
import re
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, Self, get_type_hints

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_group

from devenv.cli.answer import give_answer
from devenv.cli.context import Call
from devenv.cli.options import global_options
from devenv.cli.output.formats import OutputFormat
from devenv.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from contextlib import AbstractContextManager

    from devenv.cli.answer import Answer

    Function = Callable[..., Answer]

# Room for the names of nearly every option, so that its description stands beside them.
NAME_COLUMNS = 34
PAGE_COLUMNS = 100
# Begins a paragraph that is not wrapped.
AS_IT_IS = "\b"
# The first sentence of every command is meant to be read whole.
LONGER_THAN_ANY_SENTENCE = 1000
OWN_SECTIONS = ("Arguments", "Options")
# How each command or group of the modules imported so far is added to the application.
_REGISTERED: dict[str, Callable[[typer.Typer], None]] = {}
EXAMPLES = re.compile(r"\n\nExamples?: (.*)\Z", re.DOTALL)


class _Page(Protocol):
    """What Typer gives to write on; its class is private."""

    width: int

    def section(self, name: str) -> AbstractContextManager[None]: ...
    def indentation(self) -> AbstractContextManager[None]: ...
    def write_paragraph(self) -> None: ...
    def write_text(self, text: str) -> None: ...
    def write_dl(self, rows: Sequence[tuple[str, str]], col_max: int = ...) -> None: ...


class _PlainHelp:
    """What commands and groups describe alike; none of devenv's is deprecated, which Typer would say here."""

    help: str | None

    def format_help_text(self, ctx: Any, formatter: _Page) -> None:  # noqa: ARG002  Typer's signature
        """Write what it does, and examples."""
        text = inspect.cleandoc(self.help or "")
        examples = EXAMPLES.search(text)
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text(EXAMPLES.sub("", text))
        if examples:
            lines = " ".join(examples[1].split()).split(" · ")
            with formatter.section(_heading("Examples")):
                formatter.write_text("\n".join([AS_IT_IS, *lines]))


class Command(_PlainHelp, TyperCommand):
    """A command: a function `(call, **own options) -> Answer`, which takes the global options, too."""

    context_class = Call

    def __init__(self, *args: Any, params: Sequence[Any] | None = None, **settings: Any) -> None:
        params = [*(params or ()), *global_options(reads_variables=False)]
        super().__init__(*args, params=params, **settings)

    def invoke(self, ctx: Any) -> None:
        """Call the function and print its answer."""
        give_answer(ctx, lambda: super(Command, self).invoke(ctx))

    def format_options(self, ctx: Any, formatter: _Page) -> None:
        """Write its arguments and options."""
        _write_parameters(self.get_params(ctx), ctx, formatter)


class Group(_PlainHelp, TyperGroup):
    """A group of commands, whose name the global options may follow."""

    reads_variables = False

    def __init__(self, *, params: Sequence[Any] | None = None, **settings: Any) -> None:
        params = [*(params or ()), *global_options(reads_variables=self.reads_variables)]
        super().__init__(params=params, **settings)

    def format_options(self, ctx: Any, formatter: _Page) -> None:
        """Write its commands by panel, then its options."""
        commands = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        rows = [
            (_panel_of(command) or "Commands", (name, command.get_short_help_str(LONGER_THAN_ANY_SENTENCE)))
            for name, command in commands
            if command is not None and not command.hidden
        ]
        _write_sections(rows, formatter)
        _write_parameters(self.get_params(ctx), ctx, formatter)


class LazyGroup(Group):
    """The application, which makes a command when it is asked for.

    A call has use for one, and to make all of them takes as long as to load Typer.
    """

    reads_variables = True
    modules: ClassVar[Mapping[str, str]]
    """Each command with the module that registers it, in the order of the help."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002  Typer's signature
        """Return the name of every command."""
        return list(self.modules)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002  Typer's signature
        """Return a command, None if there is none of that name."""
        if cmd_name in self.modules and cmd_name not in self.commands:
            app = typer.Typer(rich_markup_mode=None)
            import_module(self.modules[cmd_name])
            _REGISTERED[cmd_name](app)
            self.commands.update(get_group(app).commands)
        return self.commands.get(cmd_name)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Return the command that `args` begins with; for a mistake Typer proposes one of `commands`."""
        if args and args[0] not in self.modules:
            self.load_all()
        return super().resolve_command(ctx, args)

    def load_all(self) -> Self:
        """Make every command."""
        for name in self.modules:
            self.get_command(None, name)
        return self


def command(
    name: str, *, panel: str | None = None, group: typer.Typer | None = None, **settings: Any
) -> Callable[[Function], Function]:
    """Register a function `(call, **own options) -> Answer` as a command, of `group` if it is given."""

    def register(function: Function) -> Function:
        def add(app: typer.Typer) -> None:
            # Typer evaluates annotations four times; only the first time takes long.
            function.__annotations__ = get_type_hints(function, include_extras=True)
            app.command(name, cls=Command, rich_help_panel=panel, **settings)(function)

        if group is None:
            _REGISTERED[name] = add
        else:
            add(group)
        return function

    return register


def group(name: str, *, panel: str, help: str) -> typer.Typer:  # noqa: A002  Typer's own word
    """Register a group and return it."""
    made = typer.Typer(cls=Group)
    made.callback(invoke_without_command=True)(help_without_command)
    _REGISTERED[name] = lambda app: app.add_typer(made, name=name, help=help, rich_help_panel=panel)
    return made


def help_without_command(context: typer.Context) -> None:
    """Return if a command follows; else it is missing, and people get the help to choose one from."""
    if context.invoked_subcommand is not None:
        return
    if context.obj.options.output in {OutputFormat.JSON, OutputFormat.JSONL}:
        context.fail("Missing command.")
    typer.echo(context.get_help())
    raise typer.Exit(ExitCode.USAGE)


def _write_parameters(parameters: Iterable[Any], context: Any, page: _Page) -> None:
    rows = [(_section_of(item), _row_of(item, context)) for item in parameters]
    shown = [(section, row) for section, row in rows if row is not None]
    own_first = sorted(shown, key=lambda row: row[0] not in OWN_SECTIONS)
    _write_sections(own_first, page)


def _section_of(parameter: Any) -> str:
    arguments, options = OWN_SECTIONS
    return _panel_of(parameter) or (arguments if _is_argument(parameter) else options)


def _row_of(parameter: Any, context: Any) -> tuple[str, str] | None:
    """Return name and description, None for what is hidden; an argument's type is told if it is a choice."""
    row: tuple[str, str] | None = parameter.get_help_record(context)
    if row is None or not _is_argument(parameter) or parameter.type_descriptor.is_choice:
        return row
    return parameter.display_name_raw, row[1]


def _is_argument(parameter: Any) -> bool:
    return bool(parameter.param_type_name == "argument")


def _panel_of(item: Any) -> str | None:
    return getattr(item, "rich_help_panel", None)


def _write_sections(rows: Iterable[tuple[str, tuple[str, str]]], page: _Page) -> None:
    sections: dict[str, list[tuple[str, str]]] = {}
    for name, row in rows:
        sections.setdefault(name, []).append(row)
    for name, members in sections.items():
        with page.section(_heading(name)):
            page.write_dl(members, col_max=min(NAME_COLUMNS, page.width // 2))


def _heading(name: str) -> str:
    """Return `name` in bold, which Typer takes out again where it does not write to a terminal."""
    return name if os.environ.get("TERM") == "dumb" else typer.style(name, bold=True)
