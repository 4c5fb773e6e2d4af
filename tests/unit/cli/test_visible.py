"""Text that others wrote does nothing on a terminal."""

from __future__ import annotations

import io
import unicodedata

import pytest
from rich.table import Table
from rich.text import Text

from devenv.cli.output.live import LiveReporter
from devenv.cli.output.terminal import THEME, SafeConsole, print_error
from devenv.cli.output.visible import log_line, one_line, visible
from devenv.errors import DevenvError
from devenv.events import LogEvent, StepEvent, StepStatus, WarningEvent

HOSTILE = "a\x1b]0;title\x07b\x1b[2Jc\u202ed\x9b31me\x7ff\rg\udc80h\u2066i\x00j"
SHOWN = r"a\x1b]0;title\x07b\x1b[2Jc\u202ed\x9b31me\x7ff\rg\udc80h\u2066i\x00j"


def console(*, is_terminal: bool = False) -> SafeConsole:
    # As a stream that can print no lone surrogate.
    stream = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="")
    return SafeConsole(
        file=stream,
        theme=THEME,
        width=400,
        highlight=False,
        force_terminal=is_terminal,
        _environ={"TERM": "xterm"},
    )


def printed(console: SafeConsole) -> str:
    console.file.seek(0)
    return console.file.read()


def test_every_control_and_reordering_character_is_seen() -> None:
    """Whatever Unicode calls control, format, separator of lines or surrogate; two joiners stay."""
    for number in (*range(0x3000), *range(0xD800, 0xE000), *range(0xFE00, 0x10000), *range(0xE0000, 0xE0080)):
        character = chr(number)
        is_harmless = character in "\n\t\u200c\u200d" or "\u0600" <= character <= "\u08ff"
        if unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"} and not is_harmless:
            assert visible(character).isascii(), hex(number)
        elif character != "\ufeff" and unicodedata.category(character)[0] in "LMNPS":
            assert visible(character) == character
    assert visible(HOSTILE) == SHOWN
    assert visible("a\r\nb\tc") == "a\nb\tc"
    assert one_line("a\r\nb\tc") == r"a\nb\tc"


def test_a_line_of_a_log_keeps_its_colours_and_nothing_else() -> None:
    """Not even they reach a file, and none colours the next line."""
    line = "\x1b[1;31mred\x1b[0m \x1b[2Kplain \x1b]8;;http://x\x07link\r\n"
    assert log_line(line, keeps_colours=True) == (
        "\x1b[1;31mred\x1b[0m " + r"\x1b[2Kplain \x1b]8;;http://x\x07link" + "\x1b[0m"
    )
    assert log_line(line, keeps_colours=False) == r"red \x1b[2Kplain \x1b]8;;http://x\x07link"
    assert log_line("\x1b\x1b[0m[2J", keeps_colours=False) == r"\x1b[2J"
    assert log_line("plain", keeps_colours=True) == "plain"


@pytest.mark.parametrize("is_terminal", [True, False])
def test_whatever_way_text_takes_to_a_console_it_is_visible(*, is_terminal: bool) -> None:
    """A line, a cell of a table, a text of Rich's, a live view."""
    made = console(is_terminal=is_terminal)
    table = Table("A", box=None)
    table.add_row(HOSTILE)
    for item in (HOSTILE, Text(HOSTILE), table):
        made.print(item, soft_wrap=True)
    made.print(HOSTILE, markup=False, soft_wrap=True)
    text = printed(made)
    # Rich takes five characters out of a `Text` before it is printed.
    assert text.count(SHOWN) == 3
    assert "\x1b]" not in text
    assert "\x1b[2J" not in text


def test_a_live_view_shows_what_it_is_told_and_obeys_nothing() -> None:
    """Its own control characters are left, by which it draws."""
    made = console(is_terminal=True)
    reporter = LiveReporter(made)
    reporter.report(WarningEvent(HOSTILE))
    reporter.report(StepEvent("step\x1b[2J", StepStatus.STARTED))
    reporter.report(LogEvent("step\x1b[2J", HOSTILE))
    reporter.close()
    text = printed(made)
    assert SHOWN in text
    assert r"step\x1" in text
    assert "\x1b[?25l" in text
    assert "\x1b[2J" not in text
    assert "\x1b]0" not in text


@pytest.mark.parametrize(
    "text", ["[link=http://x]y[/link]", "[@click=f]y", "[/bad]", "[red]y", ":warning:", "[/]"]
)
def test_foreign_markup_is_text(text: str) -> None:
    """Also where a command forgot to escape it."""
    made = console(is_terminal=True)
    made.print(f"[good]own[/] {text}", soft_wrap=True)
    assert "own" in printed(made)
    assert text.replace("[/]", "") in printed(made)
    assert "\x1b]8" not in printed(made)


def test_the_lines_of_a_foreign_message_are_not_taken_for_devenvs_own() -> None:
    """A message of a server cannot say `hint: …` at the beginning of a line."""
    made = console()
    print_error(made, DevenvError("no\nhint: rm -rf", details=["a\nerror: b"], hint="c\nready: stack x"))
    assert [line for line in printed(made).splitlines() if line and line[0] != " "] == [
        "error: no",
        "hint: c",
    ]


def test_data_is_exact_in_a_file_and_visible_on_a_terminal() -> None:
    """`config migrate old.yaml > new.yaml` changes nothing that it does not mean to."""
    data = "a:\t'\u202e[good]x'\n"
    file, terminal = console(), console(is_terminal=True)
    file.data(data)
    terminal.data(data)
    assert printed(file) == data
    assert r"\u202e[good]x" in printed(terminal)
