from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from devenv.errors import SeedsInvalidError
from devenv.project.builtin import builtin_dir
from devenv.seeds.attributes import SearchAttributeType
from devenv.seeds.kinds.namespace import NamespaceSpec
from devenv.seeds.kinds.nexus_endpoint import NexusEndpointSpec
from devenv.seeds.kinds.schedule.spec import OverlapPolicy, ScheduleSpec
from devenv.seeds.load import load_seeds
from devenv.seeds.seeds import Seeds

SHOP = Path(__file__).parents[3] / "examples" / "shop" / "seeds"


@pytest.fixture(autouse=True)
def _work_in_tmp_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def write(path: str, content: str) -> Path:
    """Write a seeds file below the working directory and return its layer."""
    file = Path(path)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content)
    return file.parent


def refusals(*layers: Path) -> list[str]:
    with pytest.raises(SeedsInvalidError) as caught:
        load_seeds(layers)
    return [caught.value.message, *caught.value.details]


def names(seeds: Seeds) -> list[str]:
    return [namespace.name for namespace in seeds.of(NamespaceSpec)]


def test_the_shipped_seeds_declare_the_default_namespace() -> None:
    """A project that declares nothing has `default`, kept for 72 hours."""
    seeds = load_seeds([builtin_dir("seeds"), Path("none")])

    assert [(each.name, each.retention) for each in seeds.of(NamespaceSpec)] == [
        ("default", timedelta(hours=72))
    ]


def test_the_example_project_loads_in_the_order_of_its_files() -> None:
    """The README's tour and the e2e tests start from these declarations."""
    seeds = load_seeds([builtin_dir("seeds"), SHOP])

    assert {each.name: each.retention // timedelta(hours=1) for each in seeds.of(NamespaceSpec)} == {
        "default": 72,
        "orders": 720,
        "pnats": 2160,
        "pnats-staging": 1440,
        "pnats-dev": 720,
    }
    assert names(seeds) == ["default", "orders", "pnats", "pnats-staging", "pnats-dev"]
    orders = seeds.of(NamespaceSpec)[1]
    assert orders.description == "Order processing workflows"
    assert orders.search_attributes == {
        "CustomerId": SearchAttributeType.KEYWORD,
        "OrderTotal": SearchAttributeType.DOUBLE,
    }
    assert len(seeds.of(NexusEndpointSpec)) == len(seeds.of(ScheduleSpec)) == 1


def test_everything_the_format_knows_is_read() -> None:
    """Each field reaches its model with its own type."""
    layer = write(
        "seeds/all.yaml",
        """\
namespaces:
  - name: orders
    retention: 1d12h
    description: Orders
    owner_email: orders@example.com
    data: {team: checkout}
    search_attributes: {Tags: KeywordList}
    history_archival_state: enabled
    history_archival_uri: s3://archive/orders
nexus_endpoints:
  - {name: orders, target: {namespace: orders, task_queue: orders-go}, description: To order}
schedules:
  - {id: nightly, namespace: orders, workflow: Report, task_queue: q, cron: CRON_TZ=UTC 0 2 * * *}
  - {id: often, namespace: orders, workflow: Report, task_queue: q, interval: 90s, offset: 5s,
     overlap: buffer_one, catchup_window: 1m, timezone: Europe/Paris, note: see the wiki, workflow_id: report}
  - {id: twice, namespace: orders, workflow: Report, task_queue: q, cron: ["0 2 * * *", "@every 1h"]}
  - id: yearly
    namespace: orders
    workflow: Report
    task_queue: q
    calendar: {month: 1, day_of_month: 1, hour: 6-8}
    input: [1, {deep: [true, null]}]
    paused: true
""",
    )

    seeds = load_seeds([layer])

    (orders,) = seeds.of(NamespaceSpec)
    assert (orders.retention, orders.data) == (timedelta(hours=36), {"team": "checkout"})
    assert (orders.history_archival_state, orders.history_archival_uri) == ("enabled", "s3://archive/orders")
    assert seeds.of(NexusEndpointSpec)[0].target.task_queue == "orders-go"
    nightly, often, twice, yearly = seeds.of(ScheduleSpec)
    assert (nightly.cron, nightly.overlap) == (("CRON_TZ=UTC 0 2 * * *",), OverlapPolicy.SKIP)
    assert ([each.every for each in often.interval], often.overlap) == (
        [timedelta(seconds=90)],
        OverlapPolicy.BUFFER_ONE,
    )
    assert (often.offset, often.catchup_window) == (timedelta(seconds=5), timedelta(minutes=1))
    assert (often.timezone, often.note, often.workflow_id) == ("Europe/Paris", "see the wiki", "report")
    assert twice.cron == ("0 2 * * *", "@every 1h")
    [calendar] = yearly.calendar
    assert (calendar.month, calendar.hour, calendar.minute) == ("1", "6-8", "0")
    assert (yearly.input, yearly.paused) == ((1, {"deep": [True, None]}), True)


