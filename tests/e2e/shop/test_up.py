"""`devenv up` of the example project: what it promises is there, and nothing more than that."""

from __future__ import annotations

import json
import re
import socket
from typing import TYPE_CHECKING, Any

import httpx
import psutil
import pytest
import web_pages
from e2e import engine_view
from e2e.container_runs import Container
from e2e.opensearch_jvm import AS_IN_THE_FILE, has_agent, mappings_of
from e2e.polling import eventually
from e2e.workflows import found_by, is_serving, start_workflow, terminate
from temporalio.client import WorkflowFailureError
from temporalio.common import SearchAttributeKey, SearchAttributePair, TypedSearchAttributes
from temporalio.service import RPCError

if TYPE_CHECKING:
    from e2e.stacks import Stack

pytestmark = pytest.mark.stack

HOUR = 3600
RETENTIONS = {
    "default": 72 * HOUR,
    "orders": 30 * 24 * HOUR,
    "pnats": 2160 * HOUR,
    "pnats-staging": 1440 * HOUR,
    "pnats-dev": 720 * HOUR,
}
SERVICES = ["opensearch", "postgres", "temporal", "ui"]
ONE_SHOTS = ["sql-schema", "visibility-index"]
MEGABYTE = 1024 * 1024
PROCESS_LIMITS = {"opensearch": 4096, "temporal": 1024}
MEMORY_LIMITS = {
    "opensearch": 768,
    "postgres": 256,
    "sql-schema": 128,
    "temporal": 1536,
    "ui": 128,
    "visibility-index": 128,
}
OPENSEARCH_WRITES_TO_ITS_ROOT = "opensearch"


def test_the_document_says_what_the_contract_says(shop: Stack) -> None:
    document = shop.document
    ports = {name: document["endpoints"][name].rpartition(":")[2] for name in ("grpc", "ui", "http")}
    assert {name: document[name] for name in ("schema_version", "ok", "engine", "state", "network")} == {
        "schema_version": 1,
        "ok": True,
        "engine": "compose",
        "state": "ready",
        "network": f"{shop.name}_default",
    }
    assert document["endpoints"] == {
        "grpc": f"127.0.0.1:{ports['grpc']}",
        "ui": f"http://127.0.0.1:{ports['ui']}",
        "http": f"http://127.0.0.1:{ports['http']}",
        "internal": "temporal:7233",
    }
    assert (document["not_enforced"], document["drift"]) == ([], [])


def test_a_first_up_tells_in_few_lines_what_people_wait_for(shop: Stack) -> None:
    """On a pipe, where nothing can be drawn over; nothing that goes well reads like an error."""
    told = [line.partition(" ")[2] for line in shop.told.splitlines() if "warning:" not in line]
    assert len(told) <= 12, shop.told
    ended = [line.removeprefix("✓ ").split("  ")[0] for line in told if line.startswith("✓ ")]
    parts = ["Web UI", "database", "engine", "search index", "seeds", "server", "workflows"]
    assert sorted(ended) == parts, shop.told
    early = [line for line in told if not tells_details(line)]
    assert not [line for line in early if "refused" in line or "does not answer" in line], shop.told


def tells_details(line: str) -> bool:
    """Whether a line is about a wait of 15 s or more, which says exactly what is missing."""
    waited = re.match(r"… (\d+) s ", line)
    return waited is not None and int(waited[1]) >= 15


def test_every_declared_namespace_is_usable_with_its_retention(shop: Stack) -> None:
    assert {item["name"]: item["retention_seconds"] for item in shop.document["namespaces"]} == RETENTIONS
    assert {item["state"] for item in shop.document["namespaces"]} == {"usable"}


def test_the_server_has_the_declared_namespaces(shop: Stack) -> None:
    """Past devenv: what the server itself says about one of them."""
    answer = shop.temporal("operator", "namespace", "describe", "-n", "orders", "-o", "json")
    described = json.loads(answer.out)
    assert described["namespaceInfo"]["description"] == "Order processing workflows"
    assert described["namespaceInfo"]["ownerEmail"] == "orders@example.com"
    assert described["namespaceInfo"]["data"] == {"team": "checkout"}
    assert described["config"]["workflowExecutionRetentionTtl"] == "2592000s"


