"""Keys: does the server know them, and when does it look?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from devenv.dynamicconfig.findings import Code
from devenv.dynamicconfig.lint.problem import Problem
from devenv.dynamicconfig.replacements import load_replacements
from devenv.files.placeholders import advice_on_placeholder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devenv.dynamicconfig.catalog.model import Catalog
    from devenv.dynamicconfig.parse import RawKey


_MOST_GUESSES = 60


class KeyCheck:
    """Checks the keys of one run.

    Looking for similar keys takes a millisecond, and who has a file with hundreds of unknown ones is helped
    by the first sixty guesses.
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
            yield Problem(Code.NOT_IN_EMBEDDED, key.at, message, "it holds on the engine compose only")

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
    """Return what took the place of a key that is known to be gone."""
    replacement = load_replacements().get(key.lower())
    return None if replacement is None else replacement.advice


def guess(key: str, catalog: Catalog) -> str | None:
    """Return which keys look like an unknown one, as a question."""
    near = catalog.nearest(key)
    if not near:
        return None
    quoted = " or ".join(f'"{name}"' for name in near)
    return f"did you mean {quoted}?"
