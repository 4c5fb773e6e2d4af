"""`status`: what it says, and that it changes nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from fakes.world import World, make_desired, make_record

from devenv.cli.views.stack import report_document
from devenv.dynamicconfig.model import DynamicConfig, Entry
from devenv.engines.protocol import Service
from devenv.errors import (
    DockerUnreachableError,
    PermissionDeniedError,
    ServerRejectedError,
    ServerUnreachableError,
    StackNameTakenError,
)
from devenv.seeds.kinds.search_attribute import SEARCH_ATTRIBUTES
from devenv.stack.report import NamespaceState, StackState
from devenv.stack.status import get_status, state_of
from devenv.stack.up import UpRequest, bring_up

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from devenv.errors import DevenvError
    from devenv.stack.desired import Desired
    from devenv.stack.report import StackReport

UP = Service("a", "running", "healthy")
STARTING = Service("b", "running", "starting")
CREATED = Service("c", "created")
CRASHED = Service("d", "exited", exit_code=1)
ENDED = Service("d", "exited", exit_code=143)
UNHEALTHY = Service("e", "running", "unhealthy")
PAUSED = Service("g", "paused", "healthy")
DEAD = Service("f", "dead", exit_code=0)


@pytest.mark.parametrize(
    ("services", "state"),
    [
        ([], "absent"),
        ([UP], "ready"),
        ([UP, UP], "ready"),
        ([UP, STARTING], "starting"),
        ([UP, CREATED], "starting"),
        ([CREATED, CREATED], "stopped"),
        ([CRASHED, ENDED], "stopped"),
        ([UP, CRASHED], "degraded"),
        ([UP, UNHEALTHY], "degraded"),
        ([STARTING, CRASHED], "degraded"),
        ([STARTING, ENDED], "degraded"),
        ([CREATED, STARTING, DEAD], "degraded"),
        ([STARTING, UNHEALTHY], "degraded"),
        ([UP, PAUSED], "degraded"),
        ([PAUSED, PAUSED], "degraded"),
    ],
)
def test_the_state_follows_from_the_services(services: list[Service], state: str) -> None:
    """What the engine alone can tell."""
    assert state_of(services) == StackState(state)


@pytest.mark.parametrize(
    ("services", "state"),
    [
        ([], "absent"),
        ([CREATED, CREATED], "starting"),
        ([UP, UP], "starting"),
        ([UP, ENDED], "starting"),
        ([ENDED, ENDED], "stopped"),
        ([STARTING, CRASHED], "degraded"),
        ([UP, DEAD], "degraded"),
    ],
)
def test_what_another_devenv_is_at_is_starting_unless_it_crashed(services: list[Service], state: str) -> None:
    """It starts again what an earlier stop ended, one after the other."""
    assert state_of(services, is_rising=True) == StackState(state)


def look(world: World, desired: Desired | None = None) -> StackReport:
    return get_status(world.stack(), desired or make_desired())


@pytest.fixture
def running(world: World) -> World:
    """Return a machine on which the stack `shop` is up."""
    bring_up(world.stack(), make_desired(), UpRequest())
    world.compose.calls.clear()
    world.gateway.calls.clear()
    return world


def test_a_stack_never_heard_of_is_absent(world: World) -> None:
    """No engine is asked for it."""
    world.without_docker()
    report = look(world)
    assert (report.state, report.engine, report.endpoints) == (StackState.ABSENT, None, None)


def test_a_ready_stack_is_ready_and_has_no_drift(running: World) -> None:
    """With endpoints, services, and namespaces that are proven."""
    report = look(running)
    assert (report.state, report.engine) == (StackState.READY, "compose")
    assert report.endpoints is not None
    assert len(report.services) == 4
    assert [each.state for each in report.namespaces] == [NamespaceState.USABLE]
    assert report.drift == []


def test_nothing_is_written_to_the_server_or_the_engine(running: World) -> None:
    """No canary, no namespace, no launch; also when the declaration has changed."""
    before = running.store.load("shop")
    look(running, make_desired({"namespaces": [{"name": "new", "search_attributes": {"A": "Text"}}]}))
    assert running.compose.calls == []
    assert running.gateway.calls == []
    assert len(running.gateway.proven) == 1
    assert running.store.load("shop") == before


def test_a_restarted_server_is_no_longer_proven(running: World) -> None:
    """Its namespaces are registered; whether they are usable, only `up` finds out."""
    running.compose.put("shop", "temporal")
    report = look(running)
    assert report.state is StackState.READY
    assert report.namespaces[0].state is NamespaceState.REGISTERED


def test_a_declared_namespace_that_is_missing_degrades_the_stack(running: World) -> None:
    """It is drift, too, with what `up` would do."""
    report = look(running, make_desired({"namespaces": [{"name": "orders"}, {"name": "new"}]}))
    assert report.state is StackState.DEGRADED
    assert {each.name: each.state for each in report.namespaces}["new"] is NamespaceState.MISSING
    assert [(change.action, change.name) for change in report.drift] == [("create", "new")]


def test_a_changed_retention_is_drift_of_a_ready_stack(running: World) -> None:
    """The report has the server's retention, the drift both."""
    report = look(running, make_desired({"namespaces": [{"name": "orders", "retention": "7d"}]}))
    assert report.state is StackState.READY
    assert report.namespaces[0].retention.days == 3
    [change] = report.drift
    assert (change.field, change.before, change.after) == ("retention", timedelta(days=3), timedelta(days=7))


