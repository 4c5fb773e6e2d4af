"""Placeholders of template languages in files whose text nothing expands.

People copy files from Helm charts, Compose files and deployment scripts, where `${NAME}` and `{{ .name }}`
are filled in before anybody reads the file. Here nothing does that: the text would be taken as it stands.
"""

from __future__ import annotations

import re

_PLACEHOLDER = re.compile(
    r"\$\{[^{}\n]{1,100}\}"  # a shell's, Compose's, envsubst's
    r"|\{\{[^\n]{0,200}?\}\}"  # Helm's, Jinja's, of Go's templates
    r"|\{%[^\n]{1,200}?%\}"  # a statement of Jinja
    r"|<%[^\n]{1,200}?%>"  # of ERB and EJS
    r"|\$\([A-Za-z_][A-Za-z0-9_]*\)"  # of Kubernetes and make
)
_VARIABLE = re.compile(r"\$[A-Za-z_][A-Za-z0-9_]*")


def placeholder_in(text: str) -> str | None:
    """Return the first placeholder in `text` as it is written, or None.

    `$NAME` without braces counts only where it is the whole text, for a dollar sign may well mean a dollar.
    Give it a value, or a whole line of a file that could not be parsed: to YAML, `{{ … }}` without quotes is
    no text.
    """
    found = _PLACEHOLDER.search(text)
    if found is not None:
        return found[0]
    return text if _VARIABLE.fullmatch(text) else None


def placeholder_at(line: str, column: int) -> str | None:
    """Return the placeholder in `line` that the `column`, counted from 1, belongs to, or None."""
    spans = ((found.start(), found.end(), found[0]) for found in _PLACEHOLDER.finditer(line))
    return next((text for start, end, text in spans if start < column <= end), None)


def nothing_expands(placeholder: str) -> str:
    """Return the clause about `placeholder` that an error or warning goes on with."""
    return f"nothing expands {_shortened(placeholder)} here"


EXPAND_ADVICE = "write the value itself, or have the file written before devenv reads it"
"""What to do about it."""


def advice_on_placeholder(value: object) -> str | None:
    """Return what to do about a value with a placeholder, None for any other value."""
    placeholder = placeholder_in(value) if isinstance(value, str) else None
    return None if placeholder is None else f"{nothing_expands(placeholder)}: {EXPAND_ADVICE}"


_LONGEST_SHOWN = 60


def _shortened(placeholder: str) -> str:
    return placeholder if len(placeholder) <= _LONGEST_SHOWN else f"{placeholder[:_LONGEST_SHOWN]}…"
