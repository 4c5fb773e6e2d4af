"""What differs between two dynamic configs, value by value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from devenv.dynamicconfig.catalog.model import Catalog
    from devenv.dynamicconfig.model import DynamicConfig, Entry


@dataclass(frozen=True)
class ConfigChange:
    """One value that is new, gone (`after` is None), or another one."""

    before: Entry | None
    after: Entry | None

    @property
    def entry(self) -> Entry:
        """The entry as it is now, or as it was."""
        entry = self.after or self.before
        assert entry is not None  # noqa: S101  a change has a side
        return entry

    @property
    def key(self) -> str:
        """The key, as it was written."""
        return self.entry.key

    @property
    def constraints(self) -> Mapping[str, str | int]:
        """Where the value holds."""
        return self.entry.constraints

    @property
    def action(self) -> str:
        """What happens to the value: create, update or delete."""
        if self.before is None:
            return "create"
        return "update" if self.after is not None else "delete"


def differences(before: DynamicConfig, after: DynamicConfig) -> list[ConfigChange]:
    """Return what has to change for `after` to be in effect where `before` is, sorted by key."""
    old = {entry.identity: entry for entry in before.entries}
    new = {entry.identity: entry for entry in after.entries}
    changes = (ConfigChange(old.get(identity), new.get(identity)) for identity in sorted(old | new))
    return [change for change in changes if not _is_same(change)]


def changed_keys(changes: Iterable[ConfigChange]) -> list[str]:
    """Return the keys of `changes`, each once."""
    return list({change.key.lower(): change.key for change in changes}.values())


def read_at_start(changes: Iterable[ConfigChange], catalog: Catalog) -> list[str]:
    """Return the changed keys that the server reads only when it starts, as far as the catalog knows."""
    settings = ((key, catalog.find(key)) for key in changed_keys(changes))
    return [key for key, setting in settings if setting is not None and setting.read == "start"]


def _is_same(change: ConfigChange) -> bool:
    if change.before is None or change.after is None:
        return False
    return _equal(change.before.value, change.after.value)


def _equal(one: object, other: object) -> bool:
    """Return whether the server sees the same value: 1 is neither true nor 1.0."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_equal(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_equal, one, other))
    return type(one) is type(other) and one == other
