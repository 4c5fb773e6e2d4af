"""Explains a setting: the value that holds for a request, its place, and the values that it overrides."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from devenv.dynamicconfig.constraints import is_zero, normalized_constraint
from devenv.dynamicconfig.findings import Code, Severity
from devenv.dynamicconfig.lint.converters import check_value
from devenv.dynamicconfig.load import to_entry

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from devenv.dynamicconfig.catalog.model import Setting
    from devenv.dynamicconfig.findings import Finding
    from devenv.dynamicconfig.load import Layer
    from devenv.dynamicconfig.model import Entry
    from devenv.dynamicconfig.parse import RawItem

_UNDERSTOOD = {Code.SAME_CONSTRAINTS, Code.IGNORED_ITEM, Code.SECOND_DOCUMENT}
"""Errors after which it is still known what the server does."""

Wanted = dict[str, str | int | None]


@dataclass(frozen=True)
class Candidate:
    """A value that a file, or the server itself, gives to a setting."""

    value: Any
    constraints: Mapping[str, str | int] = field(default_factory=dict)
    place: str | None = None
    """`file:line:column`; None for the server's own default."""
    objection: str | None = None
    """Why the server cannot use the value, and takes its default."""


@dataclass(frozen=True)
class Explanation:
    """Why a setting has its value."""

    setting: Setting
    winner: Candidate | None
    """None if it is unknown, because of what is `unreadable`."""
    beaten: tuple[Candidate, ...]
    """What would hold without the winner, the strongest first; the server's default comes last."""
    elsewhere: tuple[Candidate, ...]
    """What holds for other requests only."""
    unreadable: tuple[Finding, ...] = ()
    """Findings that hide which value holds for which request."""

    @property
    def value(self) -> Any:
        """What the server works with: the default, if it cannot use what won; None without a winner."""
        if self.winner is None:
            return None
        return self.setting.default if self.winner.objection else self.winner.value


def explain(setting: Setting, layers: Sequence[Layer], request: Mapping[str, str]) -> Explanation:
    """Find the value of `setting` for a request.

    Args:
        setting: The setting in question.
        layers: The layers of the project; of two values for the same constraints the later layer's holds.
        request: What the server would ask for, by name of constraint; names that are not there are not given.
    """
    written = list(_written(setting, layers))
    ranked = [
        candidate
        for wanted in _wanted(setting, request)
        for candidate in (*_matching(written, wanted), *_defaults(setting, wanted))
    ]
    elsewhere = tuple(each for each in written if each not in ranked)
    unreadable = tuple(dict.fromkeys(_unreadable(setting, layers)))
    if unreadable:
        return Explanation(setting, None, tuple(ranked), elsewhere, unreadable)
    winner, *beaten = ranked
    return Explanation(setting, winner, tuple(beaten), elsewhere)


def _unreadable(setting: Setting, layers: Sequence[Layer]) -> Iterator[Finding]:
    """Yield the errors in the values of the setting, and those that may hide values of it."""
    for file in (file for layer in layers for file in layer.files):
        for finding in file.findings:
            is_about_it = finding.key is None or finding.key.lower() == setting.key.lower()
            if is_about_it and finding.severity is Severity.ERROR and finding.code not in _UNDERSTOOD:
                yield finding
        yield from (item.flaw for item in file.items_of(setting.key) if item.flaw is not None)


def _written(setting: Setting, layers: Sequence[Layer]) -> Iterator[Candidate]:
    """Yield the values in files, later layers first; in one layer the first of two equals wins."""
    for layer in reversed(layers):
        for file in layer.files:
            for item in file.items:
                if item.key.lower() == setting.key.lower() and item.flaw is None:
                    yield _candidate(item, to_entry(item, file, layer), setting)


def _candidate(item: RawItem, entry: Entry, setting: Setting) -> Candidate:
    objection = next((problem.message for problem in check_value(item, setting)), None)
    return Candidate(entry.value, entry.constraints, entry.place, objection)


def _wanted(setting: Setting, request: Mapping[str, str]) -> Iterator[Wanted]:
    """Yield the constraints that the server looks for, one after the other."""
    given = {name: value for name, value in request.items() if value}
    for names in setting.precedence.constraint_sets:
        if names <= given.keys():
            yield {name: normalized_constraint(name, given[name]) for name in names}


def _matching(written: Sequence[Candidate], wanted: Wanted) -> list[Candidate]:
    return [each for each in written if _compared(each.constraints) == wanted]


def _defaults(setting: Setting, wanted: Wanted) -> Iterator[Candidate]:
    for each in setting.constrained_defaults:
        if wanted and _compared(each.constraints) == wanted:
            yield Candidate(each.value, each.constraints)
    if not wanted:
        yield Candidate(setting.default)


def _compared(constraints: Mapping[str, Any]) -> Wanted:
    return {
        name: normalized_constraint(name, value) for name, value in constraints.items() if not is_zero(value)
    }
