"""Help as plain text: what it does, examples, and sections of commands and options.

Typer's own, in boxes, takes as long to load and draw as everything else of `devenv --help` together.

A docstring of a command may end in a paragraph `Examples: one · another`; each gets a line of its own.
"""

from __future__ import annotations

import inspect
import os
import re
from typing import TYPE_CHECKING, Any, Protocol

import typer
from typer.core import TyperCommand, TyperGroup

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from contextlib import AbstractContextManager

# Room for the names of nearly every option, so that its description stands beside them.
NAME_COLUMNS = 34
PAGE_COLUMNS = 100
# Begins a paragraph that is not wrapped.
AS_IT_IS = "\b"
# The first sentence of every command is meant to be read whole.
LONGER_THAN_ANY_SENTENCE = 1000
OWN_SECTIONS = ("Arguments", "Options")
EXAMPLES = re.compile(r"\n\nExamples?: (.*)\Z", re.DOTALL)


class _Page(Protocol):
    """What Typer gives to write on; its class is private."""

    width: int

    def section(self, name: str) -> AbstractContextManager[None]: ...
    def indentation(self) -> AbstractContextManager[None]: ...
    def write_paragraph(self) -> None: ...
    def write_text(self, text: str) -> None: ...
    def write_dl(self, rows: Sequence[tuple[str, str]], col_max: int = ...) -> None: ...


class _WithExamples:
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


class PlainHelpCommand(_WithExamples, TyperCommand):
    """A command whose help is plain text."""

    def format_options(self, ctx: Any, formatter: _Page) -> None:
        """Write its arguments and options."""
        _write_parameters(self.get_params(ctx), ctx, formatter)


class PlainHelpGroup(_WithExamples, TyperGroup):
    """A group of commands whose help is plain text: its commands by panel, then its options."""

    def format_options(self, ctx: Any, formatter: _Page) -> None:
        """Write its commands and options."""
        rows = [
            (_panel_of(command) or "Commands", (name, command.get_short_help_str(LONGER_THAN_ANY_SENTENCE)))
            for name, command in self.commands.items()
            if not command.hidden
        ]
        _write_sections(rows, formatter)
        _write_parameters(self.get_params(ctx), ctx, formatter)


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