WITH_ATTRIBUTE = {"namespaces": [{"name": "orders", "retention": "3d", "search_attributes": {"A": "Text"}}]}


def test_a_missing_search_attribute_degrades_the_stack(running: World) -> None:
    """Ready would say that it is listed; it is drift, too, with its namespace."""
    report = look(running, make_desired(WITH_ATTRIBUTE))
    [change] = report.drift
    assert (change.kind, change.namespace, change.name) == (SEARCH_ATTRIBUTES, "orders", "A")
    assert report.state is StackState.DEGRADED


def test_a_search_attribute_of_another_type_is_drift_of_a_ready_stack(running: World) -> None:
    """It is listed, and `up` would say that it cannot be changed."""
    running.gateway.attributes["*"] = {"A": "Keyword"}
    report = look(running, make_desired(WITH_ATTRIBUTE))
    assert [change.action for change in report.drift] == ["update"]
    assert report.state is StackState.READY


@pytest.mark.parametrize(
    ("health", "state"), [("healthy", StackState.DEGRADED), ("starting", StackState.STARTING)]
)
def test_a_frontend_that_does_not_serve_is_starting_or_degraded(
    running: World, health: str, state: StackState
) -> None:
    """Starting while a health check says so; no namespace is reported then."""
    running.compose.put("shop", "temporal", health=health)
    running.gateway.problems = ["NOT_SERVING"]
    report = look(running)
    assert report.state is state
    assert report.namespaces == ()


REFUSALS = [
    ServerUnreachableError("127.0.0.1:7233", "no worker"),
    ServerRejectedError("The server refused a question", "no database"),
    PermissionDeniedError("The server refused a question", "not you"),
]


@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_server_without_an_answer_degrades_the_stack(running: World, refusal: DevenvError) -> None:
    """As when Postgres was stopped under it: services and endpoints are told, and why is a warning."""
    running.gateway.failures = [refusal]
    report = look(running)
    assert (report.state, report.namespaces, report.drift) == (StackState.DEGRADED, (), ())
    assert len(report.services) == 4
    assert report.endpoints is not None
    assert running.reporter.warnings() == [f"{refusal.message}; {refusal.details[0]}"]
    assert running.gateway.open == 0


def test_a_server_without_an_answer_may_only_be_starting(running: World) -> None:
    """Right after its start not every part of it answers; that is nothing to warn of."""
    running.compose.put("shop", "temporal", health="starting")
    running.gateway.failures = [ServerUnreachableError("127.0.0.1:7233", "no worker")]
    report = look(running)
    assert (report.state, len(report.services)) == (StackState.STARTING, 4)
    assert running.reporter.warnings() == []


def another_devenv_at_it(world: World) -> AbstractContextManager[None]:
    return world.store.lock("shop", timedelta(0), lambda: None)


@pytest.mark.parametrize("problems", [[], ["NOT_SERVING"]])
def test_a_stack_that_another_devenv_still_has_to_prove_is_starting(
    running: World, problems: list[str]
) -> None:
    """Also when every service is up already, as the embedded engine's is at once."""
    running.compose.put("shop", "temporal")
    running.gateway.problems = problems
    with another_devenv_at_it(running):
        assert look(running).state is StackState.STARTING
    assert look(running).state is StackState.READY


def test_a_proven_stack_stays_ready_while_another_devenv_is_at_it(running: World) -> None:
    """A second `up` has nothing to prove."""
    with another_devenv_at_it(running):
        assert look(running).state is StackState.READY


