"""Help as plain text: what it does, examples, and sections of commands and options.

Typer's own, in boxes, takes as long to load and draw as everything else of `devenv --help` together.
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
UNLIMITED = 1000


OWN_SECTIONS = ("Arguments", "Options")


class _Page(Protocol):
    """What Typer gives to write on; its class is private."""

    def section(self, name: str) -> AbstractContextManager[None]: ...
    def indentation(self) -> AbstractContextManager[None]: ...
    def write_paragraph(self) -> None: ...
    def write_text(self, text: str) -> None: ...
    def write_dl(self, rows: Sequence[tuple[str, str]], col_max: int = ...) -> None: ...


class PlainHelpCommand(TyperCommand):
    """A command whose help is plain text."""

    def format_help_text(self, ctx: Any, formatter: _Page) -> None:  # noqa: ARG002  Typer's signature
        """Write what it does, and examples."""
        _write_description(self.help or "", formatter)

    def format_options(self, ctx: Any, formatter: _Page) -> None:
        """Write its arguments and options."""
        _write_parameters(self.get_params(ctx), ctx, formatter)


class PlainHelpGroup(TyperGroup):
    """A group of commands whose help is plain text: its commands by panel, then its options."""

    def format_help_text(self, ctx: Any, formatter: _Page) -> None:  # noqa: ARG002  Typer's signature
        """Write what it does, and examples."""
        _write_description(self.help or "", formatter)

    def format_options(self, ctx: Any, formatter: _Page) -> None:
        """Write its commands and options."""
        rows = [
            (_panel_of(command) or "Commands", (name, command.get_short_help_str(UNLIMITED)))
            for name, command in self.commands.items()
            if not command.hidden
        ]
        _write_sections(rows, formatter)
        _write_parameters(self.get_params(ctx), ctx, formatter)


def _write_description(text: str, page: _Page) -> None:
    description, *examples = re.split(r"\n\nExamples?: ", inspect.cleandoc(text))
    page.write_paragraph()
    with page.indentation():
        page.write_text(description)
    if examples:
        with page.section(_heading("Examples")):
            page.write_text("\n".join([AS_IT_IS, *" ".join(examples).split(" · ")]))


def _write_parameters(parameters: Iterable[Any], context: Any, page: _Page) -> None:
    rows = [(_section_of(item), item.get_help_record(context)) for item in parameters]
    shown = [(section, record) for section, record in rows if record is not None]
    own_first = sorted(shown, key=lambda row: row[0] not in OWN_SECTIONS)
    _write_sections(own_first, page)


def _section_of(parameter: Any) -> str:
    arguments, options = OWN_SECTIONS
    own = arguments if parameter.param_type_name == "argument" else options
    return _panel_of(parameter) or own


def _panel_of(item: Any) -> str | None:
    return getattr(item, "rich_help_panel", None)


def _write_sections(rows: Iterable[tuple[str, tuple[str, str]]], page: _Page) -> None:
    sections: dict[str, list[tuple[str, str]]] = {}
    for name, row in rows:
        sections.setdefault(name, []).append(row)
    for name, members in sections.items():
        with page.section(_heading(name)):
            page.write_dl(members, col_max=NAME_COLUMNS)


def _heading(name: str) -> str:
    """Return `name` in bold, which Typer takes out again where it does not write to a terminal."""
    return name if os.environ.get("TERM") == "dumb" else typer.style(name, bold=True)
