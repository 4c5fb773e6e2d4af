"""Consoles for people: answers on stdout, everything else on stderr.

Whatever is printed on them passes `visible`, and of the markup only devenv's own means anything: a command
need not know which part of its text others wrote.
"""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.errors import MarkupError
from rich.markup import escape
from rich.segment import Segment
from rich.table import Table
from rich.theme import Theme

from devenv.cli.output.visible import one_line, visible
from devenv.errors import DynamicConfigInvalidError, InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.console import ConsoleOptions, RenderableType
    from rich.text import Text

    from devenv.errors import DevenvError

# Of one file that a person wrote; JSON has all of them.
MOST_MISTAKES = 9
THEME = Theme({"good": "green", "bad": "bold red", "warn": "yellow", "hint": "cyan", "faint": "dim"})

_OWN_MARKUP = frozenset({*("good", "bad", "warn", "hint", "faint", "bold", "default"), "/"})
_MARKUP = re.compile(r"(\\*)\[([a-z#/@][^[]*?)\]")


class SafeConsole(Console):
    """A console on which text does nothing but stand there, whoever wrote it.

    Foreign text that nobody escaped can at worst be in one of devenv's own colours.
    """

    def say(self, markup: str = "") -> None:
        """Print `markup` without breaking long lines: they are there to be copied."""
        self.print(markup, soft_wrap=True)

    def plain(self, text: str) -> None:
        """Print `text` as it stands, without breaking long lines."""
        self.print(text, markup=False, soft_wrap=True)

    def data(self, text: str) -> None:
        """Print what is meant for a file or a program: exactly, except on a terminal, where it is visible."""
        if self.is_terminal:
            self.print(text, markup=False, soft_wrap=True, end="")
        else:
            self.file.write(text)

    def table(self, head: Sequence[str], rows: Iterable[Sequence[str]], *, fits: bool = True) -> None:
        """Print rows below their heads; where the table `fits` the terminal, cells are cut for that."""
        table = Table(*head, box=None, pad_edge=False)
        for row in rows:
            table.add_row(*map(escape, row))
        self.print(table, soft_wrap=not fits)

    def columns(self, rows: Sequence[Sequence[str]]) -> None:
        """Print rows, each in one line: a name is there to be copied, and never cut."""
        shown = [tuple(map(one_line, row)) for row in rows]
        widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
        for row in shown:
            cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            self.plain("  ".join(cells).rstrip())

    def render_str(self, text: str, *, markup: bool | None = None, **how: Any) -> Text:
        """Return `text` as Rich's own does, its markup only where it is devenv's, without emoji."""
        how["emoji"] = False
        try:
            return super().render_str(_without_foreign_markup(visible(text)), markup=markup, **how)
        except MarkupError:
            return super().render_str(visible(text), markup=False, **how)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Yield what Rich's own does; text that came by another way than `render_str` is visible, too."""
        for segment in super().render(renderable, options):
            if segment.control is None:
                yield Segment(visible(segment.text), segment.style)
            else:
                yield segment


def _without_foreign_markup(text: str) -> str:
    return _MARKUP.sub(_kept_or_escaped, text)


def _kept_or_escaped(match: re.Match[str]) -> str:
    backslashes, tag = match.groups()
    is_escaped = len(backslashes) % 2 == 1
    return match[0] if is_escaped or tag in _OWN_MARKUP else rf"{backslashes}\[{tag}]"


def answers(*, no_color: bool) -> SafeConsole:
    """Return the console for answers."""
    return _console(stderr=False, no_color=no_color)


def messages(*, no_color: bool) -> SafeConsole:
    """Return the console for progress, warnings, errors and questions."""
    return _console(stderr=True, no_color=no_color)


def _console(*, stderr: bool, no_color: bool) -> SafeConsole:
    return SafeConsole(stderr=stderr, no_color=no_color or None, theme=THEME, highlight=False)


def is_interactive(*, no_input: bool) -> bool:
    """Tell whether there is somebody to ask."""
    return not no_input and sys.stdin.isatty() and sys.stderr.isatty()


def can_redraw() -> bool:
    """Tell whether stderr is a terminal that a live view can be drawn on."""
    return sys.stderr.isatty() and os.environ.get("TERM") != "dumb" and not os.environ.get("CI")


def print_error(console: SafeConsole, error: DevenvError) -> None:
    """Print what failed, the evidence, and what to do."""
    console.say(f"[bad]error:[/] {escape(_below_itself(error.message))}")
    # Of a thousand mistakes in a file people correct some at a time; what other errors tell is short.
    shown = error.details[:MOST_MISTAKES] if isinstance(error, InvalidInputError) else error.details
    for line in shown:
        console.say(f"  {escape(_below_itself(line))}")
    if left := len(error.details) - len(shown):
        console.say(f"  {left:,} more: `{_command_for_all(error)}`")
    console.say()
    console.say(f"[hint]hint:[/] {escape(_below_itself(error.hint))}")


def _command_for_all(error: DevenvError) -> str:
    is_linted = isinstance(error, DynamicConfigInvalidError)
    return "devenv config lint" if is_linted else "-o json"


def _below_itself(text: str) -> str:
    """Return `text` with its later lines indented, so that none looks like a line of devenv's own."""
    return text.replace("\n", "\n    ")
