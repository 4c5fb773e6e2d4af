"""`devenv up`, `start`, `restart`, `stop` and `status`: what goes where."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from devenv.errors import ServerUnreachableError, ServiceCrashedError
from devenv.images.catalog import official_family
from devenv.project.settings import Settings

if TYPE_CHECKING:
    from cli.conftest import CommandLine


def test_up_answers_on_stdout_and_reports_on_stderr(devenv: CommandLine) -> None:
    """The state, the URLs and what to do next; progress is not mixed into it."""
    result = devenv("up")
    assert result.code == 0
    assert result.out.startswith(f"ready: stack {devenv.stack} on compose\n")
    for part in ("127.0.0.1:7233", "http://127.0.0.1:8233", "http://127.0.0.1:7243", "Next:"):
        assert part in result.out
    assert "✓ engine" in result.err
    assert "✓" not in result.out


def test_the_answer_ends_with_three_things_to_try(devenv: CommandLine) -> None:
    """The last lines of stdout, each with its reason."""
    _, _, after = devenv("up").out.partition("Next:\n")
    assert len(after.splitlines()) == 3
    assert 'eval "$(devenv env)"' in after


def test_quiet_leaves_only_the_answer(devenv: CommandLine) -> None:
    """Warnings would still come; progress does not."""
    result = devenv("up", "-q")
    assert result.err == ""
    assert "ready" in result.out


@pytest.mark.parametrize("command", ["up", "start", "restart", "status"])
def test_the_document_of_a_stack_is_the_same_for_every_command(running: CommandLine, command: str) -> None:
    """One JSON document with the fields of the contract, and nothing else on stdout."""
    result = running(command, "-o", "json")
    assert result.code == 0
    assert list(result.document) == [
        "schema_version",
        "ok",
        "stack",
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
    document = result.document
    assert (document["schema_version"], document["ok"], document["state"]) == (1, True, "ready")
    assert [each["name"] for each in document["namespaces"]] == ["default"]


def test_json_has_the_timings_always_and_text_on_demand(devenv: CommandLine) -> None:
    """`--timings` is for people."""
    steps = [each["step"] for each in devenv("up", "-o", "json").document["timings"]]
    assert steps[:2] == ["engine", "ports"]
    assert "TOOK" not in devenv("up").out
    assert "TOOK" in devenv("up", "--timings").out


def test_json_lines_are_events_and_the_last_is_the_result(devenv: CommandLine) -> None:
    """Each line can be read alone; the result is the document of `-o json`."""
    result = devenv("up", "-o", "jsonl")
    *events, last = result.events
    assert (last["event"], last["ok"], last["state"]) == ("result", True, "ready")
    assert {name: value for name, value in events[0].items() if name != "elapsed_s"} == {
        "event": "step",
        "step": "engine",
        "status": "started",
        "message": "",
    }
    assert all(event["event"] in {"step", "warning", "log"} for event in events)
    assert all(event["elapsed_s"] >= 0 for event in events)


def test_warnings_are_events_too(devenv: CommandLine) -> None:
    """The fall-back to the embedded engine, for instance."""
    devenv.world.without_docker()
    warnings = [each for each in devenv("up", "-o", "jsonl").events if each["event"] == "warning"]
    assert "using the embedded engine" in warnings[0]["message"]


def test_a_warning_in_json_goes_to_stderr(devenv: CommandLine) -> None:
    """stdout has the document alone."""
    devenv.world.without_docker()
    result = devenv("up", "-o", "json", "-q")
    assert result.document["engine"] == "embedded"
    assert "warning: No Docker engine answers" in result.err


def crash(devenv: CommandLine) -> None:
    devenv.world.compose.launch_failure = ServiceCrashedError("temporal", 1, ["panic: [no database]"])
    devenv.world.gateway.problems = ["refused"] * 1000


def test_a_failure_is_one_sentence_evidence_and_a_hint(devenv: CommandLine) -> None:
    """On stderr; stdout stays empty, and no traceback is seen."""
    crash(devenv)
    result = devenv("up")
    assert (result.code, result.out) == (7, "")
    told = result.err[result.err.index("error:") :].splitlines()
    assert told[0] == "error: The service temporal ended with exit code 1"
    assert told[1] == "  panic: [no database]"
    assert told[2].startswith("  logs: ")
    assert told[3] == ""
    assert told[4].startswith("hint: ")
    assert len(told) == 5


def test_a_failure_in_json_is_one_document(devenv: CommandLine) -> None:
    """With code, exit code, message, details, hint, and the stack it is about."""
    crash(devenv)
    result = devenv("up", "-o", "json")
    assert list(result.document) == ["schema_version", "ok", "stack", "error"]
    assert result.document["stack"].startswith("shop-")
    assert list(result.error) == ["code", "exit_code", "message", "details", "hint"]
    assert (result.error["code"], result.code) == ("service-crashed", 7)
    assert result.error["details"][0] == "panic: [no database]"


def test_a_failure_in_json_lines_is_the_result(devenv: CommandLine) -> None:
    """After the events that led to it."""
    crash(devenv)
    last = devenv("up", "-o", "jsonl").events[-1]
    assert (last["event"], last["ok"], last["error"]["exit_code"]) == ("result", False, 7)


def test_debug_shows_the_traceback_as_well(devenv: CommandLine) -> None:
    """On stderr, before the sentence."""
    crash(devenv)
    result = devenv("up", "--debug")
    assert "Traceback" in result.err
    assert result.err.index("Traceback") < result.err.index("error:")


def test_a_deadline_is_exit_code_6(devenv: CommandLine) -> None:
    """The option is what the error speaks of."""
    devenv.world.gateway.problems = ["refused"] * 10_000
    result = devenv("up", "--timeout", "30s", "-o", "json")
    assert result.error["code"] == "not-ready"
    assert result.error["message"] == "The stack was not ready after 30 s"


def test_a_taken_port_is_exit_code_5(devenv: CommandLine) -> None:
    """Until the option gives leave to move."""
    devenv.world.ports.hold([7233], "nginx (pid 12)")
    assert devenv("up", "-o", "json").error["code"] == "port-taken"
    moved = devenv("up", "-o", "json", "--any-port")
    assert moved.document["endpoints"]["grpc"] == "127.0.0.1:7234"


def test_in_ci_it_never_falls_back(devenv: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    """`CI=true` is enough; `CI=false` is none."""
    devenv.world.without_docker()
    monkeypatch.setenv("CI", "true")
    assert devenv("up", "-o", "json").error["code"] == "docker-unreachable"
    monkeypatch.setenv("CI", "false")
    assert devenv("up").code == 0


def test_keep_on_failure_leaves_everything(devenv: CommandLine) -> None:
    """And a later `down` takes it away."""
    crash(devenv)
    assert devenv("up", "--keep-on-failure").code == 7
    assert devenv.world.compose.calls == ["launch"]
    assert devenv("down").code == 0


def test_image_options_are_handed_on(devenv: CommandLine) -> None:
    """To whatever gets the images: without a registry the stand-ins do, and with `--pull` all are pulled."""
    official = [*official_family(Settings().stack_versions).refs.values()]
    devenv.world.images.missing = {*official}
    assert devenv("up", "--pull", "--offline").code == 0
    assert devenv.world.images.pulled == []
    assert devenv("down", "--volumes", "--yes").code == 0
    devenv("up", "--pull")
    assert devenv.world.images.pulled == official


def test_status_of_nothing_is_no_failure(devenv: CommandLine) -> None:
    """It says what to run."""
    result = devenv("status")
    assert (result.code, result.err) == (0, "")
    assert "absent" in result.out
    assert "devenv up" in result.out


def test_status_says_what_each_service_does_and_what_to_do(running: CommandLine) -> None:
    """In one line, for the stack that was asked for."""
    running.world.compose.put(
        running.stack, "opensearch", health="starting", activity="OpenSearch is starting"
    )
    result = running("status", "-s", running.stack)
    assert "OpenSearch is starting" in result.out
    assert result.out.endswith(
        f"hint: it is coming up: `devenv -s {running.stack} up` waits until it is ready\n"
    )


def test_the_hint_of_a_taken_port_knows_the_options(devenv: CommandLine) -> None:
    """The port is fixed in the project: `--any-port` would not help."""
    devenv.write("devenv.toml", "[ports]\ngrpc = 7233")
    devenv.world.ports.hold([7233], "nginx (pid 12)")
    hint = devenv("up", "--any-port", "-o", "json").error["hint"]
    assert "fixes the port: without that line devenv takes a free one" in hint


def test_status_shows_services_namespaces_and_drift(running: CommandLine) -> None:
    """As tables, with the address."""
    running.write("seeds/orders.yaml", "namespaces: [{name: orders, retention: 30d}]")
    result = running("status")
    assert (result.code, result.err) == (0, "")
    assert "opensearch  running  healthy  opensearchproject/opensearch:" in result.out
    assert "drift: + namespace orders (retention 30d)" in result.out
    assert re.search(r"^orders +missing +30d *$", result.out, re.MULTILINE)
    assert "127.0.0.1:7233" in result.out


@pytest.mark.parametrize(
    ("name", "line", "command"),
    [
        ("dynamicconfig/a.yaml", "no.such.key{0}: [{{value: 1}}]\n", "devenv config lint"),
        ("seeds/a.yaml", "nothing{0}: []\n", "devenv plan"),
    ],
)
def test_status_shows_the_stack_beside_what_is_wrong_in_files(
    running: CommandLine, name: str, line: str, command: str
) -> None:
    """What is known without them, the server's namespaces too; of many mistakes a few, and where all are."""
    running.write(name, "".join(line.format(number) for number in range(7)))
    result = running("status")
    assert result.code == 3
    assert result.out.startswith("ready: stack ")
    assert re.search(r"^default +usable +3d *$", result.out, re.MULTILINE)
    assert "127.0.0.1:7233" in result.out
    assert len(re.findall(f"{name}:[0-9]", result.err)) == 5
    assert f"2 more: `{command}`" in result.err
    document = running("status", "-o", "json").document
    assert (document["state"], document["ok"], document["error"]["exit_code"]) == ("ready", False, 3)
    assert len(document["error"]["details"]) == 6
    assert document["namespaces"][0]["name"] == "default"