def test_all_services_are_healthy_and_of_one_family(shop: Stack) -> None:
    services = shop.document["services"]
    assert [service["name"] for service in services] == SERVICES
    assert {(service["state"], service["health"]) for service in services} == {("running", "healthy")}
    used = {service["image"] for service in services}
    families = [
        image["kind"] for image in shop.cli.answer("images", "list")["images"] if image["ref"] in used
    ]
    assert len(families) == len(SERVICES)
    assert len(set(families)) == 1


def test_every_step_has_its_timing(shop: Stack) -> None:
    timings = {timing["step"]: timing for timing in shop.document["timings"]}
    assert {"launch", "frontend", "namespaces", "visibility", "web-ui", *SERVICES} <= timings.keys()
    assert all(timing["seconds"] >= 0 and timing["started_s"] >= 0 for timing in timings.values())


def test_the_frontend_serves(shop: Stack) -> None:
    assert is_serving(shop.grpc)


def test_the_web_ui_is_healthy(shop: Stack) -> None:
    assert httpx.get(f"{shop.document['endpoints']['ui']}/healthz").status_code == httpx.codes.OK


def test_the_http_api_lists_the_namespaces(shop: Stack) -> None:
    answer = httpx.get(f"{shop.document['endpoints']['http']}/api/v1/namespaces").json()
    assert {item["namespaceInfo"]["name"] for item in answer["namespaces"]} >= RETENTIONS.keys()


def test_the_network_exists(shop: Stack) -> None:
    attached = engine_view.inspect("network", shop.document["network"])[0]["Containers"]
    assert len(attached) == len(SERVICES)


def test_right_after_up_no_namespace_has_a_workflow(shop: Stack) -> None:
    """`up` has started workflows to prove that it works; nobody ever meets them."""
    assert shop.met_at_once == {namespace: [] for namespace in RETENTIONS}


def test_the_bundled_cli_works_on_the_stack(shop: Stack) -> None:
    answer = shop.temporal("workflow", "list", "-n", "pnats-dev")
    assert (answer.exit, answer.out.strip()) == (0, "")


def test_search_attributes_are_listed_with_their_types(shop: Stack) -> None:
    answer = shop.temporal("operator", "search-attribute", "list", "-n", "orders", "-o", "json")
    listed = json.loads(answer.out)["customAttributes"]
    assert (listed["CustomerId"], listed["OrderTotal"]) == (
        "INDEXED_VALUE_TYPE_KEYWORD",
        "INDEXED_VALUE_TYPE_DOUBLE",
    )


def test_a_workflow_is_found_by_its_search_attributes(shop: Stack) -> None:
    attributes = TypedSearchAttributes(
        [
            SearchAttributePair(SearchAttributeKey.for_keyword("CustomerId"), "customer-7"),
            SearchAttributePair(SearchAttributeKey.for_float("OrderTotal"), 12.5),
        ]
    )
    started = start_workflow(shop.grpc, "orders", attributes=attributes)
    query = "CustomerId = 'customer-7' AND OrderTotal > 12"
    assert eventually(lambda: found_by(shop.grpc, "orders", query)) == [started]
    terminate(shop.grpc, "orders", started)


def test_a_second_up_changes_nothing(shop: Stack) -> None:
    before = shop.services()
    again = shop.cli.answer("up")
    assert again["state"] == "ready"
    assert again["endpoints"] == shop.document["endpoints"]
    after = shop.services()
    assert {name: item["Id"] for name, item in after.items()} == {
        name: item["Id"] for name, item in before.items()
    }
    assert {name: item["State"]["StartedAt"] for name, item in after.items()} == {
        name: item["State"]["StartedAt"] for name, item in before.items()
    }


def test_status_says_the_same_as_up(shop: Stack) -> None:
    status = shop.cli.answer("status", "--exit-code")
    for name in ("stack", "engine", "state", "endpoints", "network", "services", "namespaces", "drift"):
        assert status[name] == shop.document[name], name


