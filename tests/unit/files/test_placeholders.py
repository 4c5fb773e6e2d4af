from __future__ import annotations

import pytest

from devenv.files.placeholders import nothing_expands, placeholder_in


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("${ORDERS}", "${ORDERS}"),
        ("orders-${ENV:-dev}-x", "${ENV:-dev}"),
        ("{{ .Values.namespace }}", "{{ .Values.namespace }}"),
        ("a{{x}}b{{y}}", "{{x}}"),
        ("{% if production %}", "{% if production %}"),
        ("<%= name %>", "<%= name %>"),
        ("$(NAMESPACE)", "$(NAMESPACE)"),
        ("$NAMESPACE", "$NAMESPACE"),
    ],
)
def test_placeholders_of_template_languages_are_found(text: str, found: str) -> None:
    """As they are written, the first of several."""
    assert placeholder_in(text) == found


@pytest.mark.parametrize(
    "text", ["", "orders", "costs $5", "$5", "$", "{a: {b: c}}", "a $ORDER b", "${", "{{", "f(x)"]
)
def test_other_text_is_left_alone(text: str) -> None:
    """A dollar sign or a brace says nothing."""
    assert placeholder_in(text) is None


def test_a_long_placeholder_is_cut() -> None:
    """In a message, whatever stands in it."""
    assert len(nothing_expands("${" + "x" * 90 + "}")) < 100
