"""What a server has, as seeds that declare it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from devenv.seeds.adopt import Adoption, Source, adopt
from devenv.seeds.calendars import parse_cron
from devenv.seeds.models import Seeds
from devenv.seeds.plan import Observed, plan
from devenv.temporal.protocol import Cluster, Namespace, NexusEndpoint
from devenv.temporal.schedules import Calendar, Interval, Schedule

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

SHIPPED = Seeds.model_validate({"namespaces": [{"name": "default"}]})
HOURLY = Schedule(
    "orders", "hourly", "Work", "hourly", "q", intervals=frozenset({Interval(timedelta(hours=1))})
)


def observed(
    *namespaces: Namespace,
    endpoints: Iterable[NexusEndpoint] = (),
    schedules: Iterable[Schedule] = (),
    attributes: dict[str, dict[str, str]] | None = None,
) -> Observed:
    return Observed(
        namespaces={each.name: each for each in (Namespace("orders"), *namespaces)},
        endpoints={each.name: each for each in endpoints},
        schedules={each.key: each for each in schedules},
        search_attributes=attributes or {},
        cluster=Cluster("1.32.2", shares_attributes=False),
    )


def adopted(server: Observed, declared: Any = None, chosen: Collection[str] | None = None) -> Adoption:
    seeds = Seeds.model_validate(declared or {})
    return adopt(Source(server, server.namespaces if chosen is None else chosen, seeds, SHIPPED))


def reasons(adoption: Adoption) -> list[str]:
    return [each.text for each in adoption.left_out]


def schedule(*lines: str, **fields: Any) -> Schedule:
    times = [parse_cron(line).times for line in lines]
    return replace(
        HOURLY,
        calendars=frozenset(each for each in times if isinstance(each, Calendar)),
        intervals=frozenset(each for each in times if isinstance(each, Interval)),
        **fields,
    )


@pytest.mark.parametrize(
    "found",
    [
        schedule("0 2 * * *"),
        schedule("@every 1h/5m"),
        schedule("*/15 9-17 * * MON-FRI # office", "@daily", "@every 90m", "30 0 12 1,15 * sun 2026-2040/2"),
        schedule("0 2 * * *", timezone="Europe/Paris", workflow_id="other", note="a # b", paused=True),
        schedule("0 2 * * *", input=('{"a": [1, 2.5, null]}', '"text"', "null")),
        schedule("0 2 * * *", overlap="buffer_all", catchup_window=timedelta(minutes=1)),
    ],
    ids=["cron", "interval", "many", "zone", "input", "policies"],
)
def test_an_adopted_schedule_needs_no_change(found: Schedule) -> None:
    """Whatever its times."""
    server = observed(schedules=[found])
    adoption = adopted(server)
    assert (adoption.left_out, len(adoption.data["schedules"])) == ([], 1)
    assert plan(Seeds.model_validate(adoption.data), server, prune=True) == []


def test_what_is_as_usual_is_not_written() -> None:
    """People want to read it."""
    adoption = adopted(observed(schedules=[HOURLY]))
    assert adoption.data == {
        "namespaces": [{"name": "orders", "retention": "3d"}],
        "schedules": [
            {"id": "hourly", "namespace": "orders", "workflow": "Work", "task_queue": "q", "interval": "1h"}
        ],
    }


def test_a_namespace_comes_with_all_it_has() -> None:
    """Except for the server's own columns, and archival that is off."""
    namespace = Namespace(
        "legacy",
        timedelta(hours=100),
        "two\nlines",
        "a@example.com",
        {"n": "yes"},
        history_archival_state="enabled",
        history_archival_uri="s3://bucket/path",
        visibility_archival_state="disabled",
    )
    server = observed(namespace, attributes={"legacy": {"Region": "Keyword", "Keyword01": "Keyword"}})
    [item] = adopted(server, chosen=["legacy"]).data["namespaces"]
    assert item == {
        "name": "legacy",
        "retention": "4d4h",
        "description": "two\nlines",
        "owner_email": "a@example.com",
        "data": {"n": "yes"},
        "history_archival_state": "enabled",
        "history_archival_uri": "s3://bucket/path",
        "search_attributes": {"Region": "Keyword"},
    }
    archiving = replace(server, archives=True)
    assert plan(Seeds.model_validate({"namespaces": [item]}), archiving) == []


