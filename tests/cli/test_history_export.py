"""`devenv history export`: files of histories, and what is said of those that are missing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from fakes.engine import EPOCH

from devenv.temporal.protocol import History, WorkflowRun

if TYPE_CHECKING:
    from pathlib import Path

    from cli.conftest import CommandLine

EXPORT = ("history", "export")
FIRST, SECOND = "order-1-run-1.json", "a-b-run-2.json"


@pytest.fixture
def running(devenv: CommandLine) -> CommandLine:
    """Return a command line whose server has two workflows."""
    devenv("up")
    devenv.world.gateway.histories = [
        History(
            WorkflowRun("default", "order-1", "run-1", "Order", "Failed", EPOCH, EPOCH), '{"events": []}'
        ),
        History(WorkflowRun("default", "a/b", "run-2", "Order", "Running", EPOCH), '{"events": [1]}'),
    ]
    return devenv


def folder(devenv: CommandLine) -> Path:
    return devenv.project / "histories"


def test_each_history_is_a_file(running: CommandLine) -> None:
    """Of the whole namespace, where nothing else is asked for; once more, nothing changes."""
    exported = running(*EXPORT)
    assert exported.code == 0
    assert f"written    {FIRST}\n" in exported.out
    assert sorted(path.name for path in folder(running).iterdir()) == [SECOND, FIRST]
    again = running(*EXPORT, "-o", "json").document
    assert {each["state"] for each in again["histories"]} == {"unchanged"}
    assert json.loads((folder(running) / SECOND).read_text()) == {"events": [1]}


def test_one_workflow_is_named(running: CommandLine) -> None:
    document = running(
        *EXPORT, "--workflow-id", "a/b", "--run-id", "run-2", "--into", "x", "-o", "json"
    ).document
    [history] = document["histories"]
    assert (history["path"], history["workflow_id"], history["status"]) == (SECOND, "a/b", "Running")
    assert [path.name for path in (running.project / "x").iterdir()] == [SECOND]


def test_what_another_file_has_is_not_overwritten(running: CommandLine) -> None:
    """The others are written; `--force` writes all."""
    folder(running).mkdir()
    mine = folder(running) / FIRST
    mine.write_text("mine")
    exported = running(*EXPORT)
    assert exported.code == 1
    assert f"{FIRST} is there already, and is not overwritten" in exported.out
    assert mine.read_text() == "mine"
    assert (folder(running) / SECOND).exists()
    document = running(*EXPORT, "-o", "json").document
    assert (document["ok"], document["error"]["code"]) == (False, "histories-incomplete")
    assert [each["state"] for each in document["histories"]] == ["missing", "unchanged"]
    assert running(*EXPORT, "--force").code == 0
    assert mine.read_text() != "mine"


def test_the_order_of_keys_is_no_difference(running: CommandLine) -> None:
    folder(running).mkdir()
    running.world.gateway.histories = [
        History(WorkflowRun("default", "order-1", "run-1", "Order"), '{"a": 1, "b": 2}')
    ]
    (folder(running) / FIRST).write_text('{"b": 2, "a": 1}')
    assert running(*EXPORT).out.startswith("unchanged")
    assert (folder(running) / FIRST).read_text() == '{"b": 2, "a": 1}'


def test_a_link_is_not_followed(running: CommandLine) -> None:
    folder(running).mkdir()
    (folder(running) / FIRST).symlink_to(running.project / "elsewhere")
    assert running(*EXPORT, "--force").code == 1
    assert not (running.project / "elsewhere").exists()


def test_more_than_the_limit_is_said(running: CommandLine) -> None:
    document = running(*EXPORT, "--limit", "1", "-o", "json").document
    assert len(document["histories"]) == 1
    assert document["left_out"] == [
        "namespace default: 2 workflows that match, of which the newest 1 are looked at"
    ]


def test_nothing_found_writes_nothing(running: CommandLine) -> None:
    running.world.gateway.histories = []
    found = running(*EXPORT, "--query", "CloseTime IS NULL")
    assert (found.code, found.out) == (
        0,
        "Nothing was found in the namespace default, and nothing is written.\n",
    )
    assert not folder(running).exists()


@pytest.mark.parametrize(
    ("arguments", "code", "exit_code"),
    [
        (["--workflow-id", "nope"], "unknown-workflow", 1),
        (["--workflow-id", "order-1", "--run-id", "nope"], "unknown-workflow", 1),
        (["-n", "nope"], "unknown-namespace", 1),
        (["--into", "devenv.toml"], "export-directory", 3),
        (["--into", "devenv.toml/x"], "export-directory", 3),
        (["--workflow-id", "a", "--query", "b"], "usage", 2),
        (["--run-id", "a"], "usage", 2),
        (["--workflow-id", ""], "usage", 2),
        (["--limit", "0"], "usage", 2),
    ],
)
def test_what_cannot_be_exported(
    running: CommandLine, arguments: list[str], code: str, exit_code: int
) -> None:
    running.write("devenv.toml", "")
    error = running(*EXPORT, *arguments, "-o", "json").error
    assert (error["code"], error["exit_code"]) == (code, exit_code)
    assert not folder(running).exists()


def test_a_stack_has_to_run(devenv: CommandLine) -> None:
    assert devenv(*EXPORT, "-o", "json").error["code"] == "not-running"
