"""Files that are made to do harm cost nothing but a finding."""

from __future__ import annotations

import pytest
from unit.dynamicconfig.lint.linting import lint, shown

from devenv.dynamicconfig.findings import Code, Severity


@pytest.mark.parametrize(
    "text",
    [
        "a: &a [x,x,x,x,x,x,x,x,x]\n"
        + "".join(
            f"{new}: &{new} [{','.join([f'*{old}'] * 9)}]\n"
            for old, new in zip("abcdefgh", "bcdefghi", strict=True)
        ),
        "frontend.rps: [{value: &v {<<: [*v]}}]",
        "a: &a {x: 1}\n"
        + "".join(
            f"{new}: &{new} {{<<: [{','.join([f'*{old}'] * 9)}]}}\n"
            for old, new in zip("abcdefgh", "bcdefghi", strict=True)
        ),
    ],
    ids=["lists", "itself", "merges"],
)
def test_a_bomb_of_aliases_does_not_go_off(text: str) -> None:
    """It is refused before it is unfolded."""
    assert any(each.severity is Severity.ERROR for each in lint(text))


@pytest.mark.parametrize("digits", [5000, 900_000])
@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("frontend.rps", "{}", "a whole number, found the text"),
        ("frontend.rps", "'{}'", "a whole number, found the text"),
        ("frontend.rps", "0x{}", "a whole number, found the"),
        ("frontend.rps", "!!int {}", "is not !!int"),
        ("frontend.rps", "!!float {}", "is not !!float"),
        ("history.defaultWorkflowTaskTimeout", "{}", "is not a duration"),
        ("history.defaultWorkflowTaskTimeout", "{}s", "is not a duration"),
        ("history.defaultWorkflowTaskTimeout", "{}.5w", "is not a duration"),
        ("history.defaultWorkflowTaskTimeout", "{} weeks", "is not a duration"),
        (
            "history.defaultActivityRetryPolicy",
            "{{MaximumAttempts: {}}}",
            "expected a number, found the text",
        ),
        ("history.defaultActivityRetryPolicy", "{{InitialIntervalInSeconds: {}s}}", "expected a duration"),
    ],
)
def test_a_number_of_thousands_of_digits_is_an_error(digits: int, key: str, value: str, words: str) -> None:
    """Python refuses to read it; the server takes it for text."""
    [finding] = lint(f"{key}:\n- value: {value.format('9' * digits)}\n")

    assert words in finding.message
    assert len(finding.message + (finding.suggestion or "")) < 400


def test_a_constraint_of_thousands_of_digits_is_an_error() -> None:
    """As a value is."""
    text = f"matching.rps: [{{value: 1, constraints: {{taskType: {'9' * 5000}}}}}]"

    assert lint(text)[0].code is Code.INVALID_CONSTRAINT


def test_zeros_before_a_number_are_no_digits() -> None:
    """However many there are."""
    zeros = "0" * 5000

    assert shown(lint(f"frontend.rps: [{{value: {zeros}7}}]")) == []
    assert shown(lint(f"history.defaultWorkflowTaskTimeout: [{{value: {zeros}7s}}]")) == []


def test_a_finding_cannot_steer_a_terminal() -> None:
    """A key may hold anything."""
    [finding] = lint('"\\e[31m\\nred": [{value: 1}]')

    assert finding.message.isprintable()
    assert lint(f"{'x' * 900}: [{{value: 1}}]")[0].message.endswith("…")
