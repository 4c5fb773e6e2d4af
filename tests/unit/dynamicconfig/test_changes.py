"""The difference of two dynamic configs."""

from __future__ import annotations

from typing import Any

import pytest

from devenv.dynamicconfig.catalog.load import load_catalog
from devenv.dynamicconfig.changes import changed_keys, differences, read_at_start
from devenv.dynamicconfig.model import DynamicConfig, Entry


def config(*entries: tuple[str, Any, dict[str, str | int]]) -> DynamicConfig:
    return DynamicConfig(tuple(Entry(*entry, "x.yaml:1:1", "x") for entry in entries))


def difference(before: Any, after: Any) -> list[str]:
    changes = differences(config(("a", before, {})), config(("a", after, {})))
    return [change.action for change in changes]


@pytest.mark.parametrize("value", [1, 1.5, "x", True, None, [1, {"a": [2]}], {"a": 1, "b": 2}])
def test_the_same_value_is_no_change(value: Any) -> None:
    assert difference(value, value) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (1, True),
        (1, 1.0),
        (1, "1"),
        (0, False),
        ([1], [1, 1]),
        ([1], [True]),
        ({"a": 1}, {"a": 1.0}),
        ({}, []),
    ],
)
def test_another_type_is_a_change(before: Any, after: Any) -> None:
    """Python calls some of these equal; the server does not."""
    assert difference(before, after) == ["update"]


def test_the_order_of_fields_is_no_change() -> None:
    assert difference({"a": 1, "b": 2}, {"b": 2, "a": 1}) == []


def test_each_value_of_a_key_is_a_change_of_its_own() -> None:
    """Values differ by constraints; keys are the same in any case, and counted once."""
    before = config(("Limit", 1, {}), ("limit", 2, {"namespace": "orders"}))
    after = config(("limit", 3, {}), ("limit", 2, {"namespace": "payments"}))
    changes = differences(before, after)
    assert {(change.action, *change.constraints.values()) for change in changes} == {
        ("update",),
        ("delete", "orders"),
        ("create", "payments"),
    }
    assert len(changed_keys(changes)) == 1


def test_keys_that_are_read_at_start_are_known() -> None:
    """From the catalog; a key that it does not know is no reason to restart."""
    before = config(
        ("limit.maxIDLength", 1, {}), ("worker.ESProcessorNumOfWorkers", 1, {}), ("no.such", 1, {})
    )
    changes = differences(before, DynamicConfig())
    assert read_at_start(changes, load_catalog("1.32.2")) == ["worker.ESProcessorNumOfWorkers"]