@pytest.mark.parametrize(
    "content",
    ["", "# later\n", "namespaces:\n", "namespaces: []\nschedules: null\n", "{}"],
)
def test_a_file_may_declare_nothing(content: str) -> None:
    """A section that is empty, or a file, counts as absent."""
    assert load_seeds([write("seeds/a.yaml", content)]) == Seeds()


def test_an_optional_field_without_a_value_has_its_default() -> None:
    """`description:` with nothing behind it is a field that waits to be filled in."""
    layer = write("seeds/a.yaml", "namespaces:\n- {name: a, retention: , data: , description: }\n")

    plain = write("other/a.yaml", "namespaces: [{name: a}]")
    assert load_seeds([layer]).of(NamespaceSpec) == load_seeds([plain]).of(NamespaceSpec)


def test_a_later_layer_redefines_what_an_earlier_one_declared() -> None:
    """The whole declaration is replaced, and `default` stays first wherever it is declared."""
    builtin = write("builtin/a.yaml", "namespaces: [{name: a, description: old}, {name: default}]")
    project = write("seeds/z.yaml", "namespaces: [{name: b}, {name: a}, {name: default, retention: 1w}]")

    seeds = load_seeds([builtin, project])

    assert names(seeds) == ["default", "a", "b"]
    assert seeds.of(NamespaceSpec)[0].retention == timedelta(days=7)
    assert not seeds.of(NamespaceSpec)[1].description


def test_what_links_lead_to_outside_the_project_is_not_read() -> None:
    """An error would show lines of it; inside the project a link is as good as the file."""
    outside = write("outside/a.yaml", "secret")
    Path("project").mkdir()
    project = Path("project").absolute()
    Path("project/seeds").symlink_to(outside.absolute())
    with pytest.raises(SeedsInvalidError) as caught:
        load_seeds([Path("project/seeds")], project)
    assert caught.value.message == "project/seeds/a.yaml: is a link that leads out of the project"

    write("project/other/a.yaml", "namespaces: [{name: orders}]")
    write("project/own/b.yaml", "namespaces: [{name: own}]")
    Path("project/own/a.yaml").symlink_to("../other/a.yaml")
    assert names(load_seeds([Path("project/own")], project)) == ["orders", "own"]


@pytest.mark.parametrize(
    ("again", "message"),
    [
        (
            "namespaces:\n- {name: b}\n- {name: orders}\n",
            'seeds/b.yaml:3:4: the namespace "orders" is declared already at seeds/a.yaml:1:15',
        ),
        (
            "nexus_endpoints: [{name: ep, target: {namespace: orders, task_queue: q}}]",
            'seeds/b.yaml:1:20: the Nexus endpoint "ep" is declared already at seeds/a.yaml:2:20',
        ),
        (
            "schedules: [{id: s, namespace: orders, workflow: W, task_queue: q, interval: 1m}]",
            'seeds/b.yaml:1:14: the schedule "s" of "orders" is declared already at seeds/a.yaml:3:14',
        ),
    ],
)
def test_a_declaration_that_is_there_twice_is_refused_with_both_places(again: str, message: str) -> None:
    """Two files of one layer do not silently overwrite each other."""
    write(
        "seeds/a.yaml",
        """\
namespaces: [{name: orders}, {name: other}]
nexus_endpoints: [{name: ep, target: {namespace: orders, task_queue: q}}]
schedules: [{id: s, namespace: orders, workflow: W, task_queue: q, interval: 1h},
            {id: s, namespace: other, workflow: W, task_queue: q, interval: 1h}]
""",
    )

    assert refusals(write("seeds/b.yaml", again)) == [message]


