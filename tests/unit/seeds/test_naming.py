"""Seeds of a worktree, by the names that they have on a server that it shares."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from devenv.errors import SeedsInvalidError
from devenv.project.worktree import Names
from devenv.seeds.kinds import KINDS
from devenv.seeds.kinds.namespace import NamespaceSpec
from devenv.seeds.kinds.user import UserSpec
from devenv.seeds.load import load_seeds, parse_seeds
from devenv.seeds.naming import as_written, called

if TYPE_CHECKING:
    from pathlib import Path

FEATURE = Names("feature", is_shared=True)
OF_EVERY_KIND = {
    "namespaces": [
        {"name": "default", "retention": "1d"},
        {"name": "orders", "search_attributes": {"CustomerId": "Keyword"}},
    ],
    "nexus_endpoints": [
        {"name": "orders", "target": {"namespace": "orders", "task_queue": "orders-go"}},
        {"name": "greetings", "target": {"namespace": "default", "task_queue": "greet"}},
    ],
    "schedules": [
        {
            "id": "nightly",
            "namespace": "orders",
            "workflow": "Report",
            "task_queue": "go",
            "cron": "0 2 * * *",
        }
    ],
    "task_queues": [{"name": "orders-go", "namespace": "orders", "rate_limit": 5}],
    "users": [{"name": "alice", "roles": {"orders": "write", "default": "read"}}],
}


def test_whatever_a_worktree_declares_is_its_own_and_default_is_everybodys() -> None:
    """Endpoints belong to the whole cluster, so their names have the suffix, too; task queues need none."""
    seeds = called(parse_seeds(OF_EVERY_KIND), FEATURE)
    names = [(type(spec).__name__, *spec.key, spec.needed_namespace) for spec in seeds.specs]
    assert names == [
        ("NamespaceSpec", None, "default", None),
        ("NamespaceSpec", None, "orders-feature", None),
        ("NexusEndpointSpec", None, "orders-feature", "orders-feature"),
        ("NexusEndpointSpec", None, "greetings-feature", "default"),
        ("ScheduleSpec", "orders-feature", "nightly", "orders-feature"),
        ("TaskQueueSpec", "orders-feature", "orders-go", "orders-feature"),
        ("UserSpec", None, "alice", None),
    ]
    assert seeds.of(UserSpec)[0].permissions == ("orders-feature:write", "default:read")
    assert {type(spec) for spec in seeds.specs} == {kind.model for kind in KINDS}, "a kind is not shown here"


def test_all_else_is_as_it_is_declared() -> None:
    """Retention, attributes, cron."""
    written = parse_seeds(OF_EVERY_KIND)
    renamed = called(written, FEATURE)
    for before, after in zip(written.specs, renamed.specs, strict=True):
        changed = {
            field for field in type(before).model_fields if getattr(before, field) != getattr(after, field)
        }
        assert changed <= {"name", "namespace", "target", "roles"}


def test_without_a_suffix_nothing_changes() -> None:
    """As in the main worktree."""
    seeds = parse_seeds(OF_EVERY_KIND)
    assert called(seeds, Names(is_shared=True)) is seeds


def test_places_stay_those_of_the_files(tmp_path: Path) -> None:
    """They are asked for by the name on the server."""
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds" / "a.yaml").write_text("namespaces:\n- name: orders\n  search_attributes: {A: Int}\n")
    written = load_seeds([tmp_path / "seeds"])
    seeds = called(written, FEATURE)
    assert seeds.place_of("orders-feature") == written.place_of("orders") is not None
    assert seeds.place_of_attribute("orders-feature", "A") == written.place_of_attribute("orders", "A")


def test_a_name_that_the_suffix_makes_too_long_is_told_as_it_is_written(tmp_path: Path) -> None:
    """With its place, and a way out."""
    long = "o" * 250
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds" / "a.yaml").write_text(f"namespaces:\n- name: {long}\n- name: short\n")
    with pytest.raises(
        SeedsInvalidError, match=rf"a\.yaml:2:3: {long} gets the suffix -feature.* 255"
    ) as caught:
        called(load_seeds([tmp_path / "seeds"]), FEATURE)
    assert "shorter" in caught.value.hint
    assert caught.value.details == ()


def test_what_is_imported_is_called_as_files_of_the_worktree_call_it() -> None:
    """So that to declare it changes nothing on the server."""
    on_server: dict[str, list[dict[str, object]]] = {
        "namespaces": [{"name": "orders-feature", "retention": "3d"}],
        "nexus_endpoints": [
            {"name": "orders-feature", "target": {"namespace": "orders-feature", "task_queue": "go"}}
        ],
        "schedules": [{"id": "nightly", "namespace": "orders-feature", "task_queue": "go"}],
        "task_queues": [{"name": "go", "namespace": "default", "rate_limit": 5.0}],
    }
    written = as_written(on_server, FEATURE)
    assert written == {
        "namespaces": [{"name": "orders", "retention": "3d"}],
        "nexus_endpoints": [{"name": "orders", "target": {"namespace": "orders", "task_queue": "go"}}],
        "schedules": [{"id": "nightly", "namespace": "orders", "task_queue": "go"}],
        "task_queues": [{"name": "go", "namespace": "default", "rate_limit": 5.0}],
    }
    assert [spec.name for spec in parse_seeds({"namespaces": written["namespaces"]}).of(NamespaceSpec)] == [
        "orders"
    ]
