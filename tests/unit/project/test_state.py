from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from threading import Event, Thread
from typing import TYPE_CHECKING

import pytest

from devenv.errors import DevenvError, NameInvalidError, StackBusyError
from devenv.project.directories import state_dir
from devenv.project.services import Ports
from devenv.project.state import (
    Proof,
    StackRecord,
    StackStore,
    default_store,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SOON = timedelta(milliseconds=100)
LATE = timedelta(seconds=20)


@pytest.fixture
def store(tmp_path: Path) -> StackStore:
    return StackStore(tmp_path / "stacks")


def record(name: str = "shop", *, proof: Proof | None = None) -> StackRecord:
    return StackRecord(
        name=name,
        project="/home/ada/shop",
        owner=1000,
        engine="compose",
        ports=Ports.of(grpc=7233, ui=8233, http=7243),
        image_family="stand-in",
        versions={"temporal": "1.32.2"},
        created_at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        proof=proof,
    )


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def never() -> None:
    pytest.fail("nobody had to wait")


PROOF = Proof(
    fingerprint="abc",
    proven_at=datetime(2026, 1, 2, 3, 4, 6, tzinfo=UTC),
    server_started_at=datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC),
    namespaces=("default", "orders"),
)


@pytest.mark.parametrize("proof", [None, PROOF], ids=["unproven", "proven"])
def test_a_record_comes_back_as_it_was_saved(store: StackStore, proof: Proof | None) -> None:
    """Nothing of a record is lost or changed on disk."""
    store.save(record(proof=proof))
    assert store.load("shop") == record(proof=proof)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ({"grpc": 1, "ui": 2, "http": 3}, Ports.of(grpc=1, ui=2, http=3)),
        (
            {"grpc": 1, "ui": 2, "http": 3, "bind": "0.0.0.0"},  # noqa: S104 - the word
            Ports.of(grpc=1, ui=2, http=3, bind="0.0.0.0"),  # noqa: S104 - the word
        ),
        ({"grpc": 1, "ui": 2, "http": 3, "metrics": 4}, Ports.of(grpc=1, ui=2, http=3, metrics=4)),
    ],
    ids=["the oldest", "with an address", "with a port of an add-on"],
)
def test_ports_of_every_devenv_are_read(store: StackStore, written: dict[str, object], read: Ports) -> None:
    """A further port is no damage, and is kept when the record is saved again."""
    store.save(record())
    path = store.directory("shop") / "stack.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"ports": written}))
    loaded = store.load("shop")
    assert loaded is not None
    assert loaded.ports == read
    store.save(loaded)
    assert json.loads(path.read_text())["ports"] == {"bind": "127.0.0.1", **written}


@pytest.mark.parametrize("ports", [{"grpc": 1, "ui": 2}, {"grpc": 1, "ui": 2, "http": "3"}, [1, 2, 3]])
def test_a_record_without_the_ports_of_a_stack_is_damaged(store: StackStore, ports: object) -> None:
    """Each of the three has a number."""
    store.save(record())
    path = store.directory("shop") / "stack.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"ports": ports}))
    with pytest.raises(DevenvError, match="is damaged"):
        store.load("shop")


def test_a_stack_never_saved_has_no_record(store: StackStore) -> None:
    """To ask for a stack neither fails nor leaves a trace."""
    assert store.load("shop") is None
    assert store.names() == []
    assert not store.directory("shop").exists()


def test_everything_kept_is_closed_to_other_users(store: StackStore) -> None:
    """Directories are 0700 and files 0600."""
    store.save(record())
    store.write_secret("shop", "postgres.env", "POSTGRES_PASSWORD=x\n")
    directory = store.directory("shop")
    assert {path.name: mode(path) for path in directory.iterdir()} == {
        "stack.json": 0o600,
        "postgres.env": 0o600,
    }
    assert (mode(directory), mode(directory.parent)) == (0o700, 0o700)


def test_mounts_are_open_to_the_users_of_containers(store: StackStore) -> None:
    """Mounted directories are 0755 and files 0644, at every depth."""
    assert store.write_mount("shop", "server/config/dev.yaml", "a: 1\n")
    mounts = store.mounts("shop")
    assert (mounts / "server/config/dev.yaml").read_text() == "a: 1\n"
    assert mode(mounts / "server/config/dev.yaml") == 0o644
    assert {mode(mounts / each) for each in (".", "server", "server/config")} == {0o755}
    assert mode(store.directory("shop")) == 0o700