@pytest.mark.parametrize(
    ("content", "messages"),
    [
        ("namespaces: [", ["a.yaml:1:14: a value or a closing bracket is missing"]),
        ("[]", ["a.yaml:1:1: expected namespaces, nexus_endpoints, schedules or task_queues, found a list"]),
        ("namespaces: orders", ["a.yaml:1:1: expected a list, found text"]),
        ("namespaces: {orders: {}}", ["a.yaml:1:1: expected a list, found a mapping"]),
        ("namespace: []", ['a.yaml:1:1: unknown field "namespace"; did you mean "namespaces"?']),
        (
            "namespaces:\n- name: a\n  retension: 3d",
            ['a.yaml:3:3: unknown field "retension"; did you mean "retention"?'],
        ),
        (
            "namespaces:\n- name: a\n  retention: 5 minutes",
            [
                (
                    'a.yaml:3:3: "5 minutes" is not a duration, and as 5m it would be refused: '
                    "write one such as 72h or 30d, at least 1h"
                )
            ],
        ),
        (
            "namespaces:\n- name: a\n  retention: 30m",
            ["a.yaml:3:3: a retention of 30m is too short, the server keeps at least 1h"],
        ),
        (
            "namespaces:\n- name: a\n  retention: 72",
            ["a.yaml:3:3: expected a duration such as 72h or 30d, found the number 72"],
        ),
        ("namespaces:\n- retention: 3d", ['a.yaml:2:3: missing field "name"']),
        ("namespaces:\n- name:", ["a.yaml:2:3: expected text, found nothing"]),
        ("namespaces: [a]", ["a.yaml:1:14: expected a mapping of names to values, found text"]),
        ("namespaces:\n- {name: a, data: {n: 1}}", ["a.yaml:2:20: expected text, found the number 1"]),
        (
            "namespaces:\n- {name: a, search_attributes: {B: keyword}}",
            [
                (
                    "a.yaml:2:33: expected one of Text, Keyword, Int, Double, Bool, Datetime, KeywordList, "
                    'found "keyword"; did you mean "Keyword"?'
                )
            ],
        ),
        (
            "namespaces:\n- {name: a, search_attributes: {WorkflowId: Keyword}}",
            ['a.yaml:2:33: the search attribute name "WorkflowId" is reserved by the server'],
        ),
        (
            "nexus_endpoints: [{name: ep, target: {namespace: a}}]",
            ['a.yaml:1:30: missing field "task_queue"'],
        ),
        (
            "schedules: [{id: s, namespace: a, workflow: W, task_queue: q}]",
            ['a.yaml:1:13: the schedule "s" has no time, give it cron, interval or calendar'],
        ),
        (
            "schedules: [{id: s, namespace: a, workflow: W, task_queue: q, cron: nightly}]",
            ['a.yaml:1:63: "nightly" is not a cron line: five to seven fields are needed, found 1'],
        ),
        (
            "schedules: [{id: s, namespace: a, workflow: W, task_queue: q, cron: ['@daily', '0 25 * * *']}]",
            ['a.yaml:1:80: "0 25 * * *" is not a cron line: hour "25" is not in 0-23'],
        ),
        (
            "schedules: [{id: s, namespace: a, workflow: W, task_queue: q, calendar: {hour: 25}}]",
            ['a.yaml:1:74: hour "25" is not in 0-23'],
        ),
        (
            "schedules: [{id: s, namespace: a, workflow: W, task_queue: q, cron: 'TZ=Europe/Pariss @daily'}]",
            ['a.yaml:1:63: "Europe/Pariss" is no time zone; did you mean "Europe/Paris"?'],
        ),
        (
            "schedules: [{id: s, namespace: a, workflow: W, task_queue: q, interval: 1h, timezone: Mars}]",
            ['a.yaml:1:77: "Mars" is no time zone'],
        ),
        (
            (
                "schedules: [{id: s, namespace: a, workflow: W, task_queue: q, "
                "cron: TZ=UTC @daily, timezone: GMT}]"
            ),
            ['a.yaml:1:13: the schedule "s" has more than one time zone: GMT, UTC'],
        ),
        (
            "schedules: [{id: s, namespace: a, workflow: W, task_queue: q, cron: [TZ=UTC @daily, '@daily']}]",
            ['a.yaml:1:13: the schedule "s" has more than one time zone: UTC, none'],
        ),
        (
            "schedules: [{id: s, namespace: a, workflow: W, task_queue: q, interval: 1h, offset: 1h}]",
            ["a.yaml:1:13: an offset of 1h is not shorter than its interval of 1h"],
        ),
        (
            "schedules: [{id: s, namespace: a, workflow: W, task_queue: q, cron: '@daily', offset: 1h}]",
            ['a.yaml:1:13: the schedule "s" has an offset and no interval'],
        ),
        (
            (
                "schedules: [{id: s, namespace: a, workflow: W, task_queue: q, "
                "catchup_window: 9s, interval: 1h}]"
            ),
            ["a.yaml:1:63: a catchup window of 9s is too short, it is at least 10s"],
        ),
        (
            "namespaces: [{name: a, history_archival_uri: /archive}]",
            [
                'a.yaml:1:24: "/archive" is not the URI of an archive, write one such as s3://bucket/path',
            ],
        ),
        (
            "schedules: [{id: s, namespace: a, workflow: W, task_queue: q, interval: 10ms}]",
            ["a.yaml:1:63: an interval of 10ms is too short, it is at least 1s"],
        ),
        (
            "schedules: [{id: s, namespace: a, workflow: W, task_queue: q, interval: 1h, overlap: wait}]",
            [
                (
                    "a.yaml:1:77: expected one of skip, buffer_one, buffer_all, cancel_other, "
                    'terminate_other, allow_all, found "wait"'
                )
            ],
        ),
        (
            "schedules: [{id: s, namespace: a, workflow: W, task_queue: q, interval: 1h, paused: 'yes'}]",
            ["a.yaml:1:77: expected true or false, found text"],
        ),
        (
            "schedules: [{id: s, namespace: a, workflow: W, task_queue: q, interval: 1h, input: x}]",
            ["a.yaml:1:77: expected a list, found text"],
        ),
        (
            "schedules: [{id: s, namespace: a, workflow: W, task_queue: q, input: [2024-01-01]}]",
            ["a.yaml:1:71: expected a JSON value, found a date"],
        ),
    ],
)
def test_a_fault_is_told_at_its_place_in_plain_words(content: str, messages: list[str]) -> None:
    """The reader of the message wrote the file, not the models."""
    assert refusals(write("a.yaml", content)) == messages


