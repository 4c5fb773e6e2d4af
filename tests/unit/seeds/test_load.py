from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from unit.seeds.seed_files import names, refusals, write

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


SECTIONS = "namespaces, nexus_endpoints, schedules, task_queues or users"


@pytest.mark.parametrize(
    ("content", "messages"),
    [
        ("namespaces: [", ["a.yaml:1:14: a value or a closing bracket is missing"]),
        (
            "[]",
            [
                f"a.yaml:1:1: expected {SECTIONS}, found a list",
            ],
        ),
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
            "namespaces: [{name: a, archival: true, history_archival_state: enabled}]",
            [
                (
                    "a.yaml:1:14: archival stands for history_archival_state and "
                    "visibility_archival_state: write it or them"
                )
            ],
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
