"""`up` when things go well."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from fakes.world import make_desired, make_record

from devenv.dynamicconfig.model import DynamicConfig, Entry
from devenv.engines.protocol import Service
from devenv.errors import SeedsInvalidError, StackNameTakenError
from devenv.stack.report import NamespaceState, StackState
from devenv.stack.up import UpRequest, bring_up
from devenv.temporal.protocol import Namespace

if TYPE_CHECKING:
    from fakes.world import World

    from devenv.stack.desired import Desired
    from devenv.stack.report import StackReport

TWO = {"namespaces": [{"name": "orders"}, {"name": "payments"}]}


def up(world: World, desired: Desired | None = None) -> StackReport:
    return bring_up(world.stack(), desired or make_desired(), UpRequest())


def test_a_fresh_stack_is_launched_proven_and_reported(world: World) -> None:
    """The report has everything a client needs."""
    report = up(world)
    assert world.compose.calls == ["launch"]
    assert world.gateway.proven == [["orders"]]
    assert (report.stack, report.state, report.engine) == ("shop", StackState.READY, "compose")
    assert report.endpoints is not None
    assert report.endpoints.grpc == "127.0.0.1:7233"
    assert [service.name for service in report.services] == ["opensearch", "postgres", "temporal", "ui"]
    assert [(each.name, each.state) for each in report.namespaces] == [("orders", NamespaceState.USABLE)]
    assert report.drift == ()


def test_the_steps_are_reported_in_the_order_in_which_they_end(world: World) -> None:
    """From the choice of an engine to the Web UI, each with its timing."""
    report = up(world)
    order = ["engine", "ports", "launch", "frontend", "namespaces", "workflow-start", "clean-up", "web-ui"]
    steps = [timing.step for timing in report.timings]
    assert [step for step in steps if step in order] == order
    assert [step for step, status in world.reporter.steps() if status == "done"] == steps


def test_the_stack_is_remembered_with_its_proof(world: World) -> None:
    """Engine, ports, images and what was proven, for the next command."""
    up(world)
    record = world.store.load("shop")
    assert record is not None
    assert (record.engine, record.ports["grpc"], record.image_family) == ("compose", 7233, "official")
    assert record.proof is not None
    assert record.proof.namespaces == ("orders",)


def test_a_second_up_launches_nothing_and_proves_nothing(world: World) -> None:
    """It asks, and is done."""
    up(world)
    world.ports.hold((7233, 8233, 7243), "the container shop-temporal-1")
    world.gateway.calls.clear()
    report = up(world)
    assert world.compose.calls == ["launch"]
    assert world.gateway.calls == []
    assert len(world.gateway.proven) == 1
    assert report.state is StackState.READY
    assert report.namespaces[0].state is NamespaceState.USABLE


def test_a_restarted_server_is_proven_again(world: World) -> None:
    """Somebody restarted the container: what was proven was another process."""
    up(world)
    world.compose.put("shop", "temporal")
    up(world)
    assert world.compose.calls == ["launch"]
    assert len(world.gateway.proven) == 2


def test_a_new_namespace_is_registered_and_proven(world: World) -> None:
    """Nothing is launched for it; all namespaces are proven."""
    up(world)
    up(world, make_desired(TWO))
    assert world.compose.calls == ["launch"]
    assert world.gateway.proven == [["orders"], ["orders", "payments"]]


def test_a_namespace_that_was_deleted_by_hand_is_proven_again(world: World) -> None:
    """It has the name of one that was proven, and is another."""
    up(world)
    del world.gateway.registered["orders"]
    up(world)
    assert len(world.gateway.proven) == 2


def test_a_namespace_that_was_registered_by_hand_is_proven(world: World) -> None:
    """Nothing has to be changed for it, and still nobody has seen it work."""
    up(world)
    world.gateway.registered["payments"] = Namespace("payments")
    up(world, make_desired(TWO))
    assert world.gateway.proven[-1] == ["orders", "payments"]


def test_a_changed_retention_is_set(world: World) -> None:
    """A declaration that differs from the server's is made so."""
    up(world)
    up(world, make_desired({"namespaces": [{"name": "orders", "retention": "7d"}]}))
    assert world.gateway.registered["orders"].retention.days == 7


