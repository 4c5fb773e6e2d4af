"""Findings in dynamic config files: each kind has a stable code."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from devenv.files.yaml_nodes import Position


class Severity(StrEnum):
    """An error is what the server rejects or silently ignores; everything else is a warning."""

    ERROR = "error"
    WARNING = "warning"


_ERROR, _WARNING = Severity.ERROR, Severity.WARNING


class Code(StrEnum):
    """The kinds of findings."""

    severity: Severity
    meaning: str

    def __new__(cls, code: str, severity: Severity, meaning: str) -> Code:
        """Make a member whose value is `code`."""
        member = str.__new__(cls, code)
        member._value_ = code
        member.severity = severity
        member.meaning = meaning
        return member

    UNREADABLE_FILE = (
        "unreadable-file",
        _ERROR,
        "The file is missing, a directory, binary, not UTF-8, larger than 1 MiB, or outside the project.",
    )
    INVALID_YAML = "invalid-yaml", _ERROR, "The file is not YAML; the server rejects all of it."
    TOO_COMPLEX = (
        "too-complex",
        _ERROR,
        "The file is nested more than 50 levels deep, or its aliases repeat more than a file may hold.",
    )
    SECOND_DOCUMENT = (
        "second-document",
        _ERROR,
        "The server reads the first document of a file and ignores what follows `---`.",
    )
    NOT_DYNAMIC_CONFIG = (
        "not-dynamic-config",
        _ERROR,
        "The file is something else: a static server config, a Kubernetes manifest, Helm values.",
    )
    DUPLICATE_KEY = (
        "duplicate-key",
        _ERROR,
        "A mapping holds the same key twice; the server rejects the file.",
    )
    KEY_REPEATED = (
        "key-repeated",
        _ERROR,
        "The same key is there in another spelling of case; the server keeps one of them, at random.",
    )
    WRONG_SHAPE = (
        "wrong-shape",
        _ERROR,
        "A key needs a list of {value, constraints}; the server rejects the file.",
    )
    IGNORED_ITEM = (
        "ignored-item",
        _ERROR,
        "An empty list item or an empty key, which the server drops without a word.",
    )
    KEY_NOT_TEXT = (
        "key-not-text",
        _ERROR,
        "A mapping inside a value has a key that is not text; the server rejects the file.",
    )
    UNKNOWN_ITEM_FIELD = (
        "unknown-item-field",
        _ERROR,
        (
            "A field beside `value` and `constraints`, such as `constraint`; the server ignores it, "
            "and the value holds everywhere."
        ),
    )
    MISSING_VALUE = "missing-value", _ERROR, "A list item without `value`."
    NO_VALUES = "no-values", _WARNING, "A key with an empty list, which changes nothing."
    UNKNOWN_KEY = "unknown-key", _ERROR, "The server of this version has no such key and ignores it."
    WRONG_TYPE = "wrong-type", _ERROR, "The value has another type than the key; the server uses the default."
    INVALID_VALUE = (
        "invalid-value",
        _ERROR,
        "The server cannot use the value, such as a malformed duration, and uses the default.",
    )
    IGNORED_VALUE = "ignored-value", _ERROR, "A part of the value is dropped by the server without a word."
    UNKNOWN_FIELD = (
        "unknown-field",
        _ERROR,
        "A structured value has a field that the server does not know and ignores.",
    )
    UNKNOWN_CONSTRAINT = (
        "unknown-constraint",
        _ERROR,
        "No constraint has that name; the server rejects the file.",
    )
    INVALID_CONSTRAINT = (
        "invalid-constraint",
        _ERROR,
        "A constraint's value has a form that the server refuses.",
    )
    CONSTRAINT_REPEATED = (
        "constraint-repeated",
        _ERROR,
        "The same constraint is there in another spelling of case; the server keeps one of them, at random.",
    )
    CONSTRAINT_NOT_FOR_KEY = (
        "constraint-not-for-key",
        _ERROR,
        "The key never depends on that constraint, so the value never holds.",
    )
    CONSTRAINTS_NEVER_MATCH = (
        "constraints-never-match",
        _ERROR,
        "Each constraint fits the key, and the server never asks for them in this combination.",
    )
    SAME_CONSTRAINTS = (
        "same-constraints",
        _ERROR,
        "Two values of a key have the same constraints; the server uses the first and ignores the other.",
    )
    OTHER_NAMESPACE = (
        "other-namespace",
        _ERROR,
        "A file below `namespaces/` names another namespace than its own.",
    )
    UNDECLARED_NAMESPACE = (
        "undeclared-namespace",
        _WARNING,
        "No seed declares the namespace that a constraint names.",
    )
    PLACEHOLDER = (
        "placeholder",
        _WARNING,
        "A text such as `${NAME}` or `{{ .name }}`: nothing expands it, the server takes it as it stands.",
    )
    READ_AT_START = (
        "read-at-start",
        _WARNING,
        "The server reads the key only when it starts; a change needs a restart.",
    )
    GUARDED_LIMIT = (
        "guarded-limit",
        _WARNING,
        "The server looks at the limit only beyond another one, which is higher.",
    )
    SAME_AS_DEFAULT = "same-as-default", _WARNING, "The value is the server's default already."
    NOT_ENFORCED = (
        "not-enforced",
        _WARNING,
        "The embedded engine takes values that hold everywhere, and no others.",
    )
    NOT_IN_EMBEDDED = "not-in-embedded", _WARNING, "The server inside the embedded engine has no such key."
    SERVER_ERROR = (
        "server-error",
        _ERROR,
        "With `--server`: the server's own check of the file calls it an error, and it rejects the file.",
    )
    SERVER_WARNING = (
        "server-warning",
        _WARNING,
        "With `--server`: the server's own check of the file warns; it reads the rest of it.",
    )


_LONGEST_MESSAGE = 400


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, where, and what to do about it."""

    code: Code
    file: str
    line: int
    column: int
    message: str
    key: str | None = None
    suggestion: str | None = None

    @property
    def severity(self) -> Severity:
        """How bad it is."""
        return self.code.severity

    @property
    def place(self) -> str:
        """`file:line:column`; the file alone where it could not be read at all."""
        if self.code is Code.UNREADABLE_FILE and (self.line, self.column) == (1, 1):
            return self.file
        return f"{self.file}:{self.line}:{self.column}"

    @property
    def sentence(self) -> str:
        """Place, message and suggestion in one line."""
        advice = f"; {self.suggestion}" if self.suggestion else ""
        return f"{self.place}: {self.message}{advice}"

    @classmethod
    def at(
        cls, code: Code, file: str, at: tuple[int, int], message: str, key: str | None, suggestion: str | None
    ) -> Finding:
        """Return a finding whose texts are safe to print."""
        return cls(
            code, file, *at, _printable(message), key, None if suggestion is None else _printable(suggestion)
        )


def _printable(text: str) -> str:
    """Return `text` in one line, shortened and without control characters."""
    if len(text) > _LONGEST_MESSAGE:
        text = f"{text[:_LONGEST_MESSAGE]}…"
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)


@dataclass(frozen=True, slots=True)
class Problem:
    """What a check finds; the caller adds the file and the key."""

    code: Code
    at: Position
    message: str
    suggestion: str | None = None
