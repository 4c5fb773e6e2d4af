"""Limits of sizes: is an error limit lower than its warn limit, and so without effect?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from devenv.dynamicconfig.findings import Code, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from devenv.dynamicconfig.catalog.model import Catalog, Setting
    from devenv.dynamicconfig.parse import ParsedFile, RawItem

# Where the server checks the error limit only beyond the other: `CheckEventBlobSizeLimit` (common/util.go)
# and `truncateRetryableActivityFailure` (service/history/workflow). That of histories it checks first.
GUARDS = {
    f"limit.{of.lower()}.error": f"limit.{of}.warn"
    for of in ("blobSize", "memoSize", "mutableStateActivityFailureSize")
}


class LimitCheck:
    """Compares error limits with their warn limits in `files`: the layers of a server, later ones winning."""

    def __init__(self, files: Iterable[ParsedFile], catalog: Catalog) -> None:
        self._catalog = catalog
        guards = {guard.lower() for guard in GUARDS.values()}
        items = (item for file in files for item in file.items if item.flaw is None)
        self._guards = {_place(item): item.value for item in items if item.key.lower() in guards}

    def problems(self, item: RawItem, setting: Setting) -> Iterator[Problem]:
        """Yield a warning if the limit of `item` is lower than its guard, and so has no effect below it."""
        guard = self._catalog.find(GUARDS.get(setting.key.lower(), ""))
        if guard is None or item.flaw is not None or not isinstance(item.value, int):
            return
        value = self._effective(guard, item)
        if isinstance(value, int) and item.value < value:
            message = f"{setting.key} holds only beyond {guard.key}, which is {value} here"
            advice = f"set {guard.key} to {item.value} or less, with the same constraints"
            yield Problem(Code.GUARDED_LIMIT, item.node.at, message, advice)

    def _effective(self, guard: Setting, item: RawItem) -> object:
        _, namespace = _place(item)
        everywhere = self._guards.get((guard.key.lower(), None), guard.default)
        return self._guards.get((guard.key.lower(), namespace), everywhere)


def _place(item: RawItem) -> tuple[str, object]:
    namespaces = (each.value for each in item.constraints if each.name == "namespace")
    return item.key.lower(), next(namespaces, None)