def test_what_is_declared_is_not_taken_twice() -> None:
    """Nor what devenv ships, as long as the server has it so."""
    server = observed(
        Namespace("default"),
        endpoints=[NexusEndpoint("pay", "orders", "q")],
        schedules=[HOURLY],
    )
    declared = {
        "namespaces": [{"name": "orders", "retention": "9d"}],
        "nexus_endpoints": [{"name": "pay", "target": {"namespace": "orders", "task_queue": "q"}}],
        "schedules": [
            {"id": "hourly", "namespace": "orders", "workflow": "X", "task_queue": "q", "cron": "@daily"}
        ],
    }
    assert adopted(server, declared).data == {}
    other = observed(Namespace("default", timedelta(days=9)))
    assert adopted(other, {"namespaces": [{"name": "orders"}]}).data == {
        "namespaces": [{"name": "default", "retention": "9d"}]
    }


@pytest.mark.parametrize(
    ("declared", "names"),
    [({"name": "orders"}, ["default"]), ({"name": "orders", "search_attributes": {"Region": "Keyword"}}, [])],
    ids=["nobody declares it", "somebody does"],
)
def test_default_is_not_taken_for_the_attributes_of_others(declared: Any, names: list[str]) -> None:
    """Where the whole cluster shares them every namespace sees all of them."""
    seen = {"default": {"Region": "Keyword"}, "orders": {"Region": "Keyword"}}
    server = replace(observed(Namespace("default"), attributes=seen), cluster=Cluster())
    data = adopted(server, {"namespaces": [declared]}).data
    assert [item["name"] for item in data.get("namespaces", [])] == names
    [alone] = adopted(server).data["namespaces"]
    assert (alone["name"], alone["search_attributes"]) == ("orders", {"Region": "Keyword"})


def test_only_what_belongs_to_the_chosen_namespaces_is_taken() -> None:
    """Schedules in them, and endpoints that lead to them."""
    server = observed(
        Namespace("pay"),
        endpoints=[NexusEndpoint("to-pay", "pay", "q"), NexusEndpoint("to-orders", "orders", "q")],
        schedules=[HOURLY, replace(HOURLY, namespace="pay")],
    )
    data = adopted(server, chosen=["pay"]).data
    assert [item["name"] for item in data["namespaces"]] == ["pay"]
    assert [item["name"] for item in data["nexus_endpoints"]] == ["to-pay"]
    assert [item["namespace"] for item in data["schedules"]] == ["pay"]


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (replace(HOURLY, further={"spec": {"jitter": "5s"}}), "seeds cannot declare its jitter"),
        (
            replace(HOURLY, further={"action": {"start_workflow": {"memo": {}, "cron": "x"}}}),
            "seeds cannot declare its cron, memo",
        ),
        (replace(HOURLY, input=("<3 bytes of binary/plain>",)), "an argument of its workflow is not JSON"),
        (replace(HOURLY, id="with space"), "the name 'with space' holds a space, which a name cannot"),
        (replace(HOURLY, overlap="unspecified"), "overlap: expected one of skip, "),
        (replace(HOURLY, intervals=frozenset()), "has no time"),
    ],
)
def test_a_schedule_that_seeds_cannot_declare_stays_out(found: Schedule, why: str) -> None:
    """Declared by halves it would be changed by the next `apply`."""
    adoption = adopted(observed(schedules=[found]))
    assert "schedules" not in adoption.data
    [reason] = reasons(adoption)
    assert reason.startswith(f"schedule orders.{found.id} is left out: ")
    assert why in reason


def test_what_leads_to_something_left_out_is_left_out() -> None:
    """A namespace whose retention the server was told to allow has no place in seeds."""
    server = observed(
        Namespace("hot", timedelta(minutes=5)),
        endpoints=[NexusEndpoint("pay", "hot", "q"), NexusEndpoint("url", url="http://example.com")],
        schedules=[replace(HOURLY, namespace="hot")],
    )
    adoption = adopted(server)
    assert list(adoption.data) == ["namespaces"]
    assert reasons(adoption) == [
        "namespace hot is left out: retention: a retention of 5m is too short, the server keeps at least 1h",
        "Nexus endpoint pay is left out: the namespace hot, which it leads to, is left out",
        "Nexus endpoint url is left out: it leads to a URL, which seeds cannot declare",
        "schedule hot.hourly is left out: the namespace hot is left out",
    ]


def test_replication_is_said_to_be_lost() -> None:
    """The namespace itself is taken."""
    adoption = adopted(observed(Namespace("world", is_global=True)), chosen=["world"])
    assert adoption.data == {"namespaces": [{"name": "world", "retention": "3d"}]}
    assert reasons(adoption) == ["namespace world: its replication is left out: seeds cannot declare it"]
