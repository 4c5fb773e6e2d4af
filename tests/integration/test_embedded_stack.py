"""`devenv` on the embedded engine, as a user runs it: no Docker, up in a second."""

from __future__ import annotations

import json
import shutil
import socket
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import httpx
import psutil
import pytest
import web_pages
from e2e.command_line import Cli, finish_all
from e2e.polling import eventually
from e2e.stacks import SHOP
from e2e.workflows import complete_workflow, found_by, history_of, is_serving, start_workflow
from temporalio.common import SearchAttributeKey, SearchAttributePair, TypedSearchAttributes

from devenv.engines.host import ports

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DAY = 24 * 3600
RETENTIONS = {
    "default": 3 * DAY,
    "orders": 30 * DAY,
    "pnats": 90 * DAY,
    "pnats-staging": 60 * DAY,
    "pnats-dev": 30 * DAY,
}
UP = ("up", "--engine", "embedded", "--any-port")
COMPLETED = "workflow_execution_completed_event_attributes"


@contextmanager
def _example(directory: Path, home: Path) -> Iterator[Cli]:
    """Yield a copy of the example project, not up yet; whatever it becomes is taken down at the end."""
    shutil.copytree(SHOP, directory)
    # Nothing here may need an engine: where it looks, there is none.
    cli = Cli(directory.resolve(), home, {"DOCKER_HOST": f"unix://{home}/no-engine.sock"})
    try:
        yield cli
    finally:
        cli.run("down", "--volumes", "--yes")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, run_home: Path) -> Iterator[Cli]:
    """The example project, up."""
    with _example(tmp_path_factory.mktemp("projects") / "shop", run_home) as cli:
        cli.answer(*UP)
        yield cli


@pytest.fixture
def project(tmp_path: Path, run_home: Path) -> Iterator[Cli]:
    """A copy of the example project, not up yet."""
    with _example(tmp_path / "shop", run_home) as cli:
        yield cli


def _address(document: Any) -> str:
    return str(document["endpoints"]["grpc"])


def test_the_document_says_what_the_contract_says(shop: Cli) -> None:
    document = shop.answer("up")
    assert (document["engine"], document["state"], document["network"]) == ("embedded", "ready", None)
    assert document["endpoints"]["internal"] == document["endpoints"]["grpc"]
    assert [(item["name"], item["state"], item["image"]) for item in document["services"]] == [
        ("temporal", "running", None)
    ]
    assert {item["name"]: item["retention_seconds"] for item in document["namespaces"]} == RETENTIONS
    assert {item["state"] for item in document["namespaces"]} == {"usable"}
    assert document["drift"] == []
    assert is_serving(_address(document))


def test_what_it_cannot_enforce_is_said_and_not_faked(shop: Cli) -> None:
    """Dynamic config of single namespaces: each value, with its place."""
    sentences = shop.answer("up")["not_enforced"]
    assert len(sentences) == 4
    assert sum("namespace=orders" in sentence for sentence in sentences) == 3
    assert any(
        "limit.blobSize.error" in sentence and "namespaces/orders.yaml" in sentence for sentence in sentences
    )


def test_the_server_itself_has_the_declared_retention(shop: Cli) -> None:
    answer = shop.run("temporal", "operator", "namespace", "describe", "-n", "pnats-dev", "-o", "json")
    assert json.loads(answer.out)["config"]["workflowExecutionRetentionTtl"] == f"{30 * DAY}s"


def test_a_workflow_is_found_by_its_search_attributes(shop: Cli) -> None:
    address = _address(shop.answer("status"))
    attributes = TypedSearchAttributes(
        [
            SearchAttributePair(SearchAttributeKey.for_keyword("CustomerId"), "customer-7"),
            SearchAttributePair(SearchAttributeKey.for_float("OrderTotal"), 12.5),
        ]
    )
    started = start_workflow(address, "orders", attributes=attributes)
    query = "CustomerId = 'customer-7' AND OrderTotal > 12"
    assert eventually(lambda: found_by(address, "orders", query)) == [started]


def test_global_dynamic_config_holds(shop: Cli) -> None:
    """1 MiB, as `limits.yaml` says for all namespaces; the server's own limit is twice that."""
    address = _address(shop.answer("status"))
    start_workflow(address, "pnats-dev", argument="x" * 1_000_000)
    with pytest.raises(Exception, match=r"(?i)exceeds|limit"):
        start_workflow(address, "pnats-dev", argument="x" * 1_100_000)


