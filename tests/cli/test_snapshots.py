"""`devenv snapshot`, `up --snapshot`, and the snapshots that devenv takes by itself."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from devenv.errors import DevenvError, DockerUnreachableError, TemporalBinaryError
from devenv.project.snapshots import MANIFEST_FILE
from devenv.registry import ENGINES

if TYPE_CHECKING:
    from cli.conftest import CommandLine

FULL = DevenvError("Cannot write it: No space left on device", hint="make room there")


@pytest.fixture
def saved(running: CommandLine) -> CommandLine:
    """Return a project whose stack is up, with the snapshot `first` of its data."""
    running.world.compose.contents[running.stack] = "orders"
    assert running("snapshot", "save", "first").code == 0
    running.world.compose.contents[running.stack] = "more orders"
    return running


def names(devenv: CommandLine) -> list[str]:
    return [each["name"] for each in devenv("snapshot", "list", "-o", "json").document["snapshots"]]


def content(devenv: CommandLine) -> str:
    return devenv.world.compose.contents[devenv.stack]


def change_manifest(devenv: CommandLine, **changes: object) -> None:
    path = devenv.world.store.snapshots.root / "first" / MANIFEST_FILE
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def test_without_snapshots_it_says_how_one_is_made(devenv: CommandLine) -> None:
    """As a document it is an empty list, of no stack."""
    assert devenv("snapshot", "list").out == "No snapshots. `devenv snapshot save NAME` makes one.\n"
    document = devenv("snapshot", "list", "-o", "json").document
    assert (document["snapshots"], document["stack"]) == ([], None)


def test_a_snapshot_is_saved_and_listed(saved: CommandLine) -> None:
    """While the stack runs, with what it is of and how much room it takes."""
    [listed] = saved("snapshot", "list", "-o", "json").document["snapshots"]
    assert listed["size_bytes"] > 0
    expected = {"name": "first", "stack": saved.stack, "engine": "compose", "server_version": "1.32.2"}
    assert {name: listed[name] for name in expected} == expected
    assert (listed["automatic"], listed["visibility"], listed["namespaces"]) == (
        False,
        "opensearch",
        ["default"],
    )
    text = saved("snapshot", "list").out
    assert "first" in text
    assert f"in {saved.world.store.snapshots.root}" in text
    assert saved("status", "-o", "json").document["state"] == "ready"


def test_it_keeps_what_was_declared(saved: CommandLine) -> None:
    """For people: seeds and dynamic config as they were."""
    saved.write("seeds/orders.yaml", "namespaces: [{name: orders}]\n")
    assert saved("snapshot", "save", "second").code == 0
    declared = json.loads((saved.world.store.snapshots.root / "second" / "declared.json").read_text())
    assert declared["files"] == {"seeds/orders.yaml": "namespaces: [{name: orders}]\n"}
    assert "devenv.revision" in declared["dynamic_config"]


def test_a_name_is_taken_once(saved: CommandLine) -> None:
    """And cannot be a path."""
    error = saved("snapshot", "save", "first", "-o", "json").error
    assert (error["code"], error["exit_code"]) == ("snapshot-exists", 1)
    assert saved("snapshot", "save", "../x", "-o", "json").error["exit_code"] == 3


def test_without_data_there_is_nothing_to_save(devenv: CommandLine) -> None:
    """It says what would make some."""
    assert devenv("snapshot", "save", "first", "-o", "json").error["code"] == "no-data"
    assert names(devenv) == []


def test_a_save_that_fails_leaves_nothing(running: CommandLine) -> None:
    """The stack runs on, and no other command finds anything to clear."""
    running.world.compose.copy_failure = FULL
    assert running("snapshot", "save", "first", "-o", "json").error["message"] == FULL.message
    assert list(running.world.store.snapshots.root.iterdir()) == []
    running.world.compose.copy_failure = None
    assert "interrupted" not in running("up").err


def test_a_restore_asks_before_data_is_replaced(saved: CommandLine) -> None:
    """Where nobody can be asked, nothing happens."""
    error = saved("snapshot", "restore", "first", "-o", "json").error
    assert (error["code"], error["exit_code"]) == ("confirmation-needed", 9)
    assert saved("up", "--snapshot", "first", "-o", "json").error["exit_code"] == 9
    assert content(saved) == "more orders"


def test_a_restore_brings_back_the_data_and_the_stack(saved: CommandLine) -> None:
    """What it had is saved before, which is said, and how to do without."""
    result = saved("snapshot", "restore", "first", "--yes")
    assert result.code == 0, result
    assert "has the data of the snapshot first, and is ready." in result.out
    assert content(saved) == "orders"
    assert "`--no-snapshot` leaves out" in result.err
    [automatic] = [name for name in names(saved) if name != "first"]
    assert saved("snapshot", "restore", automatic, "--yes", "--no-snapshot").code == 0
    assert content(saved) == "more orders"
    assert len(names(saved)) == 2


def test_a_stack_that_is_down_stays_down(saved: CommandLine) -> None:
    """The next `up` has the data, and proves it."""
    assert saved("down").code == 0
    result = saved("snapshot", "restore", "first", "--yes", "-o", "json")
    assert (result.code, result.document["state"]) == (0, "absent")
    assert saved("up", "-o", "json").document["state"] == "ready"
    assert content(saved) == "orders"


def test_another_stack_starts_with_a_snapshot(saved: CommandLine) -> None:
    """Without a question, for it has nothing to lose; its record is its own."""
    result = saved("-s", "copy", "up", "--snapshot", "first", "-o", "json")
    assert (result.code, result.document["stack"], result.document["state"]) == (0, "copy", "ready")
    assert saved.world.compose.contents["copy"] == "orders"
    assert content(saved) == "more orders"
    assert saved("-s", "third", "snapshot", "restore", "first").code == 0
    assert saved("-s", "third", "up").code == 0


def test_what_is_unknown_or_damaged_touches_nothing(saved: CommandLine) -> None:
    """And can be deleted."""
    assert saved("snapshot", "restore", "other", "-y", "-o", "json").error["code"] == "unknown-snapshot"
    (saved.world.store.snapshots.root / "first" / "data").write_text("x")
    assert saved("up", "--snapshot", "first", "-y", "-o", "json").error["code"] == "snapshot-damaged"
    (saved.world.store.snapshots.root / "first" / MANIFEST_FILE).write_text("x")
    assert saved("snapshot", "restore", "first", "-y", "-o", "json").error["code"] == "snapshot-damaged"
    [listed] = saved("snapshot", "list", "-o", "json").document["snapshots"]
    assert (listed["stack"], "damaged" in listed["problem"]) == (None, True)
    assert "damaged" in saved("snapshot", "list").out
    assert saved("snapshot", "rm", "first").out == "The snapshot first is deleted.\n"
    assert saved("snapshot", "rm", "first", "-o", "json").error["code"] == "unknown-snapshot"
    assert content(saved) == "more orders"
    assert "remove" not in saved.world.compose.calls


@pytest.mark.parametrize(
    ("changes", "reason", "hint"),
    [
        (
            {"engine": "embedded"},
            "it is of the embedded engine, and this stack is on compose",
            "--engine embedded",
        ),
        ({"engine": "podman"}, "which this devenv does not have", "the devenv that made it"),
        ({"visibility": "postgres"}, "it has its visibility in Postgres", '`visibility = "postgres"`'),
        (
            {"versions": {"postgres": "16"}},
            "it has data of postgres 16, and 17 is declared",
            '`postgres = "16"`',
        ),
        ({"versions": {"opensearch": "9.0.0"}}, "it has data of opensearch 9.0.0", '`opensearch = "9.0.0"`'),
        (
            {"versions": {"temporal": "9.0.0"}, "server_version": "9.0.0", "database_schema": "9.1"},
            "the schema 9.1 of Temporal 9.0.0",
            '`temporal = "9.0.0"`',
        ),
        (
            {"image_family": "stand-in"},
            "made with stand-in images, and this stack has official",
            "images list",
        ),
    ],
)
def test_what_does_not_fit_is_refused(
    saved: CommandLine, changes: dict[str, object], reason: str, hint: str
) -> None:
    """Before anything is touched, with what to change."""
    change_manifest(saved, **changes)
    for command in (("snapshot", "restore", "first"), ("up", "--snapshot", "first")):
        error = saved(*command, "--yes", "-o", "json").error
        assert (error["code"], error["exit_code"]) == ("snapshot-unfit", 3)
        assert reason in error["details"][0]
        assert hint in error["hint"]
    assert content(saved) == "more orders"
    assert "remove" not in saved.world.compose.calls


def test_an_older_server_of_the_same_schema_is_said(saved: CommandLine) -> None:
    """There is a way back, so it is no refusal."""
    change_manifest(saved, versions={"temporal": "1.31.2"})
    assert "Temporal goes from 1.31.2 to 1.32.2" in saved("snapshot", "restore", "first", "--yes").err


def test_a_program_that_did_not_make_it_refuses_it(saved: CommandLine) -> None:
    """As the engine says."""
    saved.world.compose.unfit_copy = TemporalBinaryError("Another one made it", hint="use that")
    assert saved("snapshot", "restore", "first", "-y", "-o", "json").error["code"] == "temporal-binary"
    assert content(saved) == "more orders"


def test_a_restore_that_fails_is_no_loss(saved: CommandLine) -> None:
    """A stack that had no data has none, and no record."""
    saved.world.compose.copy_failure = FULL
    assert saved("-s", "copy", "snapshot", "restore", "first", "-o", "json").error["message"] == FULL.message
    assert saved.world.store.load("copy") is None
    assert saved("-s", "copy", "up", "--snapshot", "first").code == 1
    assert "copy" not in saved.world.compose.data


def test_down_with_volumes_saves_before(running: CommandLine) -> None:
    """The last three of a stack are kept; those that people named stay."""
    assert running("snapshot", "save", "mine").code == 0
    for _ in range(5):
        assert running("up").code == 0
        result = running("down", "--volumes", "--yes")
        assert "before it is deleted" in result.err
    listed = running("snapshot", "list", "-o", "json").document["snapshots"]
    assert [each["automatic"] for each in listed] == [False, True, True, True]
    assert {each["reason"] for each in listed if each["automatic"]} == {"it is deleted"}


@pytest.mark.parametrize("how", ["--no-snapshot", "TEMPORAL_DEVENV_NO_SNAPSHOT", "CI"])
def test_nothing_is_saved_where_nobody_wants_it(
    running: CommandLine, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """By option, by variable, and in CI, whose machine nobody comes back to."""
    options = [how] if how.startswith("--") else []
    if not options:
        monkeypatch.setenv(how, "true")
    assert running("down", "--volumes", "--yes", *options).code == 0
    assert names(running) == []


def test_a_stack_that_never_was_ready_has_nothing_to_save(devenv: CommandLine) -> None:
    """Nor has one that is only taken down."""
    devenv.world.compose.launch_failure = FULL
    assert devenv("up", "--keep-on-failure").code == 1
    assert devenv("down", "--volumes", "--yes").code == 0
    devenv.world.compose.launch_failure = None
    assert devenv("up").code == 0
    assert devenv("down").code == 0
    assert names(devenv) == []


def test_what_cannot_be_saved_is_not_deleted(running: CommandLine) -> None:
    """It says how to delete it all the same."""
    running.world.compose.copy_failure = FULL
    error = running("down", "--volumes", "--yes", "-o", "json").error
    assert error["code"] == "automatic-snapshot-failed"
    assert "--no-snapshot" in error["hint"]
    assert running.stack in running.world.compose.data
    assert running("status", "-o", "json").document["state"] == "ready"
    assert running("down", "--volumes", "--yes", "--no-snapshot").code == 0


def test_another_version_works_on_data_that_is_saved(running: CommandLine) -> None:
    """Which changes is its reason."""
    running.write("devenv.toml", '[versions]\ntemporal = "1.31.2"\n')
    assert running("up").code == 0
    [listed] = running("snapshot", "list", "-o", "json").document["snapshots"]
    assert listed["reason"] == "temporal goes from 1.32.2 to 1.31.2"
    assert running("up").code == 0
    assert len(names(running)) == 1


def test_run_saves_nothing_that_it_made_itself(devenv: CommandLine) -> None:
    """It removes what it created."""
    assert devenv("run", "--", "true").code == 0
    assert names(devenv) == []


@pytest.mark.parametrize("command", ["status", "up", "down"])
def test_what_an_interrupted_devenv_left_is_cleared_by_the_next(running: CommandLine, command: str) -> None:
    """Its half of a snapshot is gone, and the engine has the server go on."""
    partial = running.world.store.snapshots.begin(running.stack)
    (partial / "data").write_text("half")
    running.world.store.write_secret(running.stack, "copying.json", '{"engine": "compose", "image": "x"}')
    assert "was interrupted: the data is as it was" in running(command).err
    assert running.world.compose.calls.count("settle") == 1
    assert not partial.exists()
    assert "interrupted" not in running(command).err


def test_while_data_is_copied_status_says_why_services_are_paused(running: CommandLine) -> None:
    """Whoever copies them has the lock, and is not disturbed."""
    running.world.store.write_secret(running.stack, "copying.json", '{"engine": "compose"}')
    running.world.compose.put(running.stack, "temporal", "paused")
    with running.world.stack(running.stack).lock():
        assert running.world.compose.calls.count("settle") == 1
        running.world.store.write_secret(running.stack, "copying.json", '{"engine": "compose"}')
        told = running("status").err
    assert "another devenv copies the data of the stack" in told
    assert running.world.compose.calls.count("settle") == 1


def test_a_restore_that_was_finished_later_is_remembered(running: CommandLine) -> None:
    """The server that comes up has another cluster id than the one before."""
    running.world.compose.is_restored = True
    note = {"engine": "compose", "image": "x", "versions": {"temporal": "1.31.2"}}
    running.world.store.write_secret(running.stack, "copying.json", json.dumps(note))
    assert "the restore that it had begun is finished" in running("stop").err
    record = running.world.store.load(running.stack)
    assert record is not None
    assert (dict(record.clusters), record.proof, record.data_versions["temporal"]) == ({}, None, "1.31.2")


def test_without_its_engine_it_waits(running: CommandLine) -> None:
    """A damaged note is nobody's reason to fail."""
    running.world.store.write_secret(running.stack, "copying.json", '{"engine": "compose"}')
    running.world.compose.away = DockerUnreachableError()
    running("down")
    assert (running.world.store.directory(running.stack) / "copying.json").exists()
    running.world.compose.away = None
    running.world.store.write_secret(running.stack, "copying.json", "{")
    assert running("up").code == 0
    assert not (running.world.store.directory(running.stack) / "copying.json").exists()


def test_a_third_engine_has_snapshots_as_well(devenv: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the four methods of its package."""
    monkeypatch.setitem(ENGINES, "memory", "fakes.memory_engine")
    devenv.write("devenv.toml", 'engine = "memory"\n')
    assert devenv("up").code == 0
    assert devenv("snapshot", "save", "kept").code == 0
    assert devenv("down", "--volumes", "--yes", "--no-snapshot").code == 0
    assert devenv("up", "--snapshot", "kept", "-o", "json").document["state"] == "ready"
    assert devenv("snapshot", "restore", "kept", "--yes").code == 0
