"""Consoles for people: answers on stdout, everything else on stderr."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.theme import Theme

if TYPE_CHECKING:
    from devenv.errors import DevenvError

THEME = Theme({"good": "green", "bad": "bold red", "warn": "yellow", "hint": "cyan", "faint": "dim"})


def answers(*, no_color: bool) -> Console:
    """Return the console for answers."""
    return _console(stderr=False, no_color=no_color)


def messages(*, no_color: bool) -> Console:
    """Return the console for progress, warnings, errors and questions."""
    return _console(stderr=True, no_color=no_color)


def _console(*, stderr: bool, no_color: bool) -> Console:
    # `soft_wrap` prints below keep long lines whole: they are there to be copied.
    return Console(stderr=stderr, no_color=no_color or None, theme=THEME, highlight=False)


def is_interactive(*, no_input: bool) -> bool:
    """Tell whether there is somebody to ask."""
    return not no_input and sys.stdin.isatty() and sys.stderr.isatty()


def can_redraw() -> bool:
    """Tell whether stderr is a terminal that a live view can be drawn on."""
    return sys.stderr.isatty() and os.environ.get("TERM") != "dumb" and not os.environ.get("CI")


def print_error(console: Console, error: DevenvError) -> None:
    """Print what failed, the evidence, and what to do."""
    console.print(f"[bad]error:[/] {escape(error.message)}", soft_wrap=True)
    for line in error.details:
        console.print(f"  {escape(line)}", soft_wrap=True)
    console.print()
    console.print(f"[hint]hint:[/] {escape(error.hint)}", soft_wrap=True)