@pytest.mark.parametrize(
    "write",
    [
        lambda store, text: store.write_mount("shop", "file", text),
        lambda store, text: store.write_mount("shop", "file", text.encode()),
        lambda store, text: store.write_secret("shop", "file", text),
    ],
    ids=["mounted text", "mounted bytes", "secret"],
)
def test_writing_the_same_again_is_no_change(
    store: StackStore, write: Callable[[StackStore, str], bool]
) -> None:
    """Who writes learns whether a container has something new to read."""
    assert [write(store, text) for text in ("a", "a", "b")] == [True, False, True]


@pytest.mark.parametrize("relpath", ["../stack.json", "a/../../x", "/etc/x", "", "."])
def test_a_mount_stays_below_the_mounts(store: StackStore, relpath: str) -> None:
    """No path leads out of the directory that containers see."""
    with pytest.raises(ValueError, match="not a path that stays below"):
        store.write_mount("shop", relpath, "x")


@pytest.mark.parametrize("filename", ["../x", "..", "a/b", "", "mounts/x"])
def test_a_secret_lies_beside_the_mounts(store: StackStore, filename: str) -> None:
    """No secret can get into the directory that containers see."""
    with pytest.raises(ValueError, match="not a p"):
        store.write_secret("shop", filename, "x")


def test_forgetting_removes_one_stack_and_no_other(store: StackStore) -> None:
    """Only the named stack's directory goes, and going twice is no error."""
    store.save(record("shop"))
    store.save(record("bank"))
    for _ in range(2):
        store.forget("shop")
        assert store.names() == ["bank"]
    assert not store.directory("shop").exists()


def test_only_stacks_with_a_record_are_listed(store: StackStore) -> None:
    """Locks and left-over directories are no stacks."""
    store.save(record("shop"))
    store.save(record("bank"))
    store.write_secret("logs-only", "log", "x")
    with store.lock("shop", SOON, never):
        assert store.names() == ["bank", "shop"]


@pytest.mark.parametrize("name", ["..", "../shop", ".locks", "", "Shop"])
def test_no_name_leads_out_of_the_store(store: StackStore, name: str) -> None:
    """A name that is no stack name is refused before it becomes a path."""
    with pytest.raises(NameInvalidError):
        store.forget(name)
    with pytest.raises(NameInvalidError), store.lock(name, SOON, never):
        pytest.fail("locked")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is damaged"),
        ("{", "is damaged"),
        ("[1]", "is damaged"),
        ('{"schema_version": 1}', "is damaged"),
        ('{"schema_version": "2"}', "is damaged"),
        ('{"schema_version": 2, "later": true}', "was written by a newer devenv"),
    ],
)
def test_a_record_that_cannot_be_read_is_explained(store: StackStore, content: str, message: str) -> None:
    """The error names the file and the way out."""
    path = store.create("shop") / "stack.json"
    path.write_text(content)
    with pytest.raises(DevenvError, match=f"^{path} {message}") as caught:
        store.load("shop")
    assert "`" in caught.value.hint


def test_a_store_that_cannot_be_used_is_explained(tmp_path: Path) -> None:
    """A file where the store should be is an expected error."""
    (tmp_path / "stacks").touch()
    store = StackStore(tmp_path / "stacks")
    with pytest.raises(DevenvError, match="Cannot make"):
        store.save(record())
    with pytest.raises(DevenvError, match="Cannot make"), store.lock("shop", SOON, never):
        pytest.fail("locked")


def test_a_free_lock_is_taken_at_once_and_given_back(store: StackStore) -> None:
    """One process can change a stack again and again without waiting for itself."""
    for _ in range(2):
        with store.lock("shop", SOON, never):
            pass


def test_different_stacks_do_not_wait_for_each_other(store: StackStore) -> None:
    """A lock is one stack's."""
    with store.lock("shop", SOON, never), store.lock("bank", SOON, never):
        pass


def test_a_lock_is_given_back_after_a_failure(store: StackStore) -> None:
    """A command that failed does not keep the next one out."""
    with pytest.raises(ZeroDivisionError), store.lock("shop", SOON, never):
        raise ZeroDivisionError
    with store.lock("shop", SOON, never):
        pass