@pytest.mark.parametrize("page", [web_pages.FOREIGN_PAGE, web_pages.REBOUND_PAGE], ids=["origin", "host"])
def test_no_web_page_writes_to_the_stack(shop: Stack, page: web_pages.Page) -> None:
    """Neither by the HTTP API nor by the Web UI; a program that says who it is may."""
    endpoints = shop.document["endpoints"]
    for name in ("ui", "http"):
        refused = web_pages.create_namespace(endpoints[name], "stray", page)
        assert refused.status_code == httpx.codes.BAD_REQUEST
        assert not web_pages.lets_foreign_pages_send(endpoints[name], "authorization")
    with pytest.raises(httpx.HTTPError):
        web_pages.create_namespace(f"http://{endpoints['grpc']}", "stray", page)
    honest = web_pages.create_namespace(endpoints["http"], "default", {"Authorization": "none"})
    assert honest.status_code == httpx.codes.CONFLICT
    listed = {each["name"] for each in shop.cli.answer("namespace", "list")["namespaces"]}
    assert "stray" not in listed


def test_only_three_ports_are_published_and_only_on_loopback(shop: Stack) -> None:
    bound = {
        (binding["HostIp"], binding["HostPort"])
        for item in shop.services().values()
        for bindings in item["NetworkSettings"]["Ports"].values()
        for binding in bindings or ()
    }
    endpoints = shop.document["endpoints"]
    expected = {("127.0.0.1", endpoints[name].rpartition(":")[2]) for name in ("grpc", "ui", "http")}
    assert bound == expected


def test_other_addresses_of_this_machine_do_not_answer(shop: Stack) -> None:
    port = int(shop.grpc.rpartition(":")[2])
    addresses = [
        item.address
        for items in psutil.net_if_addrs().values()
        for item in items
        if item.family == socket.AF_INET and not item.address.startswith("127.")
    ]
    for address in addresses:
        with socket.socket() as probe:
            probe.settimeout(2)
            assert probe.connect_ex((address, port)) != 0, address


def test_everything_carries_the_labels(shop: Stack) -> None:
    labels = {
        f"{engine_view.LABEL}.stack": shop.name,
        f"{engine_view.LABEL}.project": str(shop.project),
        f"{engine_view.LABEL}.owner": engine_view.owner(),
        f"{engine_view.LABEL}.version": shop.cli.answer("version")["version"],
    }
    of_compose = f"com.docker.compose.project={shop.name}"
    found = [
        *(item["Config"]["Labels"] for item in _described("container", engine_view.containers(of_compose))),
        *(item["Labels"] for item in _described("network", engine_view.networks(of_compose))),
        *(item["Labels"] for item in _described("volume", engine_view.volumes(of_compose))),
    ]
    assert len(found) == len(SERVICES) + len(ONE_SHOTS) + 1 + 2
    for each in found:
        assert labels.items() <= each.items()


def _described(kind: str, names: list[str]) -> list[dict[str, Any]]:
    return engine_view.inspect(kind, *names)


@pytest.mark.parametrize("service", [*SERVICES, *ONE_SHOTS])
def test_a_container_is_hardened(shop: Stack, service: str) -> None:
    host = shop.services()[service]["HostConfig"]
    assert host["CapDrop"] == ["ALL"]
    assert not host["CapAdd"]
    assert "no-new-privileges:true" in host["SecurityOpt"]
    assert host["Privileged"] is False
    assert host["Init"] is True
    assert host["ReadonlyRootfs"] is (service != OPENSEARCH_WRITES_TO_ITS_ROOT)
    assert host["Memory"] == MEMORY_LIMITS[service] * MEGABYTE
    assert host["PidsLimit"] == PROCESS_LIMITS.get(service, 512)
    assert host["LogConfig"]["Config"] == {"max-size": "10m", "max-file": "3"}


@pytest.mark.parametrize("service", SERVICES)
def test_no_process_of_a_container_is_root_or_has_a_capability(shop: Stack, service: str) -> None:
    script = "for status in /proc/[0-9]*/status; do grep -hE '^(Uid|CapEff|NoNewPrivs):' $status; done"
    lines = engine_view.docker("exec", shop.services()[service]["Id"], "sh", "-c", script).splitlines()
    assert lines
    for line in lines:
        name, *values = line.split()
        assert values != ["0", "0", "0", "0"] or name != "Uid:"
        if name == "CapEff:":
            assert int(values[0], 16) == 0
        if name == "NoNewPrivs:":
            assert values == ["1"]


