"""Constraints: can the server ever ask for this value?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from devenv.dynamicconfig.constraints import is_nothing
from devenv.dynamicconfig.findings import Code
from devenv.dynamicconfig.lint.problem import Problem
from devenv.files.placeholders import placeholder_in

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from devenv.dynamicconfig.catalog.model import Setting
    from devenv.dynamicconfig.parse import RawConstraint, RawItem


def check_constraints(item: RawItem, setting: Setting) -> Iterator[Problem]:
    """Yield why a value with these constraints never holds."""
    possible = setting.precedence.constraint_sets
    known = frozenset().union(*possible)
    alien = [each for each in item.constraints if each.name not in known]
    for constraint in alien:
        yield _never_asked(setting, constraint, known)
    names = frozenset(each.name for each in item.constraints if not is_nothing(each.value))
    if item.flaw is None and not alien and names not in possible:
        message = f"the server never asks {setting.key} for {_listed(names)} together"
        yield Problem(Code.CONSTRAINTS_NEVER_MATCH, item.at, message, _advice(names, possible))


def check_namespace(item: RawItem, declared: Collection[str]) -> Iterator[Problem]:
    """Yield a warning if no seed declares the namespace of a value."""
    for constraint in item.constraints:
        name = constraint.value if constraint.name == "namespace" else None
        if name and name not in declared and not placeholder_in(name):
            message = f'no seed declares the namespace "{name}"'
            yield Problem(Code.UNDECLARED_NAMESPACE, constraint.at, message, "declare it below seeds/")


def _never_asked(setting: Setting, constraint: RawConstraint, known: frozenset[str]) -> Problem:
    message = f"{setting.key} never depends on {constraint.name}, so this value never holds"
    if constraint.is_implied:
        advice = "move it to a file beside namespaces/, where it holds for all namespaces"
    elif known:
        advice = f"it can depend on {_listed(known)}"
    else:
        advice = "it holds for the whole server: take the constraint out"
    return Problem(Code.CONSTRAINT_NOT_FOR_KEY, constraint.at, message, advice)


def _advice(names: frozenset[str], possible: tuple[frozenset[str], ...]) -> str:
    larger = [each - names for each in possible if each > names]
    if larger:
        return f"add {_listed(min(larger, key=len))}"
    return "it asks for " + ", or for ".join(_listed(each) or "no constraint" for each in possible)


def _listed(names: Collection[str]) -> str:
    return " and ".join(sorted(names))
