"""Renders templates: ordinary trees of files, after the conventions of copier.

Paths may hold placeholders; a file whose name ends with `.jinja` is rendered and loses that ending. Every
other file is taken as it is, but for the module of Go sources: a path that compiles before and after.
"""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Final

from jinja2 import Environment, StrictUndefined

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

TEMPLATES: Final = Path(__file__).parent / "templates"
QUESTIONS: Final = "copier.yml"
OMITTED: Final = "omitted.txt"

_SUFFIX = ".jinja"
_GO_FILES = (".go", ".mod")
_GO_MODULE = re.compile(rb"\bexample\.com/service(?![\w.-])")
_MODULE_ANSWER = "module"

Files = dict[PurePosixPath, bytes]


def render(template: Path, answers: Mapping[str, str]) -> Files:
    """Return the files of `template` with `answers` in the place of its placeholders.

    Raises:
        UndefinedError: The template asks for something that has no answer.
    """
    environment = _environment()
    files: Files = {}
    for path in _sources(template):
        relative = path.relative_to(template).as_posix()
        if "{{" in relative:
            relative = environment.from_string(relative).render(answers)
        data = path.read_bytes()
        if relative.endswith(_SUFFIX):
            relative = relative.removesuffix(_SUFFIX)
            data = environment.from_string(data.decode()).render(answers).encode()
        elif relative.endswith(_GO_FILES):
            data = _GO_MODULE.sub(answers[_MODULE_ANSWER].encode(), data)
        files[PurePosixPath(relative)] = data
    return files


def render_text(template: str, answers: Mapping[str, Any]) -> str:
    """Return the text of one template with `answers` in the place of its placeholders.

    Raises:
        UndefinedError: The template asks for something that has no answer.
    """
    return _environment().from_string(template).render(answers)


def without_omitted(files: Files, template: Path) -> Files:
    """Return `files` without those that `template`, rendered on top of them, omits."""
    patterns = (template / OMITTED).read_text(encoding="utf-8").split()
    return {
        path: data
        for path, data in files.items()
        if not any(fnmatchcase(str(path), pattern) for pattern in patterns)
    }


def _environment() -> Environment:
    # Source code is rendered: nothing to escape.
    return Environment(undefined=StrictUndefined, keep_trailing_newline=True, autoescape=False)  # noqa: S701


def _sources(template: Path) -> Iterator[Path]:
    for path in sorted(template.rglob("*")):
        if path.is_file() and path.name not in {QUESTIONS, OMITTED} and "__pycache__" not in path.parts:
            yield path