def test_all_faults_come_at_once_in_the_order_of_their_lines() -> None:
    """An undeclared namespace too; one that a file with a mistake names may be declared there."""
    write("seeds/a.yaml", "namespaces: [{name: orders, retention: 3}]\n")
    endpoints = "".join(
        f"  - {{name: {name}, target: {{namespace: {name}, task_queue: q}}}}\n" for name in ("orders", "gone")
    )
    types = "namespaces:\n  - {name: a, search_attributes: {A: Int}}\n"
    write("seeds/b.yaml", f"{types}nexus_endpoints:\n{endpoints}")
    write("seeds/c.yaml", "namespaces: [{name: c, search_attributes: {A: Text}}]\n")
    with pytest.raises(SeedsInvalidError) as caught:
        load_seeds([Path("seeds")])
    places = [each.split(": ")[0] for each in (caught.value.message, *caught.value.details)]
    assert [place.rsplit(":", 1)[0] for place in places] == [
        "seeds/a.yaml:1",
        "seeds/b.yaml:5",
        "seeds/c.yaml:1",
    ]


def test_a_search_attribute_knows_its_own_place() -> None:
    """Where its type stands."""
    text = "namespaces:\n  - name: orders\n    search_attributes:\n      CustomerId: Keyword\n"
    seeds = load_seeds([write("seeds/a.yaml", text)])
    assert seeds.place_of_attribute("orders", "CustomerId") == "seeds/a.yaml:4:7"


