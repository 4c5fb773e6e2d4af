"""What of a stack exists on a Docker engine."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests
from fakes.docker import CAPTURED, SHOP, FakeDocker, FakeVolume, captured, containers

from devenv.engines.compose.containers import MEMORY_PATIENCE_S, to_service
from devenv.engines.compose.engine import ComposeEngine
from devenv.engines.protocol import Service
from devenv.errors import NotRunningError
from devenv.project.services import Ports
from devenv.project.state import StackStore

STATE = Path("/state/shop")
LABELS = CAPTURED["Config"]["Labels"]
OTHERS = {
    "another stack": captured("temporal", stack="bank-000000"),
    "another user": captured("temporal", owner=1001),
}


def state(**changes: Any) -> dict[str, Any]:
    return CAPTURED | {"State": CAPTURED["State"] | changes}


def after_a_pause(last_exit_code: int) -> dict[str, Any]:
    """Return the health of a container that was not probed again since it was paused."""
    return {"Status": "unhealthy", "FailingStreak": 0, "Log": [{"ExitCode": 1}, {"ExitCode": last_exit_code}]}


def test_a_running_container_is_a_running_service() -> None:
    """With health, image and start; Docker's nanoseconds become microseconds."""
    assert to_service(CAPTURED) == Service(
        name="temporal",
        state="running",
        health="healthy",
        image="temporalio/server:1.32.2",
        exit_code=None,
        started_at=datetime(2026, 1, 2, 3, 4, 5, 123456, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("described", "expected"),
    [
        (state(Health=None), {"health": None}),
        (state(Health={"Status": "starting"}), {"health": "starting"}),
        (
            state(Status="exited", Running=False, ExitCode=137, Health={"Status": "unhealthy"}),
            {"state": "exited", "exit_code": 137, "health": None},
        ),
        (state(Health=after_a_pause(0)), {"health": "healthy"}),
        (state(Health=after_a_pause(7)), {"health": "unhealthy"}),
        (state(Status="paused", Paused=True, Health=after_a_pause(0)), {"health": "unhealthy"}),
        (state(Health=after_a_pause(0) | {"FailingStreak": 3}), {"health": "unhealthy"}),
        (
            state(Status="created", Running=False, StartedAt="0001-01-01T00:00:00Z"),
            {"state": "created", "started_at": None},
        ),
        (CAPTURED | {"Config": {"Image": "x", "Labels": {}}}, {"name": "shop-3f2a1c-temporal-1"}),
    ],
    ids=[
        "no health check",
        "starting",
        "killed",
        "was paused",
        "was paused and ill",
        "paused",
        "unhealthy",
        "never started",
        "no label",
    ],
)
def test_the_other_states_of_a_container(described: dict[str, Any], expected: dict[str, Any]) -> None:
    """Of what it does not probe, because it ended or was paused, Docker says that it is unhealthy."""
    service = to_service(described)
    assert {name: getattr(service, name) for name in expected} == expected


@pytest.mark.parametrize(
    ("service", "config", "host", "expected"),
    [
        ("migrate", {}, {}, True),
        ("migrate", {}, {"RestartPolicy": {"Name": "no"}}, True),
        ("sql-schema", {}, {}, True),
        ("worker", {}, {"RestartPolicy": {"Name": "on-failure"}}, False),
        ("worker", {"Healthcheck": {"Test": ["CMD", "true"]}}, {}, False),
        ("redis", {}, {"PortBindings": {"6379/tcp": [{"HostIp": "127.0.0.1", "HostPort": "6379"}]}}, False),
        ("temporal", {}, {}, False),
    ],
)
def test_a_service_that_nothing_restarts_checks_or_calls_works_once(
    service: str, config: dict[str, Any], host: dict[str, Any], *, expected: bool
) -> None:
    """Exit code 0 is its normal end; what the stack itself needs must go on."""
    described = captured(service, exit_code=0)
    described = described | {"Config": described["Config"] | config, "HostConfig": host}
    assert to_service(described).is_one_shot is expected


def test_services_are_those_of_the_stack_and_its_owner() -> None:
    """By name; one-shots are no services to a user."""
    mine = [captured("ui"), captured("postgres"), captured("sql-schema", exit_code=0)]
    found = containers(FakeDocker([*mine, *OTHERS.values()]))
    assert [each.name for each in found.services(SHOP)] == ["postgres", "ui"]
    with_one_shots = found.services(SHOP, one_shots=True)
    assert [each.name for each in with_one_shots] == ["postgres", "sql-schema", "ui"]


def test_a_container_that_goes_while_one_looks_is_not_there() -> None:
    """It was listed and could not be inspected any more."""
    docker = FakeDocker([captured("ui"), captured("postgres")])
    docker.api.going = {"shop-3f2a1c-ui"}
    assert [each.name for each in containers(docker).services(SHOP)] == ["postgres"]


def test_memory_is_what_docker_stats_would_show() -> None:
    """Without what the kernel can drop, by the names of both versions of cgroups; of this stack alone."""
    docker = FakeDocker([captured("ui"), captured("postgres"), captured("temporal"), *OTHERS.values()])
    docker.api.memory = {
        "shop-3f2a1c-ui": {"usage": 300, "stats": {"inactive_file": 100}},
        "shop-3f2a1c-postgres": {"usage": 50, "stats": {"total_inactive_file": 10}},
        "bank-000000-temporal": {"usage": 7000},
    }
    assert containers(docker).memory(SHOP) == 200 + 40
    assert docker.api.timeouts == {MEMORY_PATIENCE_S}


def test_memory_is_unknown_where_the_engine_does_not_say() -> None:
    """`ls` goes on without it: a container that has just gone, an engine that hangs."""
    docker = FakeDocker([captured("ui")])
    docker.api.refusals = {"shop-3f2a1c-ui": requests.ConnectionError("timed out")}
    assert containers(docker).memory(SHOP) is None


def test_paused_containers_run_again() -> None:
    """Compose cannot start them; who paused them is told which they were."""
    docker = FakeDocker([captured("ui"), captured("postgres"), captured("temporal")])
    for item in docker.api.described[1:]:
        item["State"]["Status"] = "paused"
    assert containers(docker).unpause(SHOP) == ["postgres", "temporal"]
    assert {each.state for each in containers(docker).services(SHOP)} == {"running"}


def test_another_compose_project_of_the_same_name_is_noticed() -> None:
    """Compose would take its containers for orphans of the stack, and its volumes for the stack's."""
    docker = FakeDocker([captured("ui"), captured("web", owner=1001)])
    project = {"com.docker.compose.project": "shop-3f2a1c"}
    docker.api.networks_there = {"n": LABELS, "theirs_net": project}
    docker.volumes.existing = [FakeVolume("v", LABELS), FakeVolume("theirs_data", project)]
    assert containers(docker).strangers(SHOP) == [
        "container shop-3f2a1c-web-1",
        "network theirs_net",
        "volume theirs_data",
    ]


def test_the_variables_of_a_container_are_those_it_was_made_with() -> None:
    """A service without a container has none."""
    made = captured("postgres")
    made["Config"]["Env"] = ["POSTGRES_PASSWORD=a=b", "EMPTY=", "ODD"]
    docker = FakeDocker([made])
    assert containers(docker).environment(SHOP, "postgres") == {"POSTGRES_PASSWORD": "a=b", "EMPTY": ""}
    assert containers(docker).environment(SHOP, "ui") == {}


def test_stacks_are_known_by_containers_and_by_volumes() -> None:
    """One that is down has only volumes."""
    docker = FakeDocker([captured("ui"), OTHERS["another user"]])
    down = LABELS | {"dev.temporal-devenv.stack": "bank-1", "dev.temporal-devenv.project": "/bank"}
    docker.volumes.existing = [FakeVolume("v", down), FakeVolume("w", {"else": "x"})]
    assert containers(docker).names(1000) == {"shop-3f2a1c": "/projects/shop", "bank-1": "/bank"}


def test_data_is_a_volume_of_the_stack() -> None:
    """Another stack's is none."""
    docker = FakeDocker()
    docker.volumes.existing = [FakeVolume("v", LABELS)]
    assert containers(docker).has_volumes(SHOP)
    assert not containers(docker).has_volumes(replace(SHOP, name="bank-000000"))


def created(stack: str, port: str) -> dict[str, Any]:
    """Return a container of `stack` that was never started, and will publish `port`."""
    described = captured("temporal", exit_code=0, stack=stack)
    described["State"]["Status"] = "created"
    return described | {"HostConfig": {"PortBindings": {"7233/tcp": [{"HostPort": port}], "9090/tcp": None}}}


def test_ports_of_a_stack_that_is_being_started_are_reserved() -> None:
    """Before its server is started; not those of the stack itself, and none that the engine chooses."""
    docker = FakeDocker(
        [created("shop-3f2a1c", "7233"), created("b", "7234"), created("c", ""), captured("ui")]
    )
    docker.api.going = {"c-temporal"}
    assert containers(docker).reserved_ports(SHOP) == {7234}


def test_a_published_port_has_a_publisher() -> None:
    """Whoever made it, with its stack if it is one of ours."""
    foreign = captured("web") | {"Id": "f", "Name": "/nginx"}
    foreign["Config"]["Labels"] = {}
    docker = FakeDocker([captured("ui"), foreign])
    docker.api.published = {"shop-3f2a1c-ui": [8233], "f": [80]}
    mine, theirs = containers(docker).publishing(8233), containers(docker).publishing(80)
    assert mine is not None
    assert theirs is not None
    assert (mine.name, mine.stack) == ("shop-3f2a1c-ui-1", "shop-3f2a1c")
    assert (theirs.name, theirs.stack) == ("nginx", None)
    assert containers(docker).publishing(7233) is None


def test_ports_of_a_stack_are_those_that_its_running_containers_publish() -> None:
    """Not those of another stack or user, and not what a stopped container published."""
    running, stopped = captured("temporal"), captured("ui", exit_code=0)
    others = [other | {"Id": name} for name, other in OTHERS.items()]
    docker = FakeDocker([running, stopped, *others])
    docker.api.published = {running["Id"]: [7233, 7243, 0], stopped["Id"]: [8233]}
    docker.api.published |= {each["Id"]: [7300] for each in others}
    assert containers(docker).published_ports(SHOP, STATE) == {7233, 7243}


def test_a_service_that_an_overlay_adds_holds_no_port_of_the_stack() -> None:
    """It may publish what the server would: whoever answers there is not the stack's server."""
    added = captured("temporal")
    added["Config"]["Labels"]["com.docker.compose.service"] = "tool"
    docker = FakeDocker([added])
    docker.api.published = {added["Id"]: [7233]}
    assert containers(docker).published_ports(SHOP, STATE) == frozenset()


def test_a_service_of_an_add_on_holds_its_port() -> None:
    """Its page is then the stack's own."""
    added = captured("victoria-metrics")
    added["Config"]["Labels"]["dev.temporal-devenv.files"] = "a digest"
    docker = FakeDocker([added])
    docker.api.published = {added["Id"]: [8428]}
    assert containers(docker).published_ports(SHOP, STATE) == {8428}


def test_containers_of_another_home_are_not_this_ones() -> None:
    """Another state directory has brought up the same stack; an older devenv noted none."""
    other, older = captured("temporal"), captured("ui")
    other["Config"]["Labels"]["dev.temporal-devenv.state"] = "/other/state/shop"
    docker = FakeDocker([other, older])
    docker.api.published = {other["Id"]: [7233], older["Id"]: [8233]}
    assert containers(docker).published_ports(SHOP, STATE) == {8233}
    assert containers(docker).other_state(SHOP, STATE) == "/other/state/shop"
    assert containers(docker).other_state(SHOP, Path("/other/state/shop")) is None


def test_a_service_that_has_ended_has_no_container_to_enter(tmp_path: Path) -> None:
    """`exec` needs one that runs."""
    docker = FakeDocker([captured("ui"), captured("temporal", exit_code=1)])
    assert containers(docker).identifier(SHOP, "ui") == "shop-3f2a1c-ui"
    assert containers(docker).identifier(SHOP, "temporal") is None
    engine = ComposeEngine(StackStore(tmp_path))
    engine._connected = containers(docker)
    with pytest.raises(NotRunningError, match="temporal"):
        engine.execute(SHOP, "temporal", ["true"])


def test_the_engine_knows_its_network_and_address(tmp_path: Path) -> None:
    """Without asking anybody."""
    engine = ComposeEngine(StackStore(tmp_path))
    assert engine.name == "compose"
    assert engine.network(SHOP) == "shop-3f2a1c_default"
    assert engine.internal_address(Ports.of(grpc=1, ui=2, http=3)) == "temporal:7233"


def test_several_containers_of_a_service_are_told_apart() -> None:
    """By the number that Compose gives them; one that is being replaced is one, though there are two."""
    docker = FakeDocker(
        [
            captured("history"),
            captured("history", number=2, exit_code=137),
            captured("temporal"),
            captured("temporal") | {"Id": "the next"},
        ]
    )
    found = containers(docker).services(SHOP)
    assert [(each.title, each.exit_code) for each in found] == [
        ("history-1", None),
        ("history-2", 137),
        ("temporal", None),
        ("temporal", None),
    ]


def test_the_log_of_one_of_several_is_its_own() -> None:
    docker = FakeDocker([captured("history"), captured("history", number=2)])
    docker.api.output = {f"{SHOP.name}-history": b"first", f"{SHOP.name}-history-2": b"second"}
    assert containers(docker).log_tail(SHOP, "history", 5, number=2) == ["second"]
    assert containers(docker).log_tail(SHOP, "history", 5) == ["first"]
