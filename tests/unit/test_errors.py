"""Every failure that devenv expects has a code, an exit code, and a way out."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import devenv
from devenv import errors
from devenv.errors import DevenvError, DockerUnreachableError, ExitCode

if TYPE_CHECKING:
    from collections.abc import Iterator

VALUES: dict[str, object] = {
    "str": "word",
    "int": 1,
    "bool": True,
    "float": 1.0,
    "int | None": 1,
    "str | None": "word",
    "Path": Path("directory"),
    "str | Path | None": "a/file:1",
    "Sequence[str]": ["word"],
    "DevenvError": DockerUnreachableError(),
}


def subclasses(base: type[DevenvError]) -> Iterator[type[DevenvError]]:
    for child in base.__subclasses__():
        yield child
        yield from subclasses(child)


def every_class() -> list[type[DevenvError]]:
    """Return the error classes of the whole package, for which all of it is imported."""
    for module in pkgutil.walk_packages(devenv.__path__, "devenv."):
        importlib.import_module(module.name)
    found: list[type[DevenvError]] = [DevenvError, *subclasses(DevenvError)]
    return [each for each in found if each.__module__.startswith("devenv.")]


CLASSES = every_class()


def example(kind: type[DevenvError]) -> DevenvError:
    """Construct an error from its domain arguments."""
    parameters = inspect.signature(kind).parameters.values()
    arguments: dict[str, Any] = {each.name: VALUES[str(each.annotation)] for each in parameters}
    return kind(**arguments)


def test_every_error_of_the_package_is_defined_and_found_in_one_place() -> None:
    """Whoever raises it."""
    assert [each for each in CLASSES if getattr(errors, each.__name__, None) is not each] == []
    assert {each.__module__.rpartition(".")[0] for each in CLASSES} == {"devenv.errors"}


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_every_error_has_a_code_of_its_own(kind: type[DevenvError]) -> None:
    """In kebab-case; it is not its parent's, and no other error has it."""
    assert "code" in vars(kind)
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", kind.code)
    assert [each for each in CLASSES if each.code == kind.code] == [kind]


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_every_error_is_a_sentence_with_a_hint(kind: type[DevenvError]) -> None:
    """Constructed from its domain arguments alone."""
    error = example(kind)
    assert isinstance(kind.exit_code, ExitCode)
    assert kind.exit_code is not ExitCode.OK
    assert error.message
    assert not error.message.endswith((".", "\n"))
    assert "\n" not in error.message
    assert error.hint.strip()
    assert all(isinstance(line, str) for line in error.details)
    assert str(error) == error.message


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_every_error_has_a_docstring_of_its_own(kind: type[DevenvError]) -> None:
    """What it means, in one sentence."""
    assert vars(kind).get("__doc__")


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_a_copy_has_all_that_the_error_has_but_what_was_changed(kind: type[DevenvError]) -> None:
    """The error itself stays as it was."""
    error = example(kind)
    before = dict(vars(error))
    copy = error.with_details("more", "evidence").with_hint("do that")
    assert vars(error) == before
    assert (type(copy), str(copy)) == (kind, str(error))
    assert vars(copy) == before | {"details": (*error.details, "more", "evidence"), "hint": "do that"}
