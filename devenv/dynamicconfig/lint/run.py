"""Lint files: every check on every key and value, findings in the order of the files."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from devenv.dynamicconfig.catalog.model import ValueType
from devenv.dynamicconfig.findings import Code, Finding, Problem
from devenv.dynamicconfig.lint.converters import check_value
from devenv.dynamicconfig.lint.keys import COMPOSE_ONLY, KeyCheck, check_constraints
from devenv.dynamicconfig.lint.limits import LimitCheck
from devenv.dynamicconfig.lint.namespaces import check_namespaces
from devenv.dynamicconfig.lint.values import check_placeholders, normalized
from devenv.dynamicconfig.load import parse_alone, parse_text_alone, read_layers

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from pathlib import Path

    from devenv.dynamicconfig.catalog.model import Catalog, Setting
    from devenv.dynamicconfig.load import Layer
    from devenv.dynamicconfig.parse import ParsedFile, RawItem

_NOT_DECODED = {Code.INVALID_YAML, Code.TOO_COMPLEX, Code.UNREADABLE_FILE}


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What files are compared with."""

    catalog: Catalog
    """The settings of the server that will read them."""
    embedded: Catalog | None = None
    """The settings of the embedded engine's server, if a key unknown to it needs a warning."""
    namespaces: Collection[str] | None = None
    """The namespaces that seeds declare; None if others need no warning."""
    is_embedded: bool = False
    """Whether the embedded engine will run this, which enforces no constraints."""


def lint_files(paths: Sequence[Path], catalog: Catalog) -> list[Finding]:
    """Lint each file alone, in server form."""
    knowledge = Knowledge(catalog)
    return [finding for path in paths for finding in _lint([parse_alone(path)], knowledge)]


def lint_text(text: str, catalog: Catalog, source: str) -> list[Finding]:
    """Lint the text of one file in server form; `source` names it."""
    return list(_lint([parse_text_alone(text, source)], Knowledge(catalog)))


def lint_layers(directories: Sequence[Path], knowledge: Knowledge, root: Path | None = None) -> list[Finding]:
    """Lint the layers of the project at `root`; without it, of the project of each directory."""
    return lint_parsed(read_layers(directories, root), knowledge)


def lint_parsed(layers: Sequence[Layer], knowledge: Knowledge) -> list[Finding]:
    """Lint parsed layers, except the first, which devenv ships."""
    shipped, *own = layers
    return list(_lint([file for layer in own for file in layer.files], knowledge, shipped.files))


def _lint(
    files: Sequence[ParsedFile], knowledge: Knowledge, beside: Sequence[ParsedFile] = ()
) -> Iterator[Finding]:
    checks = _Checks((*beside, *files), knowledge)
    for file in files:
        findings = [*file.findings, *checks.of_file(file)]
        yield from sorted(findings, key=lambda each: (each.line, each.column, each.code))


class _Checks:
    """All checks of keys and values, with the data of all `files` that they need."""

    def __init__(self, files: Sequence[ParsedFile], knowledge: Knowledge) -> None:
        self._knowledge = knowledge
        self._keys = KeyCheck(knowledge.catalog, knowledge.embedded)
        self._limits = LimitCheck(files, knowledge.catalog)
        self._set_times = Counter(item.key.lower() for file in files for item in file.items)

    def of_file(self, file: ParsedFile) -> Iterator[Finding]:
        if any(finding.code in _NOT_DECODED for finding in file.findings):
            return
        for key in file.keys.values():
            for problem in self._keys.problems(key):
                yield _finding(problem, file, key.text)
        for item in file.items:
            for problem in self._of_item(item):
                yield _finding(problem, file, item.key)

    def _of_item(self, item: RawItem) -> Iterator[Problem]:
        setting = self._knowledge.catalog.find(item.key)
        if self._knowledge.namespaces is not None:
            yield from check_namespaces(item, self._knowledge.namespaces)
        if setting is None:
            return
        if self._knowledge.is_embedded and item.constraints:
            message = f"{setting.key}: a value with constraints is not enforced by the embedded engine"
            yield Problem(Code.NOT_ENFORCED, item.at, message, COMPOSE_ONLY)
        yield from check_constraints(item, setting)
        yield from self._limits.problems(item, setting)
        problems = list(check_value(item, setting))
        yield from problems
        places = {problem.at for problem in problems}
        yield from (each for each in check_placeholders(item, setting) if each.at not in places)
        if (
            item.flaw is None
            and not problems
            and self._set_times[item.key.lower()] == 1
            and _is_default(item, setting)
        ):
            message = f"{setting.key} is {setting.default_text} already"
            yield Problem(Code.SAME_AS_DEFAULT, item.node.at, message, "it can be left out")


def _is_default(item: RawItem, setting: Setting) -> bool:
    """Return whether a value equals the default."""
    if setting.type in {ValueType.STRUCTURE, ValueType.MAP} or setting.constrained_defaults:
        return False
    value = normalized(setting.type, item.value)
    return bool(value == normalized(setting.type, setting.default))


def _finding(problem: Problem, file: ParsedFile, key: str) -> Finding:
    return Finding.at(problem.code, file.source, problem.at, problem.message, key, problem.suggestion)
