"""Keys and constraints: does the server know them, and does it ever ask for this value?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from devenv.dynamicconfig.constraints import is_zero
from devenv.dynamicconfig.findings import Code, Problem
from devenv.dynamicconfig.replacements import load_replacements
from devenv.files.placeholders import advice_on_placeholder

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from devenv.dynamicconfig.catalog.model import Catalog, Setting
    from devenv.dynamicconfig.parse import RawConstraint, RawItem, RawKey


# A person chooses an engine by its name, not by its traits.
COMPOSE_ONLY = "it holds on the engine compose only"
_MOST_GUESSES = 60


class KeyCheck:
    """Checks the keys of one run.

    Finding similar keys takes a millisecond, so only the first sixty unknown keys get a suggestion.
    """

    def __init__(self, catalog: Catalog, embedded: Catalog | None) -> None:
        self._catalog = catalog
        self._embedded = embedded
        self._guesses_left = _MOST_GUESSES

    def problems(self, key: RawKey) -> Iterator[Problem]:
        """Yield what is wrong with a key, whatever its values are."""
        setting = self._catalog.find(key.text)
        if setting is None:
            message = f'server {self._catalog.covers} has no key "{key.text}" and ignores it'
            yield Problem(Code.UNKNOWN_KEY, key.at, message, self._advice(key.text))
            return
        if setting.read == "start":
            message = f'"{setting.key}" is read only when the server starts'
            advice = "restart the stack after a change: `devenv restart`"
            yield Problem(Code.READ_AT_START, key.at, message, advice)
        if self._embedded is not None and self._embedded.find(key.text) is None:
            message = f'the embedded engine (server {self._embedded.covers}) has no key "{setting.key}"'
            yield Problem(Code.NOT_IN_EMBEDDED, key.at, message, COMPOSE_ONLY)

    def _advice(self, key: str) -> str | None:
        if (advice := advice_on_placeholder(key)) is not None:
            return advice
        if (replaced := advice_on_replaced_key(key)) is not None:
            return replaced
        if not self._guesses_left:
            return None
        self._guesses_left -= 1
        return guess(key, self._catalog)


def advice_on_replaced_key(key: str) -> str | None:
    """Return the advice about a key that is known to be gone."""
    replacement = load_replacements().get(key.lower())
    return None if replacement is None else replacement.advice


def guess(key: str, catalog: Catalog) -> str | None:
    """Return the keys similar to an unknown one, as a question."""
    near = catalog.nearest(key)
    if not near:
        return None
    quoted = " or ".join(f'"{name}"' for name in near)
    return f"did you mean {quoted}?"


def check_constraints(item: RawItem, setting: Setting) -> Iterator[Problem]:
    """Yield why a value with these constraints never holds."""
    possible = setting.precedence.constraint_sets
    known = frozenset().union(*possible)
    alien = [each for each in item.constraints if each.name not in known]
    for constraint in alien:
        yield _never_asked(setting, constraint, known)
    names = frozenset(each.name for each in item.constraints if not is_zero(each.value))
    if item.flaw is None and not alien and names not in possible:
        message = f"the server never asks {setting.key} for {_listed(names)} together"
        yield Problem(Code.CONSTRAINTS_NEVER_MATCH, item.at, message, _advice(names, possible))


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
