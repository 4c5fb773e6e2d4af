"""`plan` and `apply`, as people and programs see them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from devenv.temporal.protocol import Namespace

if TYPE_CHECKING:
    from cli.conftest import CommandLine

SEEDS = "namespaces: [{name: orders, retention: 30d, search_attributes: {CustomerId: Keyword}}]\n"


@pytest.fixture
def declared(running: CommandLine) -> CommandLine:
    """Return a command line whose running stack lacks what its project declares."""
    running.write("seeds/orders.yaml", SEEDS)
    return running


def test_plan_prints_one_line_for_each_change(declared: CommandLine) -> None:
    """On stdout, and nothing else."""
    result = declared("plan")
    assert (result.code, result.err) == (0, "")
    assert result.out == (
        "+ namespace orders (retention 30d)\n+ search attribute orders.CustomerId Keyword\n"
    )


def test_apply_prints_what_it_changed_and_plan_finds_nothing_then(declared: CommandLine) -> None:
    """Progress goes to stderr."""
    result = declared("apply")
    assert (result.code, result.out.count("\n")) == (0, 2)
    assert "namespaces: 1 created" in result.err
    assert declared("plan").out == "No changes.\n"
    assert declared("apply").out == "No changes.\n"


def test_the_exit_code_of_a_plan_is_8_only_on_demand(declared: CommandLine) -> None:
    """And only when there is something to change."""
    assert declared("plan").code == 0
    result = declared("plan", "--exit-code", "-o", "json")
    assert (result.code, result.document["ok"]) == (8, True)
    declared("apply")
    assert declared("plan", "--exit-code").code == 0


@pytest.mark.parametrize("command", ["plan", "apply"])
def test_the_document_has_every_change(declared: CommandLine, command: str) -> None:
    """With the fields of the contract."""
    [first, second] = declared(command, "-o", "json").document["changes"]
    assert first == {
        "action": "create",
        "kind": "namespace",
        "name": "orders",
        "namespace": None,
        "before": None,
        "after": "retention 30d",
        "reason": "not registered",
    }
    assert (second["kind"], second["name"], second["namespace"]) == (
        "search_attribute",
        "CustomerId",
        "orders",
    )


def test_status_has_the_same_items_as_drift(declared: CommandLine) -> None:
    """And a line for each."""
    document = declared("status", "-o", "json").document
    assert document["drift"] == declared("plan", "-o", "json").document["changes"]
    assert "drift: + namespace orders (retention 30d)" in declared("status").out


def test_deleting_needs_a_confirmation(declared: CommandLine) -> None:
    """Without a terminal it is `--yes`; what would go is told."""
    declared("apply")
    declared.world.gateway.registered["old"] = Namespace("old")
    assert declared("plan").out == "No changes.\n"
    assert declared("plan", "--prune").out == "- namespace old\n"
    refused = declared("apply", "--prune")
    assert (refused.code, refused.out) == (9, "")
    assert "- namespace old" in refused.err
    assert "old" in declared.world.gateway.registered
    done = declared("apply", "--prune", "--yes")
    assert (done.code, done.out) == (0, "- namespace old\n")
    assert "old" not in declared.world.gateway.registered


def test_in_json_the_refusal_is_a_document(declared: CommandLine) -> None:
    """No prompt, no list beside it."""
    declared.world.gateway.registered["old"] = Namespace("old")
    result = declared("apply", "--prune", "-o", "json")
    assert result.error["code"] == "confirmation-needed"


def test_pruning_nothing_needs_no_confirmation(declared: CommandLine) -> None:
    """There is nothing to lose."""
    assert declared("apply", "--prune").code == 0


def test_prune_cannot_be_set_by_a_variable(declared: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would be set once and forgotten."""
    declared.world.gateway.registered["old"] = Namespace("old")
    monkeypatch.setenv("TEMPORAL_DEVENV_PRUNE", "1")
    assert "- namespace" not in declared("plan").out


def test_a_failed_apply_says_what_was_applied(declared: CommandLine) -> None:
    """And what was not."""
    declared.world.gateway.refused = {"CustomerId in orders"}
    result = declared("apply")
    assert result.code == 1
    assert "error: 1 of 2 changes could not be applied" in result.err
    assert "applied: + namespace orders (retention 30d)" in result.err
    assert "not applied: + search attribute orders.CustomerId Keyword" in result.err
    assert "hint: correct what the server refused" in result.err


@pytest.mark.parametrize("command", ["plan", "apply"])
def test_without_a_running_stack_there_is_nothing_to_ask(devenv: CommandLine, command: str) -> None:
    """The hint says how to get one."""
    assert devenv(command, "-o", "json").error["code"] == "not-running"


def test_a_plan_says_what_no_server_can_do_and_the_ways_out(declared: CommandLine) -> None:
    """The words of `apply`, which refuses it; nothing is applied then."""
    declared.world.gateway.attributes["*"] = {"CustomerId": "Text"}
    result = declared("plan")
    assert (result.code, "! search attribute orders.CustomerId: Text → Keyword" in result.out) == (0, True)
    document = declared("plan", "--exit-code", "-o", "json")
    [change] = [each for each in document.document["changes"] if "obstacle" in each]
    assert (document.code, change["action"], change["name"]) == (8, "update", "CustomerId")
    assert f"  cannot be applied: {change['obstacle']}\n" in result.out
    assert "declare Text at seeds/orders.yaml:1:65, or give the Keyword another name" in change["obstacle"]
    error = declared("apply", "-o", "json").error
    assert (error["code"], error["details"][0]) == ("server-rejected", change["obstacle"])
    assert "logs" not in error["hint"]
    assert "+ namespace orders" in declared("plan").out


def test_what_hardly_means_what_it_says_is_a_warning_at_its_place(declared: CommandLine) -> None:
    """Of `plan` and `apply`."""
    declared.write(
        "seeds/orders.yaml",
        SEEDS + "schedules: [{id: s, namespace: orders, workflow: W, task_queue: q, cron: 0 0 30 2 *}]\n",
    )
    for command in ("plan", "apply"):
        result = declared(command)
        assert (
            'warning: seeds/orders.yaml:2:68: "0 0 30 2 *" names a day that never comes: '
            "the server accepts it and never runs it"
        ) in result.err


@pytest.mark.parametrize("command", ["up", "plan", "apply"])
def test_a_namespace_for_clients_that_no_seed_declares_is_an_error_at_its_place(
    declared: CommandLine, command: str
) -> None:
    """Every client would fail; one made by hand is on this stack alone, and `import` writes it."""
    declared.write("devenv.toml", '# ours\nnamespace = "order"\n')
    error = declared(command, "-o", "json").error
    assert (error["code"], error["exit_code"], error["message"]) == (
        "settings-invalid",
        3,
        'devenv.toml:2: the namespace "order" is declared by no seed; did you mean "orders"?',
    )
    assert declared("import", "--dry-run").code == 0
    declared.write("devenv.toml", 'namespace = "orders"\n')
    assert declared(command).code == 0