def test_status_of_nothing_says_what_is_wrong_in_files(devenv: CommandLine) -> None:
    """Beside that there is no stack."""
    devenv.write("seeds/a.yaml", "nothing: []\n")
    result = devenv("status")
    assert (result.code, result.out.startswith("absent")) == (3, True)
    assert "seeds/a.yaml:1" in result.err


def test_other_versions_over_the_data_are_told_by_plan_status_and_up(running: CommandLine) -> None:
    """With both ways out where `up` refuses; and nothing is stopped."""
    running.write("devenv.toml", '[versions]\npostgres = "16"\ntemporal = "1.31.2"\n')
    running.world.compose.calls.clear()
    lines = [
        "~ version postgres: 17 → 16 (Postgres 16 cannot read the data of Postgres 17, which this stack has)",
        "~ version temporal: 1.32.2 → 1.31.2 (both have the schema 1.19)",
        # What devenv sets for the newer server, and the older one does not know.
        "- dynamic config frontend.enableBatchOperationsForStandaloneActivities: true → default",
        "- dynamic config history.enableStandaloneActivityOperatorCommands: true → default",
    ]
    ways_out = (
        'write `postgres = "17"` below [versions] in devenv.toml, or delete the data of the stack with '
        "`devenv down --volumes`"
    )

    planned = running("plan", "--exit-code")
    assert (planned.code, planned.out.splitlines()) == (8, lines)
    assert ways_out in planned.err
    document = running("plan", "-o", "json").document
    assert [(each["kind"], each["before"], each["after"]) for each in document["changes"][:2]] == [
        ("version", "17", "16"),
        ("version", "1.32.2", "1.31.2"),
    ]
    status = running("status", "--exit-code")
    assert status.code == 8
    assert all(f"drift: {line}" in status.out for line in lines)
    assert f"`devenv up` refuses it: {ways_out}" in status.out
    up = running("up")
    assert up.code == 3
    assert 'error: versions.postgres is "16": Postgres 16 cannot read' in up.err
    assert f"hint: {ways_out}" in up.err
    assert running("up", "-o", "json").document["error"]["code"] == "data-version"
    assert running.world.compose.calls == []


