"""Which tests one worker of pytest-xdist runs one after the other, and what begins first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

if TYPE_CHECKING:
    import pytest

SHARING_A_STACK = "tests/e2e/shop/"
# Begun last, each of these is waited for. xdist's own order is by number of tests, and some are a single one.
LONGEST_FIRST = (
    "tests/e2e/test_new_service.py",
    SHARING_A_STACK,
    "tests/e2e/test_declared_state.py",
    "tests/e2e/test_data.py",
    "tests/e2e/test_service_images.py",
    "tests/integration/test_generated_services.py",
    "tests/integration/test_pytest_plugin.py",
    "tests/integration/test_declared_state.py",
    "tests/integration/test_embedded_stack.py",
    "tests/integration/test_embedded_engine.py",
    "tests/e2e/image_contracts/test_postgres.py",
    "tests/e2e/image_contracts/test_opensearch.py",
    "tests/integration/test_servers_elsewhere.py",
    "tests/integration/test_foreign_servers.py",
    "tests/integration/test_packaging.py",
    "tests/e2e/test_plain_compose.py",
)


def longest_first(items: list[pytest.Item]) -> None:
    """Sort what was collected; `--no-loadscope-reorder` leaves it so."""
    items.sort(key=_place)


def _place(item: pytest.Item) -> int:
    places = (place for place, path in enumerate(LONGEST_FIRST) if item.nodeid.startswith(path))
    return next(places, len(LONGEST_FIRST))


class ByStack(LoadScopeScheduling):  # type: ignore[misc]  # it comes without types
    """Keeps the tests of a class, or else of a module, together; and all that share the stack of the example.

    Not by `--dist loadgroup`: its marks come to nothing with pytest 9.
    """

    def _split_scope(self, nodeid: str) -> str:
        if nodeid.startswith(SHARING_A_STACK):
            return SHARING_A_STACK
        scope: str = super()._split_scope(nodeid)
        return scope