def test_a_service_that_ended_is_launched_again(world: World) -> None:
    """`up` on a stack that is half there brings the rest; its own ports are no obstacle."""
    up(world)
    world.ports.hold((7233, 8233, 7243), "the container shop-temporal-1")
    world.compose.put("shop", "opensearch", "exited", exit_code=1)
    assert up(world).state is StackState.READY
    assert world.compose.calls == ["launch", "launch"]


def test_a_changed_declaration_of_containers_is_launched(world: World) -> None:
    """The same `up` that changes nothing otherwise applies what was edited."""
    up(world)
    up(world, make_desired(settings={"durability": "fast"}))
    assert world.compose.calls == ["launch", "launch"]
    assert len(world.gateway.proven) == 2


@pytest.mark.parametrize(("engine", "launches"), [("compose", 1), ("embedded", 2)])
def test_new_dynamic_config_launches_only_what_cannot_follow_a_file(
    world: World, engine: str, launches: int
) -> None:
    """The server in a container polls the file; the embedded one is told on its command line."""
    entry = Entry("limit.maxIDLength", 255, {}, "x.yaml:1:1", "x")
    settings = {"engine": engine}
    up(world, make_desired(settings=settings))
    up(world, make_desired(settings=settings, dynamic_config=DynamicConfig((entry,))))
    assert [*world.compose.calls, *world.embedded.calls] == ["launch"] * launches


def test_the_embedded_engine_says_what_it_cannot_enforce(world: World) -> None:
    """A value for one namespace is named with its place."""
    entry = Entry("limit.maxIDLength", 255, {"namespace": "orders"}, "x.yaml:1:1", "x")
    desired = make_desired(settings={"engine": "embedded"}, dynamic_config=DynamicConfig((entry,)))
    assert up(world, desired).not_enforced == ["limit.maxIDLength namespace=orders (x.yaml:1:1)"]


def test_everything_that_is_declared_is_applied(world: World) -> None:
    """While the server deletes the canaries; a second time nothing is written."""
    endpoint = {"name": "pay", "target": {"namespace": "orders", "task_queue": "q"}}
    schedule = {"id": "s", "namespace": "orders", "workflow": "W", "task_queue": "q", "interval": "1h"}
    orders = {"name": "orders", "search_attributes": {"A": "Text"}}
    declared = {"namespaces": [orders], "nexus_endpoints": [endpoint], "schedules": [schedule]}
    up(world, make_desired(declared))
    assert world.gateway.calls == [
        "create orders",
        "canaries start",
        "canaries find",
        "create A in orders",
        "create endpoint pay",
        "create schedule orders.s",
        "canaries delete",
    ]
    world.gateway.calls.clear()
    up(world, make_desired(declared))
    assert world.gateway.calls == []


def test_archival_is_said_to_be_ignored(world: World) -> None:
    """There is no archive on a development machine, and nothing to compare."""
    declared = {"name": "orders", "history_archival_state": "enabled", "history_archival_uri": "s3://a"}
    up(world, make_desired({"namespaces": [declared]}))
    [said] = world.reporter.warnings()
    assert said.startswith("archival of orders: this stack has no archive")


def test_what_does_not_fit_the_embedded_engine_is_refused_before_anything_starts(world: World) -> None:
    """SQL has a fixed number of columns for each type; OpenSearch has room."""
    attributes = {f"Flag{number}": "Bool" for number in range(4)}
    declared = {"namespaces": [{"name": "orders", "search_attributes": attributes}]}
    with pytest.raises(SeedsInvalidError, match="4 search attributes of type Bool"):
        up(world, make_desired(declared, {"engine": "embedded"}))
    assert world.embedded.calls == []
    up(world, make_desired(declared))