def test_status_can_tell_by_its_exit_code(running: CommandLine) -> None:
    """8 for drift or not ready, with `--exit-code` only; `ok` stays true."""
    assert running("status", "--exit-code").code == 0
    running.write("seeds/orders.yaml", "namespaces: [{name: orders}]")
    assert running("status").code == 0
    result = running("status", "--exit-code", "-o", "json")
    assert (result.code, result.document["ok"]) == (8, True)


def test_status_of_a_server_without_an_answer_is_no_failure(running: CommandLine) -> None:
    """It is what `status` is asked for: what runs and where, and on stderr why the stack is not ready."""
    running.world.gateway.failures = [ServerUnreachableError("127.0.0.1:7233", "no database")]
    result = running("status", "-o", "json")
    assert (result.code, result.document["ok"], result.document["state"]) == (0, True, "degraded")
    assert result.document["endpoints"]["grpc"] == "127.0.0.1:7233"
    assert "The Temporal server on 127.0.0.1:7233 does not answer; no database" in result.err


@pytest.mark.parametrize(("services", "told"), [((), "The stack is stopped"), (("ui",), "ui is stopped")])
def test_stop_says_what_is_stopped(running: CommandLine, services: tuple[str, ...], told: str) -> None:
    """And in JSON which services were named."""
    result = running("stop", *services)
    assert result.code == 0
    assert told in result.out
    assert running("stop", *services, "-o", "json").document["stopped"] == list(services)


