"""From changes to requests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from devenv.seeds.changes import Change
from devenv.seeds.kinds.namespace import NAMESPACES, NamespaceSpec, to_namespace
from devenv.seeds.kinds.nexus_endpoint import NEXUS_ENDPOINTS
from devenv.seeds.kinds.schedule import SCHEDULES
from devenv.seeds.kinds.schedule.convert import to_schedule
from devenv.seeds.kinds.schedule.spec import ScheduleSpec
from devenv.seeds.kinds.search_attribute import SEARCH_ATTRIBUTES
from devenv.seeds.load import parse_seeds
from devenv.seeds.plan import plan, requests_for
from devenv.seeds.seed_model import Key
from devenv.seeds.seeds import Observed, Seeds
from devenv.temporal.protocol import Action, Cluster, Namespace, NexusEndpoint, SearchAttributes, Write
from devenv.temporal.schedules import Schedule

if TYPE_CHECKING:
    from devenv.seeds.kinds.kind import Kind


def seeds(*namespaces: dict[str, Any], **others: Any) -> Seeds:
    return parse_seeds({"namespaces": namespaces, **others})


ORDERS = {"name": "orders", "retention": "30d", "search_attributes": {"A": "Keyword", "B": "Int"}}
PAYMENTS = {"name": "payments", "search_attributes": {"A": "Keyword"}}
ENDPOINT = {"name": "pay", "target": {"namespace": "orders", "task_queue": "q"}, "description": "D"}
SCHEDULE = {"id": "s", "namespace": "orders", "workflow": "W", "task_queue": "q", "cron": "0 2 * * *"}


def writes(declared: Seeds, changes: list[Change] | None = None, *, shared: bool = True) -> list[Write]:
    changes = plan(declared, Observed()) if changes is None else changes
    return [each.write for each in requests_for(changes, Cluster(shares_attributes=shared))]


def test_each_new_thing_is_one_request_in_the_order_of_the_plan() -> None:
    """With all that is declared of it."""
    declared = seeds(
        {"name": "orders", "description": "O", "data": {"k": "v"}},
        nexus_endpoints=[ENDPOINT],
        schedules=[SCHEDULE],
    )
    assert writes(declared) == [
        Write(Action.CREATE, to_namespace(declared.of(NamespaceSpec)[0])),
        Write(Action.CREATE, NexusEndpoint("pay", "orders", "q", description="D")),
        Write(Action.CREATE, to_schedule(declared.of(ScheduleSpec)[0])),
    ]


def test_several_differences_of_one_thing_are_one_update() -> None:
    """And the request knows of all its changes."""
    declared = seeds({"name": "orders", "retention": "9d", "description": "new"})
    changes = plan(declared, Observed({"orders": Namespace("orders")}))
    [request] = requests_for(changes, Cluster())
    assert request.write == Write(Action.UPDATE, to_namespace(declared.of(NamespaceSpec)[0]))
    assert [change.reason for change in request.changes] == ["retention differs", "description differs"]


@pytest.mark.parametrize(
    ("shared", "requests"),
    [
        (True, [("orders", {"A": "Keyword", "B": "Int"})]),
        (False, [("orders", {"A": "Keyword", "B": "Int"}), ("payments", {"A": "Keyword"})]),
    ],
)
def test_attributes_are_added_in_one_request_or_by_namespace(
    *, shared: bool, requests: list[tuple[str, dict[str, str]]]
) -> None:
    """Where they are shared, a second request could undo the first."""
    declared = seeds(ORDERS, PAYMENTS)
    made = [each.target for each in writes(declared, shared=shared) if not isinstance(each.target, Namespace)]
    assert made == [SearchAttributes(owner, types) for owner, types in requests]


@pytest.mark.parametrize(
    ("kind", "target"),
    [
        (NAMESPACES, Namespace("old")),
        (NEXUS_ENDPOINTS, NexusEndpoint("old")),
        (SCHEDULES, Schedule("orders", "old", "", "", "")),
        (SEARCH_ATTRIBUTES, SearchAttributes("orders", {"old": "Text"})),
    ],
)
def test_a_deletion_names_what_goes(kind: Kind[Any], target: object) -> None:
    """Nobody declares more of it."""
    owner = "orders" if kind in {SCHEDULES, SEARCH_ATTRIBUTES} else None
    change = Change(Action.DELETE, kind, Key(owner, "old"), None, "Text", None, "declared nowhere")
    [write] = writes(seeds(ORDERS), [change], shared=False)
    assert (write.action, write.target) == (Action.DELETE, target)


def test_without_changes_there_is_nothing_to_send() -> None:
    """Not even an empty request."""
    assert writes(seeds(ORDERS), []) == []