def test_what_a_killed_up_left_is_gone_after_the_next(project: Cli) -> None:
    """Also in a namespace that is declared no more."""
    with project.start(*UP, "-o", "jsonl") as process:
        assert process.stdout is not None
        events = map(json.loads, process.stdout)
        assert any((event.get("step"), event.get("status")) == ("workflow-start", "done") for event in events)
        process.kill()
    address = _address(project.answer("status"))
    assert eventually(lambda: all(found_by(address, name, "") for name in ("orders", "pnats-dev")))
    (project.project / "seeds" / "pnats.yaml").unlink()
    assert project.answer("up")["state"] == "ready"
    assert {name: found_by(address, name, "") for name in RETENTIONS} == {name: [] for name in RETENTIONS}


def _servers(stack: str) -> list[int]:
    """Return the processes that have the stack's database on their command line."""
    return [
        process.pid
        for process in psutil.process_iter(["cmdline"])
        if any(f"/{stack}/" in part for part in process.info["cmdline"] or ())
    ]


def test_two_stacks_side_by_side(shop: Cli, project: Cli) -> None:
    """The second finds the ports taken by another stack of devenv and moves, without an option."""
    first = shop.answer("status")
    # Somebody who is no stack of this home may hold the usual ports, such as a stack of the developer's own.
    is_usual = first["endpoints"]["grpc"].endswith(":7233")
    second = project.answer("up", "--engine", "embedded", *([] if is_usual else ["--any-port"]))
    assert second["state"] == "ready"
    assert not set(first["endpoints"].values()) & set(second["endpoints"].values())
    assert {first["stack"], second["stack"]} <= {item["name"] for item in shop.answer("ls")["stacks"]}


def test_two_stacks_that_come_up_at_the_same_moment_never_meet(project: Cli, tmp_path: Path) -> None:
    """Which ports are free is looked at by one of them at a time."""
    with _example(tmp_path / "other", project.home) as other:
        results = finish_all([each.start(*UP, "-o", "json") for each in (project, other)])
        assert [result.exit for result in results] == [0, 0], results
        one, two = (set(result.document["endpoints"].values()) for result in results)
        assert not one & two


def test_run_leaves_nothing(project: Cli) -> None:
    result = project.run(
        "run", "--engine", "embedded", "--any-port", "--", "sh", "-c", "echo $TEMPORAL_ADDRESS; exit 3"
    )
    assert result.exit == 3
    assert result.out.startswith("127.0.0.1:")
    assert project.answer("status")["state"] == "absent"
    assert project.answer("down")["data_kept"] is False


def test_a_port_taken_by_a_process_is_told_with_its_holder(project: Cli) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        others = f"grpc = {ports.any_free()}\nhttp = {ports.any_free()}"
        (project.project / "devenv.local.toml").write_text(f"[ports]\nui = {port}\n{others}\n")
        error = project.run("up", "--engine", "embedded", "-o", "json").error
    assert (error["code"], error["exit_code"]) == ("port-taken", 5)
    assert f"Port {port} (ui)" in error["message"]
    assert project.answer("status")["state"] == "absent"


def test_a_docker_on_another_machine_is_told_of_and_nothing_is_made(project: Cli) -> None:
    """Who has chosen a Docker engine is not given another engine in its stead."""
    remote = project.with_variables(DOCKER_HOST="ssh://ada@build.example.com")
    error = remote.run("up", "--any-port", "-o", "json").error
    assert (error["code"], error["exit_code"]) == ("remote-engine", 4)
    assert "`devenv up --engine embedded`" in error["hint"]
    stacks = project.home / "state" / "temporal-devenv" / "stacks"
    assert not (stacks / project.answer("status")["stack"]).exists()


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory, run_home: Path) -> Iterator[Cli]:
    """A copy of the example project, not up yet, of which some tests see all the life, in their order."""
    with _example(tmp_path_factory.mktemp("projects") / "lasting", run_home) as cli:
        yield cli


