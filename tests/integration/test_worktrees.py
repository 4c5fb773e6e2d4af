"""Worktrees that git itself made, on one embedded server: each with its namespaces, none in another's way."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
from e2e.command_line import Cli
from e2e.polling import eventually
from e2e.workflows import found_by, start_workflow

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SETTINGS = 'engine = "embedded"\nnamespace = "orders"\nisolate = "{isolate}"\n'
SEEDS = """\
namespaces:
- name: orders
  search_attributes: {CustomerId: Keyword}
nexus_endpoints:
- {name: orders, target: {namespace: orders, task_queue: orders-go}}
schedules:
- {id: nightly, namespace: orders, workflow: Report, task_queue: orders-go, cron: "0 2 * * *"}
"""


def git(directory: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "init.defaultBranch=main")
    subprocess.run(["git", *identity, *arguments], cwd=directory, check=True, capture_output=True)


@pytest.fixture
def worktrees(tmp_path: Path, run_home: Path) -> Iterator[tuple[Cli, Cli]]:
    """The main worktree of a repository and a linked one, neither up."""
    shop, feature = tmp_path.resolve() / "shop", tmp_path.resolve() / "feature"
    (shop / "seeds").mkdir(parents=True)
    (shop / "seeds" / "orders.yaml").write_text(SEEDS)
    (shop / "devenv.toml").write_text(SETTINGS.format(isolate="namespace"))
    git(shop, "init")
    git(shop, "add", "--all")
    git(shop, "commit", "--message", "all")
    git(shop, "worktree", "add", "-b", "feature", str(feature))
    clis = [Cli(each, run_home, {"DOCKER_HOST": f"unix://{run_home}/none"}) for each in (shop, feature)]
    yield clis[0], clis[1]
    for cli in clis:
        for stack in cli.answer("ls")["stacks"]:
            if stack["project"] == str(cli.project):
                cli.run("down", "--volumes", "--yes", "-s", stack["name"])
        cli.run("down", "--volumes", "--yes")


def test_two_worktrees_on_one_stack(worktrees: tuple[Cli, Cli]) -> None:
    """Work in one is not seen in the other, and neither takes anything from the other."""
    shop, feature = worktrees
    first = shop.answer("up", "--any-port")
    second = feature.answer("up")
    assert (first["stack"], first["endpoints"]) == (second["stack"], second["endpoints"])
    assert [each["name"] for each in second["namespaces"]] == ["default", "orders-feature"]
    address = first["endpoints"]["grpc"]
    assert feature.answer("env", "--format", "json")["TEMPORAL_NAMESPACE"] == "orders-feature"
    workflow = start_workflow(address, "orders-feature")
    assert eventually(lambda: found_by(address, "orders-feature", "")) == [workflow]
    assert found_by(address, "orders", "") == []
    for cli in (shop, feature):
        assert cli.answer("plan", "--prune")["changes"] == []

    assert shop.answer("down")["used_by"] == [str(feature.project)]
    assert found_by(address, "orders-feature", "") == [workflow]
    shop.answer("up")
    assert feature.answer("down", "--volumes", "--yes")["namespaces_deleted"] == ["orders-feature"]
    assert [each["name"] for each in shop.answer("namespace", "list")["namespaces"]] == ["default", "orders"]
    assert shop.answer("status", "--exit-code")["state"] == "ready"

    feature.answer("up")
    git(shop.project, "worktree", "remove", "--force", str(feature.project))
    result = shop.run("up")
    assert f"{feature.project} is gone" in result.err, result
    assert shop.answer("apply", "--prune", "--yes")["changes"]
    [stack] = [each for each in shop.answer("ls")["stacks"] if each["name"] == first["stack"]]
    assert [each["worktree"] for each in stack["members"]] == [str(shop.project)]
    assert stack["memory_bytes"] > 0
    assert shop.answer("down")["used_by"] == []
    assert shop.answer("status")["state"] == "absent"


def test_three_stacks_of_two_worktrees(worktrees: tuple[Cli, Cli]) -> None:
    """Without sharing each has its own, and one has another by name: `down` of one leaves the others."""
    shop, feature = worktrees
    for cli in (shop, feature):
        (cli.project / "devenv.toml").write_text(SETTINGS.format(isolate="stack"))
    up = ("up", "--any-port")
    stacks = [shop.answer(*up), feature.answer(*up), feature.answer(*up, "-s", "second-of-feature")]
    assert len({each["stack"] for each in stacks}) == 3
    assert len({each["endpoints"]["grpc"] for each in stacks}) == 3
    feature.answer("down")
    states = {each["name"]: each["state"] for each in shop.answer("ls")["stacks"]}
    assert [states[each["stack"]] for each in stacks] == ["ready", "absent", "ready"]
