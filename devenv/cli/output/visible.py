r"""Text that others wrote, made fit for a terminal.

File names, keys, names on the command line, descriptions that a server keeps, messages of programs: a
terminal obeys whatever control characters are in them. Each such character is shown as Python would write it
(`\x1b`, `\u202e`), so that it is seen and does nothing. JSON is not touched: it escapes them itself.
"""

from __future__ import annotations

import re

# All of C0 but line feed and tab, DEL, C1; what reorders, hides or joins text; lone surrogates (bytes of a
# file name that are not UTF-8), which no stream can print. Scripts need the joiners U+200C and U+200D.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    "\ud800-\udfff\ufeff\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
_WINDOWS_LINE_END = re.compile(r"\r+\n")
_COLOUR = re.compile(r"\x1b\[[0-9;:]*m")
_COLOURS_END = "\x1b[0m"


def visible(text: str) -> str:
    """Return `text` with every character that a terminal obeys, or does not show, written as an escape.

    Line feeds and tabs stay, and a carriage return before a line feed goes.
    """
    return _HIDDEN.sub(_escaped, _WINDOWS_LINE_END.sub("\n", text))


def escape(text: str) -> str:
    """Return `text` so that Rich's markup in it means nothing; Rich is imported only then."""
    from rich.markup import escape as rich_escape

    return rich_escape(text)


def one_line(text: str) -> str:
    r"""Return `text` as `visible` does, with its line feeds and tabs written as `\n` and `\t`, too."""
    return visible(text).replace("\n", r"\n").replace("\t", r"\t")


def log_line(text: str, *, keeps_colours: bool) -> str:
    """Return one line of a program's log: colours are kept or left out, whatever else it holds is visible.

    Colours that are kept end with the line.
    """
    text = text.rstrip("\r\n")
    if not keeps_colours:
        return visible(_COLOUR.sub("", text))
    pieces = _COLOUR.split(text)
    colours = _COLOUR.findall(text)
    if not colours:
        return visible(text)
    mixed = "".join(
        piece for pair in zip(map(visible, pieces), [*colours, ""], strict=True) for piece in pair
    )
    return mixed + _COLOURS_END


def _escaped(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape", "surrogatepass").decode("ascii")