HOLDER = """
import sys
from datetime import timedelta
from pathlib import Path
from devenv.project.state import StackStore
with StackStore(Path(sys.argv[1])).lock("shop", timedelta(seconds=20), lambda: None):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_another_process_is_waited_for_and_then_reported(tmp_path: Path, store: StackStore) -> None:
    """The one who waits is told once, and after the timeout has an error that names the stack."""
    waits: list[str] = []
    command = [sys.executable, "-c", HOLDER, str(tmp_path / "stacks")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(StackBusyError, match="shop"), store.lock("shop", SOON, lambda: waits.append("w")):
            pytest.fail("two processes had the lock")
        holder.communicate()
    assert waits == ["w"]


def test_who_waits_goes_on_when_the_other_is_done(store: StackStore) -> None:
    """Two commands on one stack run one after the other."""
    waiting, order = Event(), list[str]()

    def second() -> None:
        with store.lock("shop", LATE, waiting.set):
            order.append("second")

    with store.lock("shop", SOON, never):
        thread = Thread(target=second)
        thread.start()
        assert waiting.wait(LATE.total_seconds())
        order.append("first")
    thread.join()
    assert order == ["first", "second"]


def test_forgetting_a_stack_keeps_the_lock_that_guards_it(tmp_path: Path, store: StackStore) -> None:
    """`down` can remove a stack's directory while it still keeps others out."""
    store.save(record())
    with store.lock("shop", SOON, never):
        store.forget("shop")
        assert [*(tmp_path / "stacks").rglob("shop.lock")]


def test_the_environment_places_the_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The XDG variable holds on every system; unset, empty and relative ones leave the system's place."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "xdg"))
    assert state_dir() == tmp_path / "xdg" / "temporal-devenv"
    for void in ("", "relative"):
        monkeypatch.setenv("XDG_STATE_HOME", void)
        assert state_dir().is_relative_to(tmp_path / "home")


def test_the_default_store_lies_in_the_state_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stack is kept where the documentation says."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert default_store().directory("shop") == tmp_path / "temporal-devenv" / "stacks" / "shop"


def test_a_damaged_record_is_set_aside_and_never_lost(store: StackStore) -> None:
    """Each under a name of its own; one that is right, or newer than this devenv, stays where it is."""
    path = store.create("shop") / "stack.json"
    assert store.set_aside_damaged("shop") is None
    for name, content in (("stack.json.damaged", "{"), ("stack.json.damaged-2", "")):
        path.write_text(content)
        assert store.set_aside_damaged("shop") == path.with_name(name)
        assert path.with_name(name).read_text() == content
        assert store.load("shop") is None
    path.write_text('{"schema_version": 2}')
    assert store.set_aside_damaged("shop") is None
    store.save(record())
    assert store.set_aside_damaged("shop") is None
    assert store.load("shop") == record()


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir], ids=["pipe", "directory"])
def test_a_record_that_is_no_file_is_damaged(store: StackStore, make: Callable[[Path], None]) -> None:
    """It is not waited for."""
    path = store.create("shop") / "stack.json"
    make(path)
    with pytest.raises(DevenvError, match="is damaged"):
        store.load("shop")
    assert store.set_aside_damaged("shop") == path.with_name("stack.json.damaged")


@pytest.mark.parametrize("kind", ["a directory", "a link"])
def test_what_stands_in_the_way_of_a_lock_is_named(store: StackStore, tmp_path: Path, kind: str) -> None:
    """To make room would not help."""
    with store.lock("shop", SOON, never):
        pass
    [lock] = (tmp_path / "stacks" / ".locks").glob("shop.lock")
    lock.unlink()
    lock.mkdir() if kind == "a directory" else lock.symlink_to(tmp_path / "elsewhere")
    in_the_way = pytest.raises(DevenvError, match=f"is {kind}, devenv keeps a file there")
    with in_the_way as caught, store.lock("shop", SOON, never):
        pytest.fail("locked")
    assert caught.value.hint == "look at what is there, move it away, and run the command again"
    with pytest.raises(DevenvError, match=f"is {kind}"):
        store.is_locked("shop")
    assert not (tmp_path / "elsewhere").exists()
