"""Worktrees that share a stack, as the command line shows them."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest
from fakes.worktrees import add_worktree

from devenv.temporal.protocol import Namespace

if TYPE_CHECKING:
    from pathlib import Path

    from cli.conftest import CommandLine, Result

SETTINGS = 'isolate = "namespace"\nnamespace = "orders"\n'
SEEDS = "namespaces:\n- name: orders\n"


class Checkouts:
    """The main worktree, which the command line works in, and a linked one; both declare the same."""

    def __init__(self, devenv: CommandLine) -> None:
        self._devenv = devenv
        self.main = devenv.project
        (self.main / ".git").mkdir()
        self.feature = add_worktree(self.main, self.main.parent / "feature")
        for project in (self.main, self.feature):
            (project / "seeds").mkdir()
            (project / "seeds" / "orders.yaml").write_text(SEEDS)
            (project / "devenv.toml").write_text(SETTINGS)

    @property
    def registered(self) -> dict[str, Namespace]:
        return self._devenv.world.gateway.registered

    def __call__(self, project: Path, *arguments: str) -> Result:
        return self._devenv("-C", str(project), *arguments)

    def answer(self, project: Path, *arguments: str) -> dict[str, Any]:
        result = self(project, *arguments, "-o", "json")
        assert result.code == 0, result
        return result.document


@pytest.fixture
def checkouts(devenv: CommandLine) -> Checkouts:
    """Two worktrees, of which neither is up."""
    return Checkouts(devenv)


@pytest.fixture
def shared(checkouts: Checkouts) -> Checkouts:
    """Two worktrees on one stack."""
    for project in (checkouts.main, checkouts.feature):
        assert checkouts(project, "up").code == 0
    return checkouts


def test_both_are_about_one_stack_and_each_about_its_namespaces(
    shared: Checkouts, devenv: CommandLine
) -> None:
    """By the name of the main worktree's."""
    for project, name in ((shared.main, "orders"), (shared.feature, "orders-feature")):
        status = shared.answer(project, "status")
        assert (status["stack"], status["state"], status["drift"]) == (devenv.stack, "ready", [])
        assert name in str(status["namespaces"])
        variables = shared.answer(project, "env", "--format", "json")
        assert variables["TEMPORAL_NAMESPACE"] == name
        assert variables.get("TEMPORAL_DEVENV_SUFFIX", "") == name.removeprefix("orders")
        assert "TEMPORAL_DEVENV_SUFFIX" in shared(project, "env").out.splitlines()[0], "it is unset first"
        url = f"http://127.0.0.1:8233/namespaces/{name}/workflows"
        assert shared.answer(project, "open")["url"] == url
        assert shared.answer(project, "plan", "--prune")["changes"] == []
    assert sorted(shared.registered) == ["default", "orders", "orders-feature"]


def test_a_stack_can_have_another_name_and_be_shared_all_the_same(checkouts: Checkouts) -> None:
    """`--stack` wins; the suffix stays."""
    assert checkouts.answer(checkouts.main, "up", "-s", "other")["stack"] == "other"
    assert checkouts.answer(checkouts.feature, "up", "-s", "other")["stack"] == "other"
    assert sorted(checkouts.registered) == ["default", "orders", "orders-feature"]


def test_ls_tells_who_uses_the_stack(shared: Checkouts) -> None:
    """Also a worktree that is down, or gone."""
    assert shared(shared.feature, "down").code == 0
    [stack] = shared.answer(shared.main, "ls")["stacks"]
    members = {
        each["worktree"]: (each["exists"], each["up"], each["namespaces"]) for each in stack["members"]
    }
    assert members == {
        str(shared.feature): (True, False, ["orders-feature"]),
        str(shared.main): (True, True, ["orders"]),
    }
    shutil.rmtree(shared.feature)
    out = shared(shared.main, "ls").out
    assert "is shared by worktrees" in out
    [line] = [line for line in out.splitlines() if line.startswith(str(shared.feature))]
    assert line.split()[1] == "gone"
    assert line.endswith("orders-feature")


def test_down_says_for_whom_the_stack_stays_up(shared: Checkouts) -> None:
    """And that nothing is lost."""
    document = shared.answer(shared.feature, "down")
    assert document["used_by"] == [str(shared.main)]
    assert (document["removed"], document["data_kept"], document["namespaces_deleted"]) == (False, True, [])
    out = shared(shared.main, "down").out
    assert "is down; its data is kept" in out
    assert sorted(shared.registered) == ["default", "orders", "orders-feature"]