def test_a_web_ui_that_does_not_answer_degrades_the_stack(running: World) -> None:
    """Everybody who opens it would see that."""
    running.web_problems = ["refused"]
    assert look(running).state is StackState.DEGRADED


def test_a_stopped_stack_is_not_asked(running: World) -> None:
    """There is no server to connect to."""
    running.compose.stop(running.stack().identity)
    running.gateway.addresses.clear()
    report = look(running)
    assert report.state is StackState.STOPPED
    assert report.endpoints is not None
    assert running.gateway.addresses == []


def test_a_stack_that_is_down_is_absent_on_its_engine(running: World) -> None:
    """The engine that has its data is still said."""
    running.compose.remove(running.stack().identity, volumes=False)
    report = look(running)
    assert (report.state, report.engine) == (StackState.ABSENT, "compose")


def test_an_engine_that_is_away_is_an_error(running: World) -> None:
    """`absent` would be a lie."""
    running.without_docker()
    with pytest.raises(DockerUnreachableError):
        look(running)


def test_a_stack_of_another_project_is_an_error(world: World) -> None:
    """Its state says nothing about this project."""
    world.store.save(make_record(project="/elsewhere"))
    with pytest.raises(StackNameTakenError):
        look(world)


@pytest.mark.parametrize(("engine", "count"), [("compose", 0), ("embedded", 1)])
def test_only_the_embedded_engine_leaves_something_unenforced(world: World, engine: str, count: int) -> None:
    """A server in a container reads constraints from its file."""
    entry = Entry("limit.maxIDLength", 255, {"namespace": "orders"}, "x.yaml:1:1", "x")
    desired = make_desired(settings={"engine": engine}, dynamic_config=DynamicConfig((entry,)))
    bring_up(world.stack(), desired, UpRequest())
    assert len(look(world, desired).not_enforced) == count


def test_the_document_has_every_field_of_the_contract(running: World) -> None:
    """Names and types that programs rely on."""
    document = report_document(look(running))
    assert list(document) == [
        "engine",
        "state",
        "endpoints",
        "network",
        "services",
        "namespaces",
        "timings",
        "not_enforced",
        "drift",
        "addons",
        "pages",
        "alerts",
        "task_queues",
    ]
    assert document["endpoints"] == {
        "grpc": "127.0.0.1:7233",
        "ui": "http://127.0.0.1:8233",
        "http": "http://127.0.0.1:7243",
        "internal": "temporal:7233",
    }
    assert document["network"] == "shop_default"
    assert {"name", "state", "health", "image"} <= document["services"][0].keys()
    assert document["namespaces"] == [{"name": "orders", "state": "usable", "retention_seconds": 259200}]


@pytest.mark.parametrize(("service", "is_asked"), [("postgres", False), ("temporal", False), ("ui", True)])
def test_a_paused_service_is_named(world: World, service: str, *, is_asked: bool) -> None:
    """With what to do; a server that cannot answer is not waited for."""
    bring_up(world.stack(), make_desired(), UpRequest())
    world.compose.put("shop", service, "paused")
    connections = len(world.gateway.addresses)
    report = get_status(world.stack(), make_desired())
    assert report.state is StackState.DEGRADED
    assert len(world.gateway.addresses) - connections == is_asked
    assert world.reporter.warnings() == [
        f"the service {service} is paused: `devenv up` or `devenv start` has it run again"
    ]


def test_a_service_that_somebody_removed_is_missed(running: World) -> None:
    """Nothing else would tell that a page is gone; the next `up` brings it back."""
    ui = running.compose.running["shop"].pop("ui")
    report = look(running)
    assert report.state is StackState.DEGRADED
    assert running.reporter.warnings() == ["the service ui was removed: `devenv up` brings it back"]
    bring_up(running.stack(), make_desired(), UpRequest())
    assert running.compose.calls == ["launch"]
    assert running.compose.running["shop"]["ui"].state == ui.state
    assert look(running).state is StackState.READY


def test_a_record_of_an_older_devenv_misses_no_service(running: World) -> None:
    """It does not say which there were."""
    record = running.store.load("shop")
    assert record is not None
    assert record.proof is not None
    proof = record.proof.model_copy(update={"services": ()})
    running.store.save(record.model_copy(update={"proof": proof}))
    running.compose.running["shop"].pop("ui")
    assert look(running).state is StackState.READY
