"""Files with thousands of mistakes: text tells some of them and how many more there are, JSON all."""

from __future__ import annotations

import io
from time import process_time

from devenv.cli.output.terminal import SafeConsole, print_error
from devenv.cli.views.config import findings_document, findings_text
from devenv.dynamicconfig.findings import Code, Finding
from devenv.errors import DynamicConfigInvalidError, NotReadyError, SeedsInvalidError

MANY = 20_000


def console() -> SafeConsole:
    return SafeConsole(file=io.StringIO(), width=200)


def text_of(made: SafeConsole) -> str:
    assert isinstance(made.file, io.StringIO)
    return made.file.getvalue()


def findings(file: str, count: int) -> list[Finding]:
    return [Finding(Code.UNKNOWN_KEY, file, line, 1, "no such key", "k", "try k2") for line in range(count)]


def test_of_each_file_some_findings_are_printed() -> None:
    """Fifty, with how many more there are; the counts are those of all."""
    made = console()
    findings_text(made, [*findings("a.yaml", 60), *findings("b.yaml", 50)])
    text = text_of(made)
    assert text.count("error[unknown-key]") == 100
    assert "a.yaml: 10 more, all of them with `-o json`" in text
    assert "b.yaml: " not in text
    assert "110 errors" in text


def test_twenty_thousand_findings_take_a_moment() -> None:
    """In this process's own time: what is not printed costs nothing."""
    many = findings("a.yaml", MANY)
    began = process_time()
    findings_text(console(), many)
    assert process_time() - began < 1
    assert len(findings_document(many)["findings"]) == MANY


def test_an_error_tells_a_handful_of_mistakes() -> None:
    """And the command that tells all of them; its details in JSON are complete."""
    details = [f"a.yaml:{line}:1: wrong" for line in range(MANY)]
    for error, command in (
        (DynamicConfigInvalidError("a.yaml:1:1: wrong", details=details), "devenv config lint"),
        (SeedsInvalidError("a.yaml:1:1: wrong", details=details), "-o json"),
    ):
        made = console()
        print_error(made, error)
        lines = text_of(made).splitlines()
        assert len(lines) < 15
        assert f"  19,991 more: `{command}`" in lines
        assert len(error.details) == MANY


def test_the_evidence_of_other_errors_is_whole() -> None:
    """Lines of a log are few already."""
    made = console()
    print_error(made, NotReadyError(30, [f"line {number}" for number in range(20)]))
    assert "line 19" in text_of(made)