def test_down_with_volumes_names_what_it_deletes_before_it_does(
    shared: Checkouts, devenv: CommandLine
) -> None:
    """Without a terminal it needs a yes."""
    refused = shared(shared.feature, "down", "--volumes")
    assert (refused.code, "orders-feature" in refused.err) == (9, True)
    assert "orders-feature" in shared.registered
    done = shared(shared.feature, "down", "--volumes", "--yes")
    assert "The namespaces of this worktree are deleted: orders-feature." in done.out
    assert f"The stack {devenv.stack} stays up for {shared.main}." in done.out
    assert sorted(shared.registered) == ["default", "orders"]


def test_a_stack_is_not_changed_under_another_worktree(shared: Checkouts) -> None:
    """Exit 3, with the place here and the place there."""
    (shared.feature / "devenv.toml").write_text(f'durability = "fast"\n{SETTINGS}')
    result = shared(shared.feature, "up")
    assert result.code == 3
    assert 'feature/devenv.toml:1: `durability` is "fast" here, and "safe" in ' in result.err
    assert str(shared.main) in result.err
    error = shared(shared.feature, "up", "-o", "json").error
    assert error["code"] == "shared-stack"


def test_mistakes_are_told_in_the_words_of_the_files(shared: Checkouts) -> None:
    """Nobody has written a suffix."""
    (shared.feature / "devenv.toml").write_text('isolate = "namespace"\nnamespace = "ordres"\n')
    result = shared(shared.feature, "up")
    assert result.code == 3
    assert (
        'devenv.toml:2: the namespace "ordres" is declared by no seed; did you mean "orders"?' in result.err
    )


def test_namespaces_by_hand_have_the_suffix_too(shared: Checkouts) -> None:
    """They can be named as they are written, and those of others are not shown."""
    assert shared(shared.feature, "namespace", "create", "tmp").code == 0
    assert "tmp-feature" in shared.registered
    listed = shared.answer(shared.feature, "namespace", "list")["namespaces"]
    assert [each["name"] for each in listed] == ["default", "orders-feature", "tmp-feature"]
    for name in ("tmp", "tmp-feature"):
        assert "tmp-feature" in shared(shared.feature, "namespace", "describe", name).out
    assert shared(shared.feature, "namespace", "delete", "tmp", "--yes").code == 0
    assert "tmp-feature" not in shared.registered


def test_import_writes_the_names_of_the_files(shared: Checkouts) -> None:
    """So that a later `up` finds them as they are."""
    shared.registered["tmp-feature"] = Namespace("tmp-feature")
    assert shared(shared.feature, "import").code == 0
    assert '"tmp"' in (shared.feature / "seeds" / "imported.yaml").read_text()
    assert shared.answer(shared.feature, "plan", "--prune")["changes"] == []


def test_another_server_is_compared_with_what_is_written(shared: Checkouts) -> None:
    """A suffix is for the shared stack alone."""
    result = shared.answer(shared.feature, "plan", "--address", "127.0.0.1:9")
    assert result["changes"] == []


def test_config_shows_what_the_server_reads_and_lints_what_is_written(shared: Checkouts) -> None:
    """The one has the suffix, the other the words of the files."""
    folder = shared.feature / "dynamicconfig" / "namespaces"
    folder.mkdir(parents=True)
    (folder / "orders.yaml").write_text("limit.blobSize.error: 5000\n")
    assert 'namespace: "orders-feature"' in shared(shared.feature, "config", "show").out
    (folder / "ordres.yaml").write_text("limit.blobSize.error: 5000\n")
    lint = shared(shared.feature, "config", "lint").out
    assert "ordres" in lint
    assert "-feature" not in lint.replace("/feature/", "")


def test_outside_git_the_setting_is_refused(devenv: CommandLine) -> None:
    """With its place; a stack can be named all the same."""
    (devenv.project / "devenv.toml").write_text(SETTINGS)
    result = devenv("up")
    assert result.code == 3
    assert "devenv.toml:1: `isolate = " in result.err
    assert devenv("ls").code == 0


def test_with_settings_that_cannot_be_read_a_named_stack_can_be_taken_down(
    shared: Checkouts, devenv: CommandLine
) -> None:
    """A linked worktree cannot know which stack is meant."""
    (shared.feature / "devenv.toml").write_text("isolate =")
    refused = shared(shared.feature, "down")
    assert (refused.code, "devenv.toml:1" in refused.err) == (3, True)
    assert shared(shared.feature, "down", "-s", devenv.stack).code == 0
    assert "absent" in shared(shared.main, "ls").out


def test_a_restore_says_whose_data_is_replaced_too(shared: Checkouts, devenv: CommandLine) -> None:
    """The stack has one, whoever uses it."""
    assert shared(shared.main, "snapshot", "save", "first").code == 0
    error = shared(shared.main, "snapshot", "restore", "first", "-o", "json").error
    assert (error["exit_code"], error["details"]) == (
        9,
        [f"that of the worktree {shared.feature}, too"],
    )
    assert devenv.stack in error["message"]
