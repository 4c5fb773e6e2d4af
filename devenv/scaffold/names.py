"""Which names a service can have: of one name, a namespace, queues, a package and images are made."""

from __future__ import annotations

import keyword
import re
import sys
from dataclasses import dataclass
from enum import StrEnum

from devenv.errors import NameInvalidError

LONGEST_NAME = 40

_NAME = re.compile(r"[A-Za-z](?:[A-Za-z0-9_-]*[A-Za-z0-9])?")
_MODULE = re.compile(r"[A-Za-z0-9][\w.~-]*(?<!\.)(?:/\w[\w.~-]*(?<!\.))*", re.ASCII)
_TAKEN_NAMESPACES = {
    "default": "is the namespace of clients that name none",
    "temporal-system": "belongs to the server",
}
_GO_KEYWORDS = frozenset(
    {
        "break",
        "case",
        "chan",
        "const",
        "continue",
        "default",
        "defer",
        "else",
        "fallthrough",
        "for",
        "func",
        "go",
        "goto",
        "if",
        "import",
        "interface",
        "map",
        "package",
        "range",
        "return",
        "select",
        "struct",
        "switch",
        "type",
        "var",
    }
)
# What a generated Python service imports, or is tested by.
_IMPORTED = frozenset({"google", "integration", "opentelemetry", "pytest", "temporalio", "tests"})


class Language(StrEnum):
    """What a service is written in."""

    GO = "go"
    PYTHON = "python"
    BOTH = "both"

    @property
    def halves(self) -> tuple[Language, ...]:
        """The languages themselves."""
        return (Language.GO, Language.PYTHON) if self is Language.BOTH else (self,)


@dataclass(frozen=True)
class ServiceName:
    """A name that was checked, and what is made of it."""

    text: str

    @property
    def package(self) -> str:
        """The Python package."""
        return self.text.lower().replace("-", "_")

    @property
    def kubernetes(self) -> str:
        """The name for Kubernetes, and for images."""
        return self.text.lower().replace("_", "-")

    @property
    def default_module(self) -> str:
        """The Go module, if none is given."""
        return f"example.com/{self.text}"

    def task_queue(self, language: Language) -> str:
        """Return the queue of the half that is written in `language`."""
        return f"{self.text}-{language.value}"


def check_service_name(text: str, language: Language) -> ServiceName:
    """Return `text` as the name of a service in `language`.

    Raises:
        NameInvalidError: Saying which rule it breaks.
    """
    if not text:
        raise NameInvalidError("A service needs a name")
    if len(text) > LONGEST_NAME:
        raise NameInvalidError(
            f"A name of {len(text)} characters is too long for what is made of it",
            hint=f"use at most {LONGEST_NAME} characters",
        )
    if text in _TAKEN_NAMESPACES:
        raise NameInvalidError(f'"{text}" {_TAKEN_NAMESPACES[text]}', hint="choose another name")
    if not _NAME.fullmatch(text):
        raise NameInvalidError(
            f'A service cannot be called "{text}"',
            hint="use letters, digits, `-` and `_`; begin with a letter, and end with a letter or a digit",
        )
    name = ServiceName(text)
    _demand_free_word(name, language)
    return name


def _demand_free_word(name: ServiceName, language: Language) -> None:
    word = name.package
    for owner, words in (("Python", keyword.kwlist), ("Go", _GO_KEYWORDS)):
        if word in words:
            raise NameInvalidError(f'"{name.text}" is a keyword of {owner}', hint="choose another name")
    if Language.PYTHON in language.halves and word in sys.stdlib_module_names | _IMPORTED:
        raise NameInvalidError(
            f'A Python package "{word}" would hide a module of that name that others import',
            hint=f"choose another name, such as {name.text}-service",
        )


def check_module(path: str) -> str:
    """Return `path` if a Go module can have it.

    Raises:
        NameInvalidError: It cannot.
    """
    if not _MODULE.fullmatch(path):
        raise NameInvalidError(
            f'A Go module cannot be called "{path}"', hint="give a path such as github.com/acme/orders"
        )
    return path