def test_opensearch_starts_without_its_agent_from_an_archive_of_its_classes(shop: Stack) -> None:
    """What devenv asks of stand-ins has its effect; official images have no archive, and keep the agent."""
    opensearch = shop.services()["opensearch"]
    is_stand_in = opensearch["Config"]["Image"].startswith("temporal-devenv/")
    node = Container(opensearch["Id"])
    assert has_agent(node) is not is_stand_in
    assert (mappings_of(AS_IN_THE_FILE, node) > 0) is is_stand_in


@pytest.mark.parametrize("service", SERVICES)
def test_the_memory_limit_holds_in_the_container(shop: Stack, service: str) -> None:
    """The kernel enforces it, not only the engine knows of it."""
    script = "cat /sys/fs/cgroup/memory.max 2>/dev/null || cat /sys/fs/cgroup/memory/memory.limit_in_bytes"
    limit = engine_view.docker("exec", shop.services()[service]["Id"], "sh", "-c", script).strip()
    assert int(limit) == MEMORY_LIMITS[service] * MEGABYTE


@pytest.mark.parametrize("service", SERVICES)
def test_the_limit_of_processes_holds_and_is_far_away(shop: Stack, service: str) -> None:
    """Also after everything that the tests of this stack have had it do."""
    script = "for name in max current; do cat /sys/fs/cgroup/pids.$name /sys/fs/cgroup/pids/pids.$name; done"
    read = f"{script} 2>/dev/null"
    found = engine_view.docker("exec", shop.services()[service]["Id"], "sh", "-c", read, check=False).split()
    limit, current = map(int, found)
    assert limit == PROCESS_LIMITS.get(service, 512)
    assert current < limit / 4


def test_the_password_is_in_no_label_argument_or_log(shop: Stack) -> None:
    """It is made for this stack, and reaches containers only through their environment."""
    services = shop.services()
    variables = dict(line.split("=", 1) for line in services["postgres"]["Config"]["Env"])
    password = variables["POSTGRES_PASSWORD"]
    assert len(password) >= 24
    for name, item in services.items():
        environment = item["Config"].pop("Env")
        assert password not in json.dumps(item), name
        assert any(password in line for line in environment) is (
            name in {"postgres", "sql-schema", "temporal"}
        )
        assert password not in engine_view.docker("logs", item["Id"]), name
    assert password not in shop.cli.run("logs").out
    assert password not in json.dumps(shop.document)


def test_no_file_of_the_stack_is_open_to_others(shop: Stack) -> None:
    """What containers mount is readable, and holds no secret; the rest is the user's alone."""
    directory = shop.cli.home / "state" / "temporal-devenv" / "stacks" / shop.name
    variables = dict(line.split("=", 1) for line in shop.services()["postgres"]["Config"]["Env"])
    assert directory.stat().st_mode & 0o777 == 0o700
    for path in directory.rglob("*"):
        is_mount = path.is_relative_to(directory / "mounts")
        expected = (0o755 if path.is_dir() else 0o644) if is_mount else (0o700 if path.is_dir() else 0o600)
        assert path.stat().st_mode & 0o777 == expected, path
        if is_mount and path.is_file():
            assert variables["POSTGRES_PASSWORD"] not in path.read_text()


@pytest.mark.parametrize(
    ("namespace", "limit"), [("orders", 524_288), ("default", 1_048_576), ("pnats", 2_097_152)]
)
def test_dynamic_config_of_a_namespace_holds_there(shop: Stack, namespace: str, limit: int) -> None:
    """An input just below the namespace's own limit is accepted, one just above is refused."""
    margin = 10_000
    accepted = start_workflow(shop.grpc, namespace, argument="x" * (limit - margin))
    terminate(shop.grpc, namespace, accepted)
    with pytest.raises((RPCError, WorkflowFailureError), match=r"(?i)exceeds|limit"):
        start_workflow(shop.grpc, namespace, argument="x" * (limit + margin))


def test_nothing_is_written_into_the_project(shop: Stack) -> None:
    written = {str(path.relative_to(shop.project)) for path in shop.project.rglob("*") if path.is_file()}
    assert written == {
        ".gitignore",
        "README.md",
        "devenv.toml",
        "dynamicconfig/limits.yaml",
        "dynamicconfig/namespaces/orders.yaml",
        "seeds/orders.yaml",
        "seeds/pnats.yaml",
    }
