"""Keys: does the server know them, and when does it look?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from devenv.dynamicconfig.findings import Code
from devenv.dynamicconfig.lint.problem import Problem
from devenv.dynamicconfig.replacements import load_replacements

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devenv.dynamicconfig.catalog.model import Catalog
    from devenv.dynamicconfig.parse import RawKey


def check_key(key: RawKey, catalog: Catalog, embedded: Catalog | None) -> Iterator[Problem]:
    """Yield what is wrong with a key, whatever its values are."""
    setting = catalog.find(key.text)
    if setting is None:
        message = f'server {catalog.covers} has no key "{key.text}" and ignores it'
        yield Problem(Code.UNKNOWN_KEY, key.at, message, advice_on_unknown_key(key.text, catalog))
        return
    if setting.read == "start":
        message = f'"{setting.key}" is read only when the server starts'
        yield Problem(
            Code.READ_AT_START, key.at, message, "restart the stack after a change: `devenv restart`"
        )
    if embedded is not None and embedded.find(key.text) is None:
        message = f'the embedded engine (server {embedded.covers}) has no key "{setting.key}"'
        yield Problem(Code.NOT_IN_EMBEDDED, key.at, message, "it holds on the engine compose only")


def advice_on_unknown_key(key: str, catalog: Catalog) -> str | None:
    """Return what took the place of a key, or which keys look like it."""
    replacement = load_replacements().get(key.lower())
    if replacement is not None:
        return replacement.advice
    near = catalog.nearest(key)
    if not near:
        return None
    quoted = " or ".join(f'"{name}"' for name in near)
    return f"did you mean {quoted}?"
