"""Which tests one worker of pytest-xdist runs one after the other."""

from __future__ import annotations

from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

SHARING_A_STACK = "tests/e2e/shop/"


class ByStack(LoadScopeScheduling):  # type: ignore[misc]  # it comes without types
    """Keeps the tests of a class, or else of a module, together; and all that share the stack of the example.

    Not by `--dist loadgroup`: its marks come to nothing with pytest 9.
    """

    def _split_scope(self, nodeid: str) -> str:
        if nodeid.startswith(SHARING_A_STACK):
            return SHARING_A_STACK
        scope: str = super()._split_scope(nodeid)
        return scope
