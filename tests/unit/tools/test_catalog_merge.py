"""One catalog file out of the registries of several versions."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tools.catalog.merge import merge

SETS: dict[str, list[list[str]]] = {"Global": [[]]}


def registry(*settings: dict[str, Any]) -> dict[str, Any]:
    return {"constraint_sets": SETS, "settings": list(settings)}


def setting(key: str, default: object = 1, **more: object) -> dict[str, Any]:
    return {
        "key": key,
        "type": "int",
        "precedence": "Global",
        "read": "live",
        "default": {"value": default},
        "description": " says it \n",
        **more,
    }


def merged(**registries: dict[str, Any]) -> list[dict[str, Any]]:
    versions = {name.lstrip("v").replace("_", "."): held for name, held in registries.items()}
    settings: list[dict[str, Any]] = json.loads(merge(versions, "x"))["settings"]
    return settings


def test_what_is_the_same_everywhere_is_there_once() -> None:
    (record,) = merged(v1_9_0=registry(setting("a.b")), v1_10_0=registry(setting("a.b")))
    assert "versions" not in record
    assert record["description"] == "says it"


def test_what_differs_is_there_once_per_variant() -> None:
    first, second = merged(v1_10_0=registry(setting("a.b", 2)), v1_9_0=registry(setting("a.b", 1)))
    assert (first["default"], first["versions"]) == (1, ["1.9.0"])
    assert (second["default"], second["versions"]) == (2, ["1.10.0"])


def test_a_true_value_is_not_a_one() -> None:
    records = merged(v1_0_0=registry(setting("a.b", default=True)), v1_1_0=registry(setting("a.b", 1)))
    assert len(records) == 2


def test_the_order_is_that_of_the_keys_in_any_case() -> None:
    records = merged(v1_0_0=registry(setting("b"), setting("A"), setting("c")))
    assert [record["key"] for record in records] == ["A", "b", "c"]


def test_every_setting_has_a_line_of_its_own() -> None:
    text = merge({"1.0.0": registry(setting("a", description="two\nlines"), setting("b"))}, "x")
    assert sum(line.startswith('{"key"') for line in text.splitlines()) == 2


def test_different_constraint_sets_are_refused() -> None:
    other = {"constraint_sets": {"Global": [["shardID"], []]}, "settings": []}
    with pytest.raises(ValueError, match="constraint sets differ"):
        merge({"1.0.0": registry(), "1.1.0": other}, "x")