def test_another_file_may_add_search_attributes_to_a_namespace() -> None:
    """Whichever is read first; all else of the namespace stands in one file."""
    added = "namespaces: [{name: orders, search_attributes: {CustomerId: Keyword, OrderTotal: Double}}]\n"
    added += "schedules: [{id: s, namespace: orders, workflow: W, task_queue: q, cron: '@daily', "
    added += "search_attributes: {OrderTotal: 1}}]\n"
    own = "namespaces:\n  - {name: orders, retention: 30d, search_attributes: {CustomerId: Keyword}}\n"
    write("seeds/orders-service.yaml", added)
    write("seeds/orders.yaml", own)
    seeds = load_seeds([Path("seeds")])
    [orders] = seeds.of(NamespaceSpec)
    assert orders.retention == timedelta(days=30)
    assert orders.search_attributes == {
        "CustomerId": SearchAttributeType.KEYWORD,
        "OrderTotal": SearchAttributeType.DOUBLE,
    }
    assert seeds.place_of("orders") == "seeds/orders.yaml:2:6"


@pytest.mark.parametrize(
    "again",
    [
        "namespaces: [{name: orders}]\n",
        "namespaces: [{name: orders, retention: 5d, search_attributes: {A: Int}}]\n",
    ],
)
def test_only_search_attributes_can_be_added(again: str) -> None:
    """What else is said twice could differ."""
    write("seeds/a.yaml", "namespaces: [{name: orders, retention: 3d}]\n")
    write("seeds/b.yaml", again)
    with pytest.raises(SeedsInvalidError, match=r"seeds/b.yaml:1:15: .* is declared already at seeds/a"):
        load_seeds([Path("seeds")])


def test_nothing_is_added_to_a_namespace_in_its_own_file() -> None:
    """There it is a slip."""
    entry = "  - {name: orders, search_attributes: {A: Int}}\n"
    write("seeds/a.yaml", f"namespaces:\n{entry}{entry}")
    with pytest.raises(SeedsInvalidError, match="is declared already"):
        load_seeds([Path("seeds")])


def test_an_undeclared_namespace_is_refused_where_it_is_named() -> None:
    """The nearest declared name is offered."""
    layer = write(
        "seeds/a.yaml",
        """\
namespaces: [{name: payments}]
nexus_endpoints:
  - {name: ep, target: {namespace: payment, task_queue: q}}
schedules:
  - {id: s, namespace: zzz, workflow: W, task_queue: q, interval: 1h}
""",
    )

    assert refusals(layer) == [
        (
            'seeds/a.yaml:3:25: the Nexus endpoint "ep" needs the namespace "payment", '
            'which no seed declares; did you mean "payments"?'
        ),
        'seeds/a.yaml:5:13: the schedule "s" of "zzz" needs the namespace "zzz", which no seed declares',
    ]


def test_one_search_attribute_with_two_types_is_refused_with_both_places() -> None:
    """OpenSearch has one mapping for all namespaces."""
    builtin = write("builtin/a.yaml", "namespaces:\n- {name: a, search_attributes: {Total: Int}}\n")
    project = write("seeds/b.yaml", "namespaces:\n- {name: b, search_attributes: {X: Int, Total: Double}}\n")

    assert refusals(builtin, project) == [
        (
            "seeds/b.yaml:2:41: the search attribute Total is Double here and Int at builtin/a.yaml:2:33, "
            "it has one type in the whole cluster"
        )
    ]


