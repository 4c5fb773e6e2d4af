"""Every failure that devenv expects has a code, an exit code, and a way out."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from typing import TYPE_CHECKING, Any

import pytest

import devenv
from devenv import errors
from devenv.errors import DevenvError, DockerUnreachableError, ExitCode
from devenv.images.catalog import ImageRef

if TYPE_CHECKING:
    from collections.abc import Iterator

BRANCH = re.compile(r"^    ((?:│   |├── |└── |    )*)(\w+Error)\s*(\d*)\s*([a-z-]*)$")
VALUES: dict[str, object] = {
    "str": "word",
    "int": 1,
    "bool": True,
    "float": 1.0,
    "int | None": 1,
    "str | None": "word",
    "str | Path | None": "a/file:1",
    "Sequence[str]": ["word"],
    "DevenvError": DockerUnreachableError(),
    "ImageRef": ImageRef("ui", "temporal-devenv/ui:1", "stand-in", "versions.ui"),
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


def test_the_whole_package_was_searched() -> None:
    """Commands define errors of their own."""
    modules = {each.__module__ for each in CLASSES}
    assert {"devenv.errors.stacks", "devenv.cli.main", "devenv.cli.commands.run"} <= modules


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


def drawn() -> dict[str, tuple[str | None, str, str]]:
    """Return the tree of the docstring: each class with its parent, exit code and code as drawn."""
    tree: dict[str, tuple[str | None, str, str]] = {}
    parents: list[str] = []
    for line in (errors.__doc__ or "").splitlines():
        match = BRANCH.match(line)
        if match:
            depth, name = len(match[1]) // 4, match[2]
            del parents[depth:]
            tree[name] = (parents[-1] if parents else None, match[3], match[4])
            parents.append(name)
    return tree


def test_the_tree_that_is_drawn_is_the_tree_that_is_there() -> None:
    """Every class of the package, below its parent, and nothing else."""
    ours = (each for each in CLASSES if each.__module__.startswith("devenv.errors."))
    there = {each.__name__: each.__base__ for each in ours}
    parents = {name: base.__name__ if base else None for name, base in there.items()}
    assert {name: parent for name, (parent, _, _) in drawn().items()} == parents | {"DevenvError": None}


@pytest.mark.parametrize(("name", "branch"), drawn().items(), ids=drawn().keys())
def test_the_numbers_and_codes_that_are_drawn_are_right(
    name: str, branch: tuple[str | None, str, str]
) -> None:
    """A number holds for the whole branch; only a parent may go without a code."""
    kind = getattr(errors, name)
    parent, number, code = branch
    expected = int(number) if number else getattr(errors, str(parent)).exit_code
    assert kind.exit_code == expected
    assert code == kind.code or (not code and kind.__subclasses__())


def test_equal_errors_are_equal() -> None:
    """By class, message, details and hint."""
    assert DockerUnreachableError(["a"]) == DockerUnreachableError(["a"])
    assert DockerUnreachableError(["a"]) != DockerUnreachableError(["b"])
    assert len({DockerUnreachableError(["a"]), DockerUnreachableError(["a"])}) == 1