def test_start_waits_until_the_stack_is_ready(running: CommandLine) -> None:
    """With `up`'s answer."""
    running("stop")
    assert running("status", "-o", "json").document["state"] == "stopped"
    result = running("start")
    assert result.code == 0
    assert result.out.startswith("ready: ")


@pytest.mark.parametrize("command", ["stop", "start", "restart", "logs"])
def test_an_unknown_service_is_named_with_those_there_are(running: CommandLine, command: str) -> None:
    """In the hint."""
    error = running(command, "redis", "-o", "json").error
    assert error["code"] == "unknown-service"
    assert "opensearch, postgres, temporal, ui" in error["hint"]


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ('[ports]\nbind = "0.0.0.0"', "whoever reaches this machine there can read and change everything"),
        ('http_api = "open"', "any web page in your browser can write to the stack"),
    ],
)
def test_a_stack_that_others_can_reach_is_told_of(devenv: CommandLine, settings: str, told: str) -> None:
    """Each time; clients of this machine use the loopback address all the same."""
    devenv.write("devenv.toml", settings)
    for _ in range(2):
        result = devenv("up")
        assert result.code == 0
        assert told in " ".join(result.err.split())
        assert "127.0.0.1:7233" in result.out


def test_loopback_is_nothing_to_tell_of(devenv: CommandLine) -> None:
    devenv.write("devenv.toml", '[ports]\nbind = "127.0.0.2"')
    result = devenv("up")
    assert "warning" not in result.err
    assert "127.0.0.2:7233" in result.out


def test_the_web_ui_is_where_its_path_says(devenv: CommandLine) -> None:
    """For `open` and `status`, too; what is asked until it answers is the same page."""
    devenv.write("devenv.toml", '[ui]\npublic_path = "/temporal"')
    devenv("up")
    assert devenv("open").out == "http://127.0.0.1:8233/temporal\n"
    assert devenv("status", "-o", "json").document["endpoints"]["ui"] == "http://127.0.0.1:8233/temporal"


def test_the_http_api_of_the_embedded_engine_is_the_web_uis(devenv: CommandLine) -> None:
    """Unless the server's own is asked for."""
    devenv("up", "--engine", "embedded")
    assert devenv("status", "-o", "json").document["endpoints"]["http"] == "http://127.0.0.1:8233"
    devenv.write("devenv.toml", 'http_api = "open"')
    devenv("up")
    assert devenv("status", "-o", "json").document["endpoints"]["http"] == "http://127.0.0.1:7243"


def test_the_port_of_the_http_api_is_free_before_another_container_takes_it(running: CommandLine) -> None:
    """Compose would start the one that takes it first."""
    running.write("devenv.toml", 'http_api = "open"')
    assert running("up").code == 0
    assert running.world.compose.calls[-2:] == ["stop temporal ui", "launch"]
    running("up")
    assert running.world.compose.calls[-2:] == ["stop temporal ui", "launch"]