def test_a_type_that_was_redefined_away_conflicts_with_nothing() -> None:
    """Only what is finally declared counts."""
    builtin = write("builtin/a.yaml", "namespaces: [{name: a, search_attributes: {Total: Int}}]")
    project = write("seeds/b.yaml", "namespaces: [{name: a}, {name: b, search_attributes: {Total: Double}}]")

    assert names(load_seeds([builtin, project])) == ["a", "b"]


def test_the_faults_of_all_files_come_in_one_error() -> None:
    """The first is the message, the rest are details: a person mends all of them in one go."""
    write("seeds/a.yaml", "namespaces: [{name: a, retention: 1m}, {name: a b}]")
    write("seeds/b.yaml", "{")
    layer = write(
        "seeds/c.yaml", "schedules: [{id: s, namespace: a, workflow: W, task_queue: q, interval: 1h}]"
    )

    assert refusals(layer, write("later/d.yaml", "x: 1")) == [
        "seeds/a.yaml:1:24: a retention of 1m is too short, the server keeps at least 1h",
        "seeds/a.yaml:1:41: the name 'a b' holds a space, which a name cannot",
        "seeds/b.yaml:1:2: a value or a closing bracket is missing",
        'later/d.yaml:1:1: unknown field "x"',
    ]


def test_a_layer_that_is_a_file_is_refused() -> None:
    """`paths.seeds` may point at the wrong thing."""
    Path("seeds").touch()

    assert refusals(Path("seeds")) == ["seeds: is a file, a directory is expected here"]


SCHEDULE = "{id: s, namespace: a, workflow: W, task_queue: q, interval: 1h"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ("priority_key: 1", "seeds do not support priority_key yet"),
        ("versioningOverride: {}", "seeds do not support versioningOverride yet"),
        ("workflow_run_timeout: 1h", 'unknown field "workflow_run_timeout"; in seeds it is run_timeout'),
        ("pause-on-failure: true", 'unknown field "pause-on-failure"; in seeds it is pause_on_failure'),
        ("overlapPolicy: Skip", 'unknown field "overlapPolicy"; in seeds it is overlap'),
        (
            "spec: {}",
            'unknown field "spec"; in seeds it is no level of its own: write its fields right here',
        ),
        ("jiter: 5s", 'unknown field "jiter"; did you mean "jitter"?'),
        ("offset: 1h", "an offset of 1h is not shorter than its interval of 1h"),
        ("remaining_actions: -1", "expected a number of at least 0, found the number -1"),
        ("start_time: soon", '"soon" is not a time, write one such as 2027-01-31T09:00:00Z'),
        ("start_time: 5", "expected a time such as 2027-01-31T09:00:00Z, found the number 5"),
        ("end_time: 2027-01-01, start_time: 2027-01-01T00:00:00Z", 'the schedule "s" ends before it starts'),
        (
            "retry_policy: {initial_interval: 1m, maximum_interval: 1s}",
            "a maximum interval of 1s is shorter than the initial one of 1m",
        ),
        ("retry_policy: {backoff_coefficient: 0.5}", "expected a number of at least 1, found the number 0.5"),
        ("catchup_window: 5", "expected a duration such as 72h or 30d, found the number 5"),
        ("catchup_window: '5'", '"5" has no unit, write 5h for hours or 5d for days'),
        (
            "search_attributes: {B: 1}",
            'the namespace "a" declares no search attribute "B"; did you mean "BB"?',
        ),
        (
            "search_attributes: {BB: 1}",
            "expected a value of type Keyword for the search attribute BB, found the number 1",
        ),
        (
            "schedule_search_attributes: {CC: text}",
            "expected a value of type Int for the search attribute CC, found text",
        ),
        (f"id: {'x' * 233}", "a name has at most 232 characters, this one has 233"),
    ],
)
def test_what_a_schedule_cannot_be_told_is_said_at_its_place(fields: str, message: str) -> None:
    """What Temporal has and seeds have not is not unknown, and what it calls otherwise is named."""
    schedule = SCHEDULE.replace("id: s, ", "") if fields.startswith("id:") else SCHEDULE
    layer = write(
        "seeds/a.yaml",
        "namespaces: [{name: a, search_attributes: {BB: Keyword, CC: Int}}]\n"
        f"schedules:\n- {schedule}, {fields}}}\n",
    )
    [told] = refusals(layer)
    place, _, reason = told.partition(": ")
    assert (place.rpartition(":")[0], reason) == ("seeds/a.yaml:3", message)


