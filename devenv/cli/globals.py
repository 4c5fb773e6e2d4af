"""The options that every command has, before or after its name."""

from __future__ import annotations

import functools
import inspect
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer

from devenv.cli.output.formats import OUTPUT_VARIABLE, OutputFormat

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PANEL = "Global options"


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

    def overlaid(self, other: GlobalOptions) -> GlobalOptions:
        """Return these options with those that `other` gives."""
        given = {field.name: getattr(other, field.name) for field in fields(other)}
        mine = {field.name: getattr(self, field.name) for field in fields(self)}
        return GlobalOptions(**{name: given[name] or mine[name] for name in mine})


@dataclass(frozen=True)
class _Option:
    """How a global option is written; `variable` is left out for what must be said each time."""

    kind: Any
    names: tuple[str, ...]
    help: str
    variable: str | None
    metavar: str | None = None

    def annotation(self, *, reads_variable: bool) -> Any:
        option = typer.Option(
            *self.names,
            help=self.help,
            metavar=self.metavar,
            envvar=self.variable if reads_variable else None,
            show_envvar=False,
            show_default=False,
            rich_help_panel=PANEL,
        )
        return Annotated[self.kind, option]


OPTIONS: Mapping[str, _Option] = {
    "project": _Option(
        Path | None,
        ("-C", "--project"),
        "Act as if started in this directory",
        "TEMPORAL_DEVENV_PROJECT",
        "DIR",
    ),
    "stack": _Option(
        str | None,
        ("-s", "--stack"),
        "Name of the stack, instead of the project's own",
        "TEMPORAL_DEVENV_STACK",
        "NAME",
    ),
    "output": _Option(OutputFormat | None, ("-o", "--output"), "What stdout carries", OUTPUT_VARIABLE),
    "quiet": _Option(bool, ("-q", "--quiet"), "No progress on stderr", "TEMPORAL_DEVENV_QUIET"),
    "verbose": _Option(bool, ("-v", "--verbose"), "More progress on stderr", "TEMPORAL_DEVENV_VERBOSE"),
    "debug": _Option(bool, ("--debug",), "Show the traceback of an error", "TEMPORAL_DEVENV_DEBUG"),
    "no_color": _Option(bool, ("--no-color",), "No colours, as with NO_COLOR", "TEMPORAL_DEVENV_NO_COLOR"),
    "no_input": _Option(bool, ("--no-input",), "Never ask", "TEMPORAL_DEVENV_NO_INPUT"),
    # A variable that answers yes to a deletion would be set once and forgotten.
    "yes": _Option(bool, ("-y", "--yes"), "Answer yes to every question", None),
}


@functools.cache
def global_parameters(*, reads_variables: bool) -> tuple[inspect.Parameter, ...]:
    """Return the parameters of a function that takes every global option by keyword."""
    defaults = GlobalOptions()
    return tuple(
        inspect.Parameter(
            name,
            inspect.Parameter.KEYWORD_ONLY,
            default=getattr(defaults, name),
            annotation=option.annotation(reads_variable=reads_variables),
        )
        for name, option in OPTIONS.items()
    )


def with_global_options(
    function: Callable[..., None], *, reads_variables: bool = False
) -> Callable[..., None]:
    """Return `function(context, **own)` as Typer can call it, which parses the global options too.

    They are merged over those given further in front, in the session of `context`. Variables are read by the
    application only: else one would beat a flag that stands before the command.
    """

    @functools.wraps(function)
    def parsed(context: typer.Context, **values: Any) -> None:
        given = GlobalOptions(**{name: values.pop(name) for name in OPTIONS})
        context.obj = replace(context.obj, options=context.obj.options.overlaid(given))
        function(context, **values)

    hints = get_type_hints(function, include_extras=True)
    own = list(inspect.signature(function).parameters.values())[1:]
    parameters = [
        inspect.Parameter("context", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context),
        *(item.replace(annotation=hints[item.name], kind=inspect.Parameter.KEYWORD_ONLY) for item in own),
        *global_parameters(reads_variables=reads_variables),
    ]
    parsed.__dict__["__signature__"] = inspect.Signature(parameters)
    parsed.__annotations__ = {item.name: item.annotation for item in parameters}
    return parsed
