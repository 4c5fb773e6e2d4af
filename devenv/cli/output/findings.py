"""How findings look: to people, and to GitHub."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from rich.markup import escape

from devenv.cli.output.visible import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from devenv.dynamicconfig.findings import Finding

_STYLES = {"error": "bad", "warning": "warn"}


def print_findings(console: Console, findings: Sequence[Finding]) -> None:
    """Print each finding in one line, with what to do about it below, and how many there are."""
    for each in findings:
        style = _STYLES[each.severity.value]
        head = rf"[{style}]{each.severity.value}[/][faint]\[{each.code.value}][/]"
        console.print(f"{escape(each.place)}: {head} {escape(each.message)}", soft_wrap=True)
        if each.suggestion:
            console.print(f"    [hint]→[/] {escape(each.suggestion)}", soft_wrap=True)
    if findings:
        console.print()
    console.print(_summary(findings), soft_wrap=True)


def _summary(findings: Sequence[Finding]) -> str:
    if not findings:
        return "[good]no findings[/]"
    counts = Counter(each.severity.value for each in findings)
    return ", ".join(
        f"[{_STYLES[name]}]{_counted(counts[name], name)}[/]" for name in _STYLES if counts[name]
    )


def _counted(number: int, name: str) -> str:
    return f"{number} {name}{'' if number == 1 else 's'}"


def print_annotations(findings: Sequence[Finding]) -> None:
    """Print each finding as a command of a GitHub workflow, which shows it beside the line."""
    for each in findings:
        place = f"file={_property(each.file)},line={each.line},col={each.column}"
        advice = f"; {each.suggestion}" if each.suggestion else ""
        title = _property(f"devenv: {each.code.value}")
        # Of a log that people look at a terminal shows a part, too.
        print(visible(f"::{each.severity.value} {place},title={title}::{_data(each.message + advice)}"))


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
