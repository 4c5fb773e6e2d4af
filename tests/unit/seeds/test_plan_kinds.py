"""Plans of Nexus endpoints and schedules, and of deletions, as the lines that people read."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from fakes.observed import but, having

from devenv.seeds.changes import Change, change_line
from devenv.seeds.kinds.namespace import NamespaceSpec, to_namespace
from devenv.seeds.kinds.nexus_endpoint import NEXUS_ENDPOINTS, NexusEndpointSpec, to_endpoint
from devenv.seeds.kinds.schedule import SCHEDULES
from devenv.seeds.kinds.schedule.convert import to_schedule
from devenv.seeds.kinds.schedule.spec import ScheduleSpec
from devenv.seeds.kinds.search_attribute import SEARCH_ATTRIBUTES
from devenv.seeds.load import parse_seeds
from devenv.seeds.plan import plan
from devenv.seeds.seed_model import Key
from devenv.seeds.seeds import Observed, Seeds
from devenv.temporal.protocol import Action, Cluster, Namespace, NexusEndpoint
from devenv.temporal.schedules import Schedule

ORDERS: dict[str, Any] = {
    "name": "orders",
    "retention": "30d",
    "search_attributes": {"CustomerId": "Keyword"},
}
ENDPOINT: dict[str, Any] = {
    "name": "pay",
    "target": {"namespace": "orders", "task_queue": "q"},
    "description": "Pay",
}
SCHEDULE: dict[str, Any] = {
    "id": "nightly",
    "namespace": "orders",
    "workflow": "Report",
    "task_queue": "q",
    "cron": "0 2 * * MON-FRI",
    "input": [{"b": 1, "a": None}],
}
DECLARED: dict[str, Any] = {"namespaces": [ORDERS], "nexus_endpoints": [ENDPOINT], "schedules": [SCHEDULE]}


def seeds(declared: dict[str, Any]) -> Seeds:
    return parse_seeds(declared)


def as_declared(declared: dict[str, Any]) -> Observed:
    """Return a server that has exactly what is declared."""
    desired = seeds(declared)
    specs = desired.of(NamespaceSpec)
    return having(
        map(to_namespace, specs),
        {spec.name: {name: kind.value for name, kind in spec.search_attributes.items()} for spec in specs},
        map(to_endpoint, desired.of(NexusEndpointSpec)),
        map(to_schedule, desired.of(ScheduleSpec)),
    )


def lines(declared: dict[str, Any], observed: Observed, *, prune: bool = False) -> list[str]:
    return [change_line(change) for change in plan(seeds(declared), observed, prune=prune)]


def test_on_an_empty_server_everything_is_created() -> None:
    """What others need comes first."""
    assert lines(DECLARED, Observed()) == [
        "+ namespace orders (retention 30d)",
        "+ search attribute orders.CustomerId Keyword",
        "+ Nexus endpoint pay (target orders/q)",
        "+ schedule orders.nightly (times 0 2 * * 1-5)",
    ]


@pytest.mark.parametrize("prune", [False, True])
def test_what_is_as_declared_is_left(*, prune: bool) -> None:
    """A second apply has nothing to do."""
    assert lines(DECLARED, as_declared(DECLARED), prune=prune) == []


@pytest.mark.parametrize(
    ("observed", "line"),
    [
        (NexusEndpoint("pay", "orders", "other", description="Pay"), "target orders/other → orders/q"),
        (NexusEndpoint("pay", url="http://x/", description="Pay"), "target http://x/ → orders/q"),
        (NexusEndpoint("pay", "orders", "q", description="Old"), 'description "Old" → "Pay"'),
        (NexusEndpoint("pay", "orders", "q"), 'description none → "Pay"'),
    ],
)
def test_an_endpoint_that_differs_is_updated(observed: NexusEndpoint, line: str) -> None:
    """With both sides."""
    state = but(as_declared(DECLARED), endpoints=[observed])
    assert lines(DECLARED, state) == [f"~ Nexus endpoint pay: {line}"]


def test_a_description_that_is_not_declared_cannot_differ() -> None:
    """As with namespaces."""
    undescribed = {name: value for name, value in ENDPOINT.items() if name != "description"}
    assert lines(DECLARED | {"nexus_endpoints": [undescribed]}, as_declared(DECLARED)) == []


@pytest.mark.parametrize(
    ("field", "value", "line"),
    [
        ("cron", "0 3 * * MON-FRI", "times 0 3 * * 1-5 → 0 2 * * 1-5"),
        ("cron", "0 2 * * MON-FRI # c", "times 0 2 * * 1-5 # c → 0 2 * * 1-5"),
        ("cron", ["0 2 * * 1-5", "@every 1h"], "times 0 2 * * 1-5; @every 1h → 0 2 * * 1-5"),
        ("interval", "1h", "times 0 2 * * 1-5; @every 1h → 0 2 * * 1-5"),
        ("exclude", {"month": 12}, "exclude 0 0 * 12 * → none"),
        ("jitter", "5s", "jitter 5s → none"),
        ("start_time", "2027-01-01T00:00:00Z", "start_time 2027-01-01T00:00:00Z → none"),
        ("end_time", "2027-01-01T00:00:00Z", "end_time 2027-01-01T00:00:00Z → none"),
        ("memo", {"b": 1, "a": None}, 'memo {"a": null, "b": 1} → none'),
        ("search_attributes", {"CustomerId": "c"}, 'search_attributes {"CustomerId": "c"} → none'),
        ("execution_timeout", "3h", "execution_timeout 3h → none"),
        ("run_timeout", "2h", "run_timeout 2h → none"),
        ("task_timeout", "20s", "task_timeout 20s → none"),
        (
            "retry_policy",
            {"maximum_attempts": 3, "non_retryable_error_types": ["Bad"]},
            "retry_policy 3 attempts, 1s times 2 up to 1m40s, not for Bad → none",
        ),
        ("static_summary", "s", 'static_summary "s" → none'),
        ("static_details", "d", 'static_details "d" → none'),
        ("pause_on_failure", True, "pause_on_failure true → false"),
        ("keep_original_workflow_id", True, "keep_original_workflow_id true → false"),
        ("remaining_actions", 3, "remaining_actions 3 → no limit"),
        (
            "schedule_search_attributes",
            {"CustomerId": "c"},
            'schedule_search_attributes {"CustomerId": "c"} → none',
        ),
        ("timezone", "Europe/Paris", "timezone Europe/Paris → UTC"),
        ("workflow", "Other", "workflow Other → Report"),
        ("workflow_id", "other", "workflow_id other → nightly"),
        ("task_queue", "r", "task_queue r → q"),
        ("input", [], 'input [] → [{"a": null, "b": 1}]'),
        ("overlap", "allow_all", "overlap allow_all → skip"),
        ("catchup_window", "1m", "catchup_window 1m → 365d"),
        ("paused", True, "paused true → false"),
    ],
)
def test_a_schedule_that_differs_is_updated(field: str, value: object, line: str) -> None:
    """Each field that can be declared is compared, whether it is or has its default."""
    observed = as_declared(DECLARED | {"schedules": [SCHEDULE | {field: value}]})
    assert lines(DECLARED, observed) == [f"~ schedule orders.nightly: {line}"]


def test_an_attribute_without_a_value_is_none_of_a_schedule() -> None:
    """The server unsets it, so `up` would wait for it in vain."""
    schedule = SCHEDULE | {"schedule_search_attributes": {"Tags": []}}
    assert lines(DECLARED | {"schedules": [schedule]}, as_declared(DECLARED)) == []


@pytest.mark.parametrize("cron", ["CRON_TZ=UTC 0 2 * * 1-5", "0 2 * * 1,2,3,4,5", "0 0 2 * * mon-fri *"])
def test_the_same_times_written_otherwise_do_not_differ(cron: str) -> None:
    """The server keeps no text either."""
    assert lines(DECLARED, as_declared(DECLARED | {"schedules": [SCHEDULE | {"cron": cron}]})) == []


def test_a_server_counts_actions_down_and_that_is_no_difference() -> None:
    """What was declared is how many there are at the start."""
    declared = DECLARED | {"schedules": [SCHEDULE | {"remaining_actions": 5}]}
    for left in (0, 3, 5):
        assert (
            lines(declared, as_declared(DECLARED | {"schedules": [SCHEDULE | {"remaining_actions": left}]}))
            == []
        )
    more = as_declared(DECLARED | {"schedules": [SCHEDULE | {"remaining_actions": 6}]})
    assert lines(declared, more) == ["~ schedule orders.nightly: remaining_actions 6 → 5"]
    assert lines(declared, as_declared(DECLARED)) == [
        "~ schedule orders.nightly: remaining_actions no limit → 5"
    ]


def test_the_memo_of_a_schedule_cannot_be_changed() -> None:
    """The plan says what to do; who declares none does not mind one."""
    noted = as_declared(DECLARED | {"schedules": [SCHEDULE | {"schedule_memo": {"owner": "x"}}]})
    assert lines(DECLARED, noted) == []
    [change] = plan(seeds(DECLARED | {"schedules": [SCHEDULE | {"schedule_memo": {"owner": "y"}}]}), noted)
    assert change_line(change) == '! schedule orders.nightly: schedule_memo {"owner": "x"} → {"owner": "y"}'
    assert change.obstacle
    assert "`devenv temporal schedule delete -n orders -s nightly`, and apply again" in change.obstacle


def test_a_timeout_of_tasks_that_is_the_servers_own_is_none() -> None:
    """Whoever says so."""
    declared = DECLARED | {"schedules": [SCHEDULE | {"task_timeout": "10s"}]}
    assert lines(declared, as_declared(DECLARED)) == []


def test_a_note_differs_when_one_is_declared() -> None:
    """Whoever pauses a schedule leaves one."""
    noted = as_declared(DECLARED | {"schedules": [SCHEDULE | {"note": "by hand"}]})
    assert lines(DECLARED, noted) == []
    declared = DECLARED | {"schedules": [SCHEDULE | {"note": "ours"}]}
    assert lines(declared, noted) == ['~ schedule orders.nightly: note "by hand" → "ours"']


def test_what_nobody_can_declare_is_drift_too() -> None:
    """An update replaces the whole schedule."""
    found = replace(
        to_schedule(seeds(DECLARED).of(ScheduleSpec)[0]), further={"spec": {"timezone_data": "eA=="}}
    )
    observed = but(as_declared(DECLARED), schedules=[found])
    assert lines(DECLARED, observed) == [
        '~ schedule orders.nightly: further {"spec": {"timezone_data": "eA=="}} → none'
    ]


def test_archival_is_compared_where_there_is_an_archive() -> None:
    """A server without one ignores what it is told."""
    declared = {"namespaces": [{"name": "a", "history_archival_state": "enabled"}]}
    observed = having([Namespace("a", history_archival_state="disabled")])
    assert lines(declared, observed) == []
    [line] = lines(declared, replace(observed, archives=True))
    assert line == '~ namespace a: history_archival_state "disabled" → "enabled"'


def test_archival_in_one_word_is_that_of_histories_and_of_visibility() -> None:
    """Where to, the server knows; it would not take another place than it has."""
    declared = {"namespaces": [{"name": "a", "archival": True}]}
    off = Namespace("a", history_archival_state="disabled", visibility_archival_state="disabled")
    assert lines(declared, replace(having([off]), archives=True)) == [
        '~ namespace a: history_archival_state "disabled" → "enabled"',
        '~ namespace a: visibility_archival_state "disabled" → "enabled"',
    ]
    on = Namespace(
        "a",
        history_archival_state="enabled",
        history_archival_uri="s3://elsewhere",
        visibility_archival_state="enabled",
        visibility_archival_uri="s3://elsewhere",
    )
    archiving = replace(having([on]), archives=True)
    assert lines(declared, archiving) == []
    assert lines({"namespaces": [{"name": "a"}]}, archiving) == []
    assert len(lines({"namespaces": [{"name": "a", "archival": False}]}, archiving)) == 2


def test_no_server_changes_where_a_namespace_archives_to() -> None:
    """The first place is no change of one."""
    declared = parse_seeds({"namespaces": [{"name": "a", "history_archival_uri": "s3://new"}]})
    for before, is_possible in (("", True), ("s3://old", False)):
        observed = replace(having([Namespace("a", history_archival_uri=before)]), archives=True)
        [change] = plan(declared, observed)
        assert (change.obstacle is None) is is_possible


def crowded(*, shared: bool) -> Observed:
    """Return a server that has more of everything."""
    state = as_declared(DECLARED)
    more = {"CustomerId": "Keyword", "Old": "Text", "Keyword01": "Keyword"}
    return but(
        replace(
            state,
            namespaces={**state.namespaces, "default": Namespace("default"), "old": Namespace("old")},
            cluster=Cluster(shares_attributes=shared),
        ),
        attributes={"orders": more},
        endpoints=[*state.of(NEXUS_ENDPOINTS).values(), NexusEndpoint("old", "old", "q")],
        schedules=[
            *state.of(SCHEDULES).values(),
            Schedule("orders", "old", "W", "w", "q"),
            Schedule("old", "inside", "W", "w", "q"),
        ],
    )


def test_what_is_declared_nowhere_is_left() -> None:
    """Unless somebody asks for it."""
    assert lines(DECLARED, crowded(shared=True)) == []


@pytest.mark.parametrize(("shared", "attribute"), [(True, "Old"), (False, "orders.Old")])
def test_pruning_deletes_what_is_declared_nowhere(*, shared: bool, attribute: str) -> None:
    """An endpoint goes before the namespace it leads to; `default` and the server's columns stay."""
    assert lines(DECLARED, crowded(shared=shared), prune=True) == [
        "- schedule orders.old",
        "- Nexus endpoint old",
        f"- search attribute {attribute}",
        "- namespace old",
    ]