def test_a_schedule_can_have_times_of_every_kind() -> None:
    """Those of the same kind as a list, or one without brackets."""
    layer = write(
        "seeds/a.yaml",
        """\
namespaces: [{name: a}]
schedules:
  - id: s
    namespace: a
    workflow: W
    task_queue: q
    cron: "@daily"
    interval: [1h, 6h/10m, {every: 2d, offset: 1h}]
    calendar: [{hour: 9}, {hour: 10}]
    exclude: {month: 12}
    start_time: 2027-01-01T02:00:00+02:00
    end_time: "2028-01-01"
""",
    )
    [spec] = load_seeds([layer]).of(ScheduleSpec)
    assert [(each.every, each.offset) for each in spec.interval] == [
        (timedelta(hours=1), timedelta(0)),
        (timedelta(hours=6), timedelta(minutes=10)),
        (timedelta(days=2), timedelta(hours=1)),
    ]
    assert ([each.hour for each in spec.calendar], [each.month for each in spec.exclude]) == (
        ["9", "10"],
        ["12"],
    )
    assert (spec.start_time, spec.end_time) == (
        datetime(2027, 1, 1, tzinfo=UTC),
        datetime(2028, 1, 1, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("field", "place", "caution"),
    [
        (
            "cron: 0 0 2 * * *",
            "3:62",
            '"0 0 2 * * *" has six fields, and the server takes the sixth for the year',
        ),
        ("cron: ['@daily', 0 9 * * MON#1]", "3:79", '"0 9 * * MON#1" has a "#"'),
        ("calendar: {day_of_month: 31, month: 2}", "3:62", "the calendar names a day that never comes"),
        (
            "interval: 1h, note: 'to {{ .Env }}'",
            "3:76",
            "nothing expands {{ .Env }} here, it is taken as it stands",
        ),
        (
            "interval: 1h, input: [a, {b: 'x ${Y}'}]",
            "3:88",
            "nothing expands ${Y} here, it is taken as it stands",
        ),
    ],
)
def test_what_hardly_means_what_it_says_is_a_caution_at_its_place(
    field: str, place: str, caution: str
) -> None:
    """It is no error: the server accepts it."""
    schedule = f"{{id: s, namespace: a, workflow: W, task_queue: q, {field}}}"
    layer = write("seeds/a.yaml", f"namespaces: [{{name: a}}]\nschedules:\n          [{schedule}]\n")
    [told] = load_seeds([layer]).cautions
    assert told.startswith(f"seeds/a.yaml:{place}: {caution}")


def test_a_placeholder_in_a_name_is_an_error_and_elsewhere_a_caution() -> None:
    """A namespace of that name would be made."""
    layer = write("seeds/a.yaml", "namespaces:\n- name: ${NS}\n")
    [told] = refusals(layer)
    assert told.startswith(
        'seeds/a.yaml:2:3: the name "${NS}" holds a placeholder, nothing expands ${NS} here: '
    )
    layer = write("seeds/a.yaml", "namespaces:\n- name: a\n  description: for ${TEAM}\n  data: {k: '$(X)'}\n")
    assert [each.partition(" here, it is taken")[0] for each in load_seeds([layer]).cautions] == [
        "seeds/a.yaml:3:3: nothing expands ${TEAM}",
        "seeds/a.yaml:4:10: nothing expands $(X)",
    ]