@pytest.fixture(scope="module")
def events(lasting: Cli) -> list[Any]:
    """Bring it up for the first time and return what that told."""
    result = lasting.run(*UP, "-o", "jsonl")
    assert result.exit == 0, result
    return [json.loads(line) for line in result.out.splitlines()]


def test_jsonl_tells_of_every_step_and_ends_with_the_document(events: list[Any]) -> None:
    steps = [(event["step"], event["status"]) for event in events if event["event"] == "step"]
    assert ("frontend", "done") in steps
    assert events[-1]["event"] == "result"
    assert (events[-1]["ok"], events[-1]["state"]) == (True, "ready")


def test_right_after_up_no_namespace_has_a_workflow(events: list[Any]) -> None:
    address = _address(events[-1])
    assert {name: found_by(address, name, "") for name in RETENTIONS} == {name: [] for name in RETENTIONS}


def test_a_completed_workflow_survives_down_and_up(lasting: Cli) -> None:
    first = lasting.answer(*UP)
    identifier = complete_workflow(_address(first), "orders")
    down = lasting.answer("down")
    assert (down["removed"], down["data_kept"]) == (True, True)
    assert lasting.answer("status")["state"] == "absent"
    # No engine is named: the stack keeps the one that has its data.
    second = lasting.answer("up")
    assert (second["engine"], second["endpoints"]) == ("embedded", first["endpoints"])
    assert history_of(_address(second), "orders", identifier)[-1] == COMPLETED


def test_stop_and_start(lasting: Cli) -> None:
    first = lasting.answer(*UP)
    identifier = complete_workflow(_address(first), "orders")
    assert lasting.run("stop").exit == 0
    assert lasting.answer("status")["state"] == "stopped"
    started = lasting.answer("start")
    assert (started["state"], started["endpoints"]) == ("ready", first["endpoints"])
    assert history_of(_address(started), "orders", identifier)[-1] == COMPLETED


def test_a_stack_whose_record_is_lost_keeps_its_engine_and_data(lasting: Cli) -> None:
    """In CI too, where nothing falls back; the server that ran without a record runs no more."""
    first = lasting.answer(*UP)
    complete_workflow(_address(first), "default")
    stacks = lasting.home / "state" / "temporal-devenv" / "stacks"
    (stacks / first["stack"] / "stack.json").unlink()
    second = lasting.with_variables(CI="true").answer("up", "--any-port")
    assert second["engine"] == "embedded"
    assert eventually(lambda: found_by(_address(second), "default", "ExecutionStatus = 'Completed'"))
    assert len(_servers(first["stack"])) == 1


def test_down_with_volumes_leaves_nothing(lasting: Cli, run_home: Path) -> None:
    """No process, no port, no file."""
    document = lasting.answer(*UP)
    before = _servers(document["stack"])
    assert len(before) == 1
    down = lasting.answer("down", "--volumes", "--yes")
    assert (down["removed"], down["data_kept"]) == (True, False)
    assert _servers(document["stack"]) == []
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", int(_address(document).rpartition(":")[2])))
    stacks = run_home / "state" / "temporal-devenv" / "stacks"
    assert not (stacks / document["stack"]).exists()


@pytest.mark.parametrize("page", [web_pages.FOREIGN_PAGE, web_pages.REBOUND_PAGE], ids=["origin", "host"])
def test_no_web_page_writes_to_the_stack(shop: Cli, page: web_pages.Page) -> None:
    """By no port of the server; a program that says who it is may."""
    endpoints = shop.answer("status")["endpoints"]
    [server] = [psutil.Process(each) for each in _servers(shop.answer("status")["stack"])]
    ports_of_server = {each.laddr.port for each in server.net_connections("tcp") if each.status == "LISTEN"}
    assert len(ports_of_server) > 3
    for port in ports_of_server:
        with suppress(httpx.RemoteProtocolError, httpx.ReadError, httpx.ReadTimeout):  # gRPC speaks no HTTP/1
            web_pages.create_namespace(f"http://127.0.0.1:{port}", "stray", page)
    listed = shop.answer("namespace", "list")["namespaces"]
    assert "stray" not in {each["name"] for each in listed}
    assert not web_pages.lets_foreign_pages_send(endpoints["http"], "authorization")
    honest = web_pages.create_namespace(endpoints["http"], "default", {"Authorization": "none"})
    assert honest.status_code == httpx.codes.CONFLICT