def test_an_attribute_stays_where_another_namespace_declares_it() -> None:
    """On OpenSearch it is visible everywhere; on SQL somebody added it by hand."""
    declared = {"namespaces": [ORDERS, {"name": "payments"}]}
    observed = but(
        as_declared(declared),
        attributes={"orders": {"CustomerId": "Keyword"}, "payments": {"CustomerId": "Keyword"}},
    )
    for shared in (True, False):
        assert lines(declared, replace(observed, cluster=Cluster(shares_attributes=shared)), prune=True) == []


def test_deletions_come_last() -> None:
    """An endpoint may have to be led elsewhere before its old namespace can go."""
    state = crowded(shared=True)
    elsewhere = [NexusEndpoint("pay", "old", "q", description="Pay"), NexusEndpoint("old", "old", "q")]
    planned = lines(DECLARED, but(state, endpoints=elsewhere), prune=True)
    assert planned[0] == "~ Nexus endpoint pay: target old/q → orders/q"
    assert planned[-1] == "- namespace old"


def test_a_type_that_differs_has_no_field_before_it() -> None:
    """There is only one thing that can differ."""
    change = Change(Action.UPDATE, SEARCH_ATTRIBUTES, Key("orders", "A"), None, "Text", "Int", "type differs")
    assert change_line(change) == "~ search attribute orders.A: Text → Int"


def test_a_schedule_that_the_server_cannot_describe_differs() -> None:
    """Servers on SQL fail so after a search attribute of it was removed; an update mends it."""
    found = Schedule("orders", "nightly", "", "", "", unreadable="try again")
    observed = but(as_declared(DECLARED), schedules=[found])
    assert lines(DECLARED, observed) == [
        "~ schedule orders.nightly: state unreadable (try again) → times 0 2 * * 1-5"
    ]
