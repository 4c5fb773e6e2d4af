"""What a server has, as seeds that declare it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from fakes.observed import having

from devenv.seeds.importer import ImportResult, ImportSource, import_seeds
from devenv.seeds.kinds import KINDS
from devenv.seeds.kinds.namespace import ARCHIVE_URI
from devenv.seeds.kinds.schedule.calendars import parse_cron
from devenv.seeds.load import parse_seeds
from devenv.seeds.plan import plan
from devenv.temporal.protocol import Cluster, Namespace, NexusEndpoint
from devenv.temporal.schedules import Calendar, Interval, RetryPolicy, Schedule

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from devenv.seeds.seeds import Observed, Seeds

CHRISTMAS = Calendar(
    second=frozenset(range(60)),
    minute=frozenset(range(60)),
    hour=frozenset(range(24)),
    day_of_month=frozenset({25}),
    month=frozenset({12}),
    day_of_week=frozenset(range(7)),
)
SHIPPED = parse_seeds({"namespaces": [{"name": "default"}]})
HOURLY = Schedule(
    "orders", "hourly", "Work", "hourly", "q", intervals=frozenset({Interval(timedelta(hours=1))})
)


def observed(
    *namespaces: Namespace,
    endpoints: Iterable[NexusEndpoint] = (),
    schedules: Iterable[Schedule] = (),
    attributes: dict[str, dict[str, str]] | None = None,
) -> Observed:
    return having(
        (Namespace("orders"), *namespaces),
        attributes,
        endpoints,
        schedules,
        cluster=Cluster("1.32.2", shares_attributes=False),
    )


def imported(server: Observed, declared: Any = None, chosen: Collection[str] | None = None) -> ImportResult:
    seeds = parse_seeds(declared or {})
    return import_seeds(
        ImportSource(server, server.namespaces if chosen is None else chosen, seeds, SHIPPED), KINDS
    )


def reasons(result: ImportResult) -> list[str]:
    return [each.text for each in result.skipped]


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
        schedule(
            "0 9 1-7 * MON",
            "0 0 30 2 *",
            "0 3 * * *  # a # b",
            "@every 6h/10m",
            "@every 1h",
            id="with space/1",
        ),
        schedule(
            "@hourly",
            exclude=frozenset({CHRISTMAS}),
            jitter=timedelta(seconds=5),
            start_time=datetime(2027, 1, 1, 1, 2, 3, 456_000, tzinfo=UTC),
            end_time=datetime(2028, 1, 1, tzinfo=UTC),
        ),
        schedule(
            "@hourly",
            memo={"a": '{"b": [1]}'},
            search_attributes={"Region": '"eu"', "Order Total": "1.5"},
            schedule_memo={"owner": '"team"'},
            schedule_search_attributes={"Region": '"us"'},
        ),
        schedule(
            "@hourly",
            execution_timeout=timedelta(hours=3),
            run_timeout=timedelta(hours=1),
            task_timeout=timedelta(seconds=20),
            retry_policy=RetryPolicy(
                timedelta(seconds=2), maximum_attempts=3, non_retryable_error_types=("Bad",)
            ),
        ),
        schedule(
            "@hourly",
            pause_on_failure=True,
            keep_original_workflow_id=True,
            remaining_actions=0,
            static_summary="sum",
            static_details="de\ntails",
        ),
    ],
    ids=[
        "cron",
        "interval",
        "many",
        "zone",
        "input",
        "policies",
        "times",
        "limits of time",
        "memo and search attributes",
        "timeouts",
        "rules",
    ],
)
def test_an_imported_schedule_needs_no_change(found: Schedule) -> None:
    """Whatever its times."""
    server = observed(
        schedules=[found], attributes={"orders": {"Region": "Keyword", "Order Total": "Double"}}
    )
    result = imported(server)
    assert (result.skipped, len(result.data["schedules"])) == ([], 1)
    assert plan(parse_seeds(result.data), server, prune=True) == []


def test_what_is_as_usual_is_not_written() -> None:
    """People want to read it."""
    result = imported(observed(schedules=[HOURLY]))
    assert result.data == {
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
    [item] = imported(server, chosen=["legacy"]).data["namespaces"]
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
    assert plan(parse_seeds({"namespaces": [item]}), archiving) == []


def test_the_archive_of_a_stack_is_declared_in_one_word() -> None:
    """Of another one its place is declared, too."""
    for uri, declared in ((ARCHIVE_URI, True), ("s3://bucket", None)):
        namespace = Namespace(
            "legacy",
            history_archival_state="enabled",
            history_archival_uri=uri,
            visibility_archival_state="enabled",
            visibility_archival_uri=uri,
        )
        server = observed(namespace)
        [item] = imported(server, chosen=["legacy"]).data["namespaces"]
        assert item.get("archival") is declared
        assert plan(parse_seeds({"namespaces": [item]}), replace(server, archives=True)) == []


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
    assert imported(server, declared).data == {}
    other = observed(Namespace("default", timedelta(days=9)))
    assert imported(other, {"namespaces": [{"name": "orders"}]}).data == {
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
    data = imported(server, {"namespaces": [declared]}).data
    assert [item["name"] for item in data.get("namespaces", [])] == names
    [alone] = imported(server).data["namespaces"]
    assert (alone["name"], alone["search_attributes"]) == ("orders", {"Region": "Keyword"})


def test_only_what_belongs_to_the_chosen_namespaces_is_taken() -> None:
    """Schedules in them, and endpoints that lead to them."""
    server = observed(
        Namespace("pay"),
        endpoints=[NexusEndpoint("to-pay", "pay", "q"), NexusEndpoint("to-orders", "orders", "q")],
        schedules=[HOURLY, replace(HOURLY, namespace="pay")],
    )
    data = imported(server, chosen=["pay"]).data
    assert [item["name"] for item in data["namespaces"]] == ["pay"]
    assert [item["name"] for item in data["nexus_endpoints"]] == ["to-pay"]
    assert [item["namespace"] for item in data["schedules"]] == ["pay"]


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (
            replace(HOURLY, further={"spec": {"timezone_data": "x"}}),
            "seeds cannot declare its timezone_data yet",
        ),
        (
            replace(HOURLY, further={"action": {"start_workflow": {"priority": {}, "header": "x"}}}),
            "seeds cannot declare its header, priority yet",
        ),
        (replace(HOURLY, unreadable="try again"), "the server cannot describe it: try again"),
        (replace(HOURLY, memo={"a": "<3 bytes of binary/plain>"}), "a value of its memo is not JSON"),
        (
            replace(HOURLY, search_attributes={"Region": '"eu"'}),
            "orders declares no search attribute Region",
        ),
        (replace(HOURLY, input=("<3 bytes of binary/plain>",)), "an argument of its workflow is not JSON"),
        (replace(HOURLY, workflow="a\tb"), "holds the character U+0009, which a name cannot"),
        (replace(HOURLY, overlap="unspecified"), "overlap: expected one of skip, "),
        (replace(HOURLY, intervals=frozenset()), "has no time"),
    ],
)
def test_a_schedule_that_seeds_cannot_declare_stays_out(found: Schedule, why: str) -> None:
    """Declared by halves it would be changed by the next `apply`."""
    result = imported(observed(schedules=[found]))
    assert "schedules" not in result.data
    [reason] = reasons(result)
    assert reason.startswith(f"schedule orders.{found.id} is left out: ")
    assert why in reason


def test_what_leads_to_something_left_out_is_left_out() -> None:
    """A namespace whose retention the server was told to allow has no place in seeds."""
    server = observed(
        Namespace("hot", timedelta(minutes=5)),
        endpoints=[NexusEndpoint("pay", "hot", "q"), NexusEndpoint("url", url="http://example.com")],
        schedules=[replace(HOURLY, namespace="hot")],
    )
    result = imported(server)
    assert list(result.data) == ["namespaces"]
    assert reasons(result) == [
        "namespace hot is left out: retention: a retention of 5m is too short, the server keeps at least 1h",
        "Nexus endpoint pay is left out: the namespace hot, which it leads to, is left out",
        "Nexus endpoint url is left out: it leads to a URL, which seeds cannot declare",
        "schedule hot.hourly is left out: the namespace hot is left out",
    ]


def test_replication_is_said_to_be_lost() -> None:
    """The namespace itself is taken."""
    result = imported(observed(Namespace("world", is_global=True)), chosen=["world"])
    assert result.data == {"namespaces": [{"name": "world", "retention": "3d"}]}
    assert reasons(result) == ["namespace world: its replication is left out: seeds cannot declare it"]


@pytest.mark.parametrize("shared", [True, False])
def test_an_attribute_that_seeds_cannot_declare_stays_out_alone(*, shared: bool) -> None:
    """The namespace, its schedules and its other attributes are taken."""
    server = observed(schedules=[HOURLY], attributes={"orders": {"a`b": "Text", "With Space": "Int"}})
    result = imported(replace(server, cluster=Cluster(shares_attributes=shared)))
    assert result.data["namespaces"][0]["search_attributes"] == {"With Space": "Int"}
    assert len(result.data["schedules"]) == 1
    owner = "" if shared else "orders."
    assert reasons(result) == [
        (
            f"search attribute {owner}a`b is left out: the search attribute name 'a`b' holds a backtick, "
            "so that no query could name it"
        )
    ]


def declared_at(*namespaces: dict[str, Any]) -> Seeds:
    seeds = parse_seeds({"namespaces": list(namespaces)})
    return replace(seeds, places={each["name"]: f"seeds/{each['name']}.yaml:2:5" for each in namespaces})


def test_an_attribute_of_a_declared_namespace_is_named_with_the_place_to_add_it_to() -> None:
    """A second file could not say it: a namespace is declared once. `plan --prune` would delete it."""
    seen = {"orders": {"Known": "Int", "Extra one": "Text", "More": "Int"}}
    server, seeds = (
        observed(attributes=seen),
        declared_at({"name": "orders", "search_attributes": {"Known": "Int"}}),
    )
    result = import_seeds(ImportSource(server, server.namespaces, seeds, SHIPPED), KINDS)
    assert (result.data, result.skipped) == ({}, [])
    [missing] = result.missing
    assert missing.text == (
        "the namespace orders is declared at seeds/orders.yaml:2:5: "
        'add search_attributes {"Extra one": Text, More: Int}'
    )
    pruned = plan(seeds, server, prune=True)
    assert {change.name for change in pruned} == set(missing.search_attributes)


def test_where_the_cluster_shares_attributes_each_is_missing_once() -> None:
    """One declaration is enough to keep it; a namespace that is imported carries it, too."""
    seen = {key: {"Extra": "Text"} for key in ["orders", "pay"]}
    server = replace(observed(Namespace("pay"), attributes=seen), cluster=Cluster())
    both = import_seeds(
        ImportSource(server, server.namespaces, declared_at({"name": "orders"}, {"name": "pay"}), SHIPPED),
        KINDS,
    )
    assert [each.namespace for each in both.missing] == ["orders"]
    one = import_seeds(
        ImportSource(server, server.namespaces, declared_at({"name": "orders"}), SHIPPED), KINDS
    )
    assert (one.missing, one.data["namespaces"][0]["search_attributes"]) == ([], {"Extra": "Text"})


def test_nothing_is_missing_in_a_namespace_that_was_not_asked_for() -> None:
    """`import -n pay` is about pay."""
    server = observed(Namespace("pay"), attributes={"orders": {"Extra": "Text"}})
    result = import_seeds(ImportSource(server, ["pay"], declared_at({"name": "orders"}), SHIPPED), KINDS)
    assert result.missing == []