def test_services_that_are_still_starting_are_waited_for(world: World) -> None:
    """The Web UI answers and workflows run before every health check has passed."""
    up(world)
    world.compose.put("shop", "opensearch", health="starting")
    world.clock.at(3, lambda: world.compose.put("shop", "opensearch"))
    up(world)
    assert "service opensearch is starting" in world.reporter.messages("services")


def test_the_web_ui_is_waited_for(world: World) -> None:
    """Ready means that its health URL answers, and the HTTP API that it serves."""
    world.web_problems = ["refused", "", "503"]
    up(world)
    assert world.reporter.messages("web-ui")[1:3] == ["refused", "503"]


def test_every_connection_is_closed(world: World) -> None:
    """Also after a second `up`."""
    up(world)
    up(world)
    assert world.gateway.addresses == ["127.0.0.1:7233"] * 2
    assert world.gateway.open == 0


def test_a_stack_of_another_project_is_left_alone(world: World) -> None:
    """`up --stack NAME` with somebody else's name touches nothing."""
    theirs = make_record(project="/elsewhere")
    world.store.save(theirs)
    with pytest.raises(StackNameTakenError, match="/elsewhere"):
        up(world)
    assert world.compose.calls == []
    assert world.store.load("shop") == theirs


def test_a_job_of_an_overlay_that_ended_well_is_not_run_again(world: World) -> None:
    """The stack is ready with it, and a second `up` has nothing to launch."""
    up(world)
    world.compose.running["shop"]["migrate"] = Service("migrate", "exited", exit_code=0, is_one_shot=True)
    assert up(world).state is StackState.READY
    assert world.compose.calls == ["launch"]


def test_nobody_is_asked_while_containers_are_replaced(world: World) -> None:
    """The server that answers may be about to go, and would end the connection."""
    up(world)
    addresses = len(world.gateway.addresses)
    world.compose.replaces_until = lambda: world.clock.seconds > 3
    world.compose.put("shop", "temporal", "exited", exit_code=0)
    asked_at: list[float] = []
    world.clock.at(2.9, lambda: asked_at.append(len(world.gateway.addresses)))
    up(world)
    assert asked_at == [addresses]
    assert len(world.gateway.addresses) > addresses
    assert "the engine replaces containers" in world.reporter.messages("launch")
    assert world.compose.ended == 0


def test_what_is_paused_runs_again(world: World) -> None:
    """It holds the stack's ports; nothing else would have it answer."""
    up(world)
    world.ports.hold((7233, 8233, 7243), "the container shop-temporal-1")
    for name in ("opensearch", "postgres", "temporal", "ui"):
        world.compose.put("shop", name, "paused")
    assert up(world).state is StackState.READY
    assert world.reporter.warnings() == [
        f"the service {name} was paused: it runs again"
        for name in ("opensearch", "postgres", "temporal", "ui")
    ]


def test_up_goes_on_without_a_record_that_is_damaged(world: World) -> None:
    """The data stays; the damaged file is kept under another name."""
    bring_up(world.stack(), make_desired(), UpRequest())
    path = world.store.directory("shop") / "stack.json"
    path.write_text("garbage")
    report = bring_up(world.stack(), make_desired(), UpRequest())
    assert report.state is StackState.READY
    assert "shop" in world.compose.data
    assert path.with_name("stack.json.damaged").read_text() == "garbage"
    assert world.store.load("shop") is not None
    assert "is damaged" in world.reporter.warnings()[-1]


def test_a_damaged_record_gives_no_stack_to_another_project(world: World) -> None:
    """Whose it is, its labels say; the record stays for its own project."""
    path = world.store.create("shop") / "stack.json"
    path.write_text("garbage")
    world.compose.labelled["shop"] = "/somewhere/else"
    with pytest.raises(StackNameTakenError, match="/somewhere/else"):
        bring_up(world.stack(), make_desired(), UpRequest())
    assert path.read_text() == "garbage"
