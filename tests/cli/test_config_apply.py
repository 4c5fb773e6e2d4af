"""`devenv config apply`, and the server's verdict in `config lint --server`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from devenv.errors import ExitCode, ImageUnavailableError
from devenv.images.catalog import official_family, stand_in_family
from devenv.project.settings import Settings

if TYPE_CHECKING:
    from cli.conftest import CommandLine
    from fakes.config_server import FakeServer

FILE = "dynamicconfig/limits.yaml"
IDS = "limit.maxIDLength:\n- value: {}\n"
WORKERS = "worker.ESProcessorNumOfWorkers:\n- value: {}\n"


def server(devenv: CommandLine) -> FakeServer:
    servers = devenv.world.compose.servers
    assert servers is not None
    found: FakeServer = servers.of(devenv.stack)
    return found


@pytest.fixture
def embedded(devenv: CommandLine) -> CommandLine:
    """Return a command line whose stack runs on the embedded engine."""
    devenv.write("devenv.toml", 'engine = "embedded"\n')
    assert devenv("up").code == 0
    return devenv


def test_the_answer_says_how_long_it_took_and_what_changed(running: CommandLine) -> None:
    """Old and new value of each key, and where it holds."""
    running.write(FILE, IDS.format(100))
    running.write("dynamicconfig/namespaces/orders.yaml", "limit.blobSize.error: 300000\n")
    result = running("config", "apply")
    assert result.code == 0
    head, *changes = result.out.splitlines()
    assert head.startswith("applied in ")
    assert head.endswith(" s: 2 keys changed")
    assert [" ".join(line.split()) for line in changes] == [
        "limit.blobSize.error {namespace: orders} default → 300000",
        "limit.maxIDLength default → 100",
    ]
    assert "300000" in str(server(running).text)


def test_the_document_has_the_changes(running: CommandLine) -> None:
    running.write(FILE, IDS.format(100))
    document = running("config", "apply", "-o", "json").document
    assert document["ok"] is True
    assert document["in_effect"] is True
    assert document["seconds"] > 0
    assert document["after_restart"] == document["warnings"] == document["not_enforced"] == []
    (change,) = document["changes"]
    assert change == {
        "action": "create",
        "key": "limit.maxIDLength",
        "constraints": {},
        "before": None,
        "after": 100,
    }


def test_plan_and_status_show_what_apply_would_change(running: CommandLine) -> None:
    """Of dynamic config, too: once applied, neither has a difference left."""
    running.write(FILE, IDS.format(100))
    running.write("dynamicconfig/namespaces/orders.yaml", "limit.blobSize.error: 300000\n")
    plan = running("plan", "--exit-code", "-o", "json")
    assert plan.code == ExitCode.DIFFERENT
    assert [change for change in plan.document["changes"] if change["kind"] == "dynamic_config"] == [
        {
            "action": "create",
            "kind": "dynamic_config",
            "name": "limit.blobSize.error",
            "namespace": "orders",
            "before": None,
            "after": 300000,
            "reason": "constraints: namespace: orders",
        },
        {
            "action": "create",
            "kind": "dynamic_config",
            "name": "limit.maxIDLength",
            "namespace": None,
            "before": None,
            "after": 100,
            "reason": "",
        },
    ]
    assert (
        "+ dynamic config limit.blobSize.error {namespace: orders}: default → 300000" in running("plan").out
    )
    status = running("status", "--exit-code")
    assert status.code == ExitCode.DIFFERENT
    assert "drift: + dynamic config limit.maxIDLength: default → 100" in status.out
    assert "devenv apply" in status.out

    assert running("apply").code == 0
    assert running("plan").out == "No changes.\n"
    assert running("status", "--exit-code").code == 0


def test_a_constrained_value_is_no_difference_on_the_embedded_engine(embedded: CommandLine) -> None:
    """It could never be applied there; `not_enforced` names it."""
    embedded.write("dynamicconfig/namespaces/default.yaml", "limit.blobSize.error: 300000\n")
    assert embedded("plan").out == "No changes.\n"


def test_without_a_change_it_says_so_at_once(running: CommandLine) -> None:
    result = running("config", "apply")
    assert result.out.startswith("no changes: ")
    assert result.out.endswith(" keys in effect\n")
    document = running("config", "apply", "-o", "json").document
    assert (document["changes"], document["seconds"]) == ([], None)


def test_what_lint_calls_an_error_reaches_no_server(running: CommandLine) -> None:
    """Exit code 3, with its place; the file that the server reads is as before."""
    before = server(running).path.read_text()
    running.write(FILE, "no.such.key:\n- value: 1\n")
    error = running("config", "apply", "-o", "json").error
    assert (error["code"], error["exit_code"]) == ("dynamic-config-invalid", 3)
    assert "limits.yaml:1:1" in error["message"]
    assert server(running).path.read_text() == before


def test_a_refusal_has_the_words_of_the_server(running: CommandLine) -> None:
    """Exit code 3 as for everything that somebody wrote wrongly."""
    server(running).refused = {"maxIDLength"}
    running.write(FILE, IDS.format(100))
    error = running("config", "apply", "-o", "json").error
    assert (error["code"], error["exit_code"]) == ("config-refused", 3)
    assert error["details"] == ["error about maxIDLength"]
    assert "maxIDLength" not in server(running).path.read_text()


def test_a_silent_server_is_not_ready(running: CommandLine) -> None:
    """Exit code 6, and what is on disk."""
    server(running).deaf = True
    running.write(FILE, IDS.format(100))
    error = running("config", "apply", "-o", "json").error
    assert (error["code"], error["exit_code"]) == ("config-unconfirmed", 6)
    assert str(server(running).path) in error["details"][0]


def test_without_a_stack_it_takes_effect_at_the_next_up(devenv: CommandLine) -> None:
    error = devenv("config", "apply", "-o", "json").error
    assert (error["code"], error["exit_code"]) == ("not-running", 1)
    assert "takes effect when it starts" in error["hint"]


def test_what_is_read_at_start_waits_for_a_restart(running: CommandLine) -> None:
    """It is said, and `--restart` does it."""
    running.write(FILE, WORKERS.format(3))
    result = running("config", "apply")
    assert "after restart: worker.ESProcessorNumOfWorkers" in result.out
    assert "devenv config apply --restart" in result.out
    assert running.world.compose.calls == ["launch"]
    document = running("config", "apply", "-o", "json").document
    assert (document["changes"], document["after_restart"]) == ([], ["worker.ESProcessorNumOfWorkers"])
    document = running("config", "apply", "--restart", "-o", "json").document
    assert document["after_restart"] == []
    assert "stop temporal" in running.world.compose.calls
    assert running("config", "apply", "-o", "json").document["after_restart"] == []


def test_what_is_read_at_start_needs_no_restart_once_it_is_as_it_was(running: CommandLine) -> None:
    """An edit that was undone waits for nothing."""
    running.write(FILE, WORKERS.format(3))
    assert running("config", "apply").code == 0
    running.write(FILE, "")
    document = running("config", "apply", "-o", "json").document
    assert (len(document["changes"]), document["after_restart"]) == (1, [])


def test_restart_restarts_nothing_that_need_not_be(running: CommandLine) -> None:
    running.write(FILE, IDS.format(100))
    assert running("config", "apply", "--restart").code == 0
    assert running.world.compose.calls == ["launch"]


def test_the_embedded_engine_takes_it_at_the_next_start(embedded: CommandLine) -> None:
    """Values for a namespace never."""
    embedded.write(FILE, IDS.format(100))
    embedded.write("dynamicconfig/namespaces/orders.yaml", "limit.blobSize.error: 300000\n")
    result = embedded("config", "apply")
    assert result.code == 0
    assert result.out.startswith("at the next start: 1 key changed\n  limit.maxIDLength  default → 100\n")
    assert "not enforced by the embedded engine: limit.blobSize.error namespace=orders" in result.out
    assert embedded.world.embedded.calls == ["launch"]
    document = embedded("config", "apply", "-o", "json").document
    assert document["in_effect"] is False
    assert len(document["not_enforced"]) == 1


def test_the_embedded_engine_restarts_when_asked_to(embedded: CommandLine) -> None:
    """Then it is in effect, and the next time nothing has changed."""
    embedded.write(FILE, IDS.format(100))
    document = embedded("config", "apply", "--restart", "-o", "json").document
    assert (document["in_effect"], len(document["changes"])) == (True, 1)
    assert embedded.world.embedded.specs[-1].settings["limit.maxIDLength"] == 100
    assert embedded("config", "apply").out.startswith("no changes: ")


def test_the_verdict_of_the_server_is_at_the_place_of_the_key(devenv: CommandLine) -> None:
    """Its words, in the files that lint is about."""
    devenv.write("old.yaml", "limit.maxIDLength:\n- value: 1\n- value: 2\n  constraints: {namespace: a}\n")
    devenv.wiring.validator.output = '0\n  warning: about key "limit.maxidlength"\n  error: line 3: bad\n'
    document = devenv("config", "lint", "--server", "old.yaml", "-o", "json").document
    verdicts = [each for each in document["findings"] if each["code"].startswith("server-")]
    assert [(each["severity"], each["file"], each["line"]) for each in verdicts] == [
        ("warning", "old.yaml", 2),
        ("error", "old.yaml", 3),
    ]
    ((image, files),) = devenv.wiring.validator.asked
    assert image == official_family(Settings().stack_versions).refs["temporal"]
    assert files == [(devenv.project / "old.yaml").read_bytes()]


def test_the_server_is_asked_about_what_the_layers_become(devenv: CommandLine) -> None:
    """A namespace's file is not in the server's form; its findings are in it all the same."""
    devenv.write("dynamicconfig/namespaces/orders.yaml", "limit.blobSize.error: 300000\n")
    devenv.wiring.validator.output = '0\n  error: about key "limit.blobsize.error"\n'
    result = devenv("config", "lint", "--server", "-o", "json")
    assert result.code == 3
    (verdict,) = (each for each in result.document["findings"] if each["code"] == "server-error")
    assert verdict["file"].endswith("namespaces/orders.yaml")
    assert b"300000" in devenv.wiring.validator.asked[0][1][0]


def test_without_an_image_there_is_no_server_to_ask(devenv: CommandLine) -> None:
    versions = Settings().stack_versions
    families = official_family(versions), stand_in_family(versions)
    devenv.world.images.missing = {image.ref for family in families for image in family.images}
    error = devenv("config", "lint", "--server", "-o", "json").error
    assert (error["code"], error["exit_code"]) == (ImageUnavailableError.code, 4)


def test_apply_hands_the_dynamic_config_over_too(running: CommandLine) -> None:
    """One command makes the stack all that is declared."""
    running.write(FILE, IDS.format(100))
    result = running("apply")
    assert result.code == 0, result
    assert "dynamic config: applied in" in result.out
    assert "No changes." not in result.out
    assert running("apply").out == "No changes.\n"
    document = running("apply", "-o", "json").document
    assert (document["changes"], document["dynamic_config"]["changes"]) == ([], [])
