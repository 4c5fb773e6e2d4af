"""What devenv remembers of each stack, outside the work tree."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import stat
from collections.abc import Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import AwareDatetime, Field, PlainSerializer, PlainValidator, ValidationError

from devenv.errors import DevenvError
from devenv.files.atomic import check_plain, explained, make_directory, remove, renew, write_atomically
from devenv.files.strict import LAX, StrictModel
from devenv.files.text import TextError, read_bytes
from devenv.project.access import Access
from devenv.project.directories import state_dir
from devenv.project.names import check_stack_name
from devenv.project.services import LOOPBACK, PORTS, Ports
from devenv.project.snapshots import SnapshotStore
from devenv.project.stack_lock import acquire, file_lock
from devenv.project.trusted import TrustBook
from devenv.project.visibility import Visibility

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import timedelta

SCHEMA_VERSION: Final = 1
ARCHIVE = "archive"
"""The add-on by which the server has an archive."""

_RECORD_FILE = "stack.json"
_PRIVATE_DIRECTORY, _PRIVATE_FILE = 0o700, 0o600
_SHARED_DIRECTORY, _SHARED_FILE = 0o755, 0o644


class Proof(StrictModel):
    """That the declared state was once seen to work, and for which server."""

    fingerprint: str
    """Of everything that was declared; another declaration needs another proof."""
    proven_at: AwareDatetime
    server_started_at: AwareDatetime | None = None
    namespaces: Annotated[tuple[str, ...], LAX] = ()
    services: Annotated[tuple[str, ...], LAX] = ()
    """Those that ran; an older devenv did not note them."""


def _read_ports(value: object) -> object:
    """Return the ports of a record: numbers by name, beside `bind`, which the oldest records do not have."""
    if isinstance(value, Ports):
        return value
    document = value if isinstance(value, dict) else {}
    bind = document.get("bind", LOOPBACK)
    numbers = {name: port for name, port in document.items() if name != "bind"}
    is_complete = all(port.name in numbers for port in PORTS) and isinstance(bind, str)
    if not is_complete or not all(type(port) is int for port in numbers.values()):
        raise ValueError(f"no ports of a stack: {value}")
    return Ports(numbers, bind)


RecordedPorts = Annotated[Ports, PlainValidator(_read_ports), PlainSerializer(Ports.to_document)]
"""The ports that a stack was given, those of its add-ons among them."""


class RecordedWeb(StrictModel):
    """How the Web UI and the HTTP API were launched; the defaults are what earlier devenvs launched."""

    ui_path: str = ""
    codec_endpoint: str = ""
    has_open_api: bool = True


class RecordedPage(StrictModel):
    """A web page of an add-on, on `port`, or on the one of the page's name."""

    name: str
    title: str
    path: str
    port: str = ""


class RecordedAddon(StrictModel):
    """An add-on that is on, as it was launched; `lacks` says why it was left out on this engine.

    One that `is_builtin` may have code, which gets the `settings` of the launch. `access` is what clients of
    the stack need because of it.
    """

    name: str
    pages: Annotated[tuple[RecordedPage, ...], LAX] = ()
    environment: Mapping[str, str] = Field(default_factory=dict)
    lacks: str = ""
    is_builtin: bool = False
    settings: Mapping[str, str | int | bool] = Field(default_factory=dict)
    off: str = ""
    data: str = ""
    access: Access = Field(default_factory=Access)


class StackRecord(StrictModel):
    """One stack, as `stack.json` keeps it."""

    schema_version: Literal[1] = SCHEMA_VERSION
    name: str
    project: str
    """Absolute path of the project; it need not exist any more."""
    owner: int
    """Uid of the user whose stack this is."""
    engine: str
    """One that this devenv need not know: another may have written the record."""
    ports: RecordedPorts
    web: RecordedWeb = Field(default_factory=RecordedWeb)
    image_family: Literal["official", "stand-in"] | None = None
    versions: Mapping[str, str]
    """As they were declared for the last `up`."""
    data_versions: Mapping[str, str] = Field(default_factory=dict)
    """Those that worked last on the data on compose, by component; empty in records of an older devenv."""
    visibility: Visibility = "opensearch"
    """Which store has had the visibility of the data on compose last."""
    created_at: AwareDatetime
    clusters: Mapping[str, str] = Field(default_factory=dict)
    """The id of the server's cluster, which is the same as long as its data is, by the engine that has it."""
    history_shards: Mapping[str, int] = Field(default_factory=dict)
    """Into how many shards the data is divided, for good, by the engine that has it."""
    visibility_outdated: bool = False
    """Whether the database was recovered, and the index of its workflows is yet to be made of it."""
    proof: Proof | None = None
    addons: Annotated[tuple[RecordedAddon, ...], LAX] = ()
    addon_choices: Mapping[str, bool] = Field(default_factory=dict)
    """What `--with` and `--without` said, which holds for this stack until its data is deleted."""

    @property
    def access(self) -> Access:
        """How clients get in."""
        return Access.of(each.access for each in self.addons)

    @property
    def addon_names(self) -> tuple[str, ...]:
        """The add-ons that are on, those among them that the engine leaves out."""
        return tuple(addon.name for addon in self.addons)

    @property
    def archives(self) -> bool:
        """Whether the server has an archive, which the add-on of that name gives it."""
        return any(addon.name == ARCHIVE and not addon.lacks for addon in self.addons)


class StackStore:
    """The records and private files of one user's stacks, one directory for each stack below `root`.

    Names are checked by every method, because they become paths.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    def directory(self, name: str) -> Path:
        """Return where the files of the stack are kept, whether or not there are any."""
        return self._root / check_stack_name(name)

    def record_file(self, name: str) -> Path:
        """Return where the record of the stack is kept, whether or not there is one."""
        return self.directory(name) / _RECORD_FILE

    def mounts(self, name: str) -> Path:
        """Return where the files are kept that containers see: readable by everyone, without secrets."""
        return self.directory(name) / "mounts"

    def addon_files(self, addon: str, stack: str | None = None) -> Path:
        """Return where an add-on keeps private files of a stack, or of all of them: nobody made it yet."""
        home = self._root.parent if stack is None else self.directory(stack)
        return home / "addons" / addon

    def create(self, name: str) -> Path:
        """Make the directory of the stack, closed to other users, and return it."""
        directory = self.directory(name)
        _make_private(self._root, directory)
        return directory

    def load(self, name: str) -> StackRecord | None:
        """Return the record of the stack, or None if there is none.

        Raises:
            DevenvError: The record is there and cannot be understood.
        """
        path = self.record_file(name)
        try:
            if not os.path.lexists(path):
                return None
            content = read_bytes(path)
        except TextError as error:
            raise _unusable_record(path, b"", error.reason) from None
        try:
            return StackRecord.model_validate_json(content)
        except ValidationError as error:
            raise _unusable_record(path, content) from error

    def set_aside_damaged(self, name: str) -> Path | None:
        """Give a record that cannot be understood another name and return that, None if it is none of those.

        One that a newer devenv wrote is not damaged, and one that this user may not read stays, too.
        """
        path = self.record_file(name)
        try:
            content = read_bytes(path)
        except TextError:
            if not os.path.lexists(path) or stat.S_ISREG(path.lstat().st_mode):
                return None
            content = b""
        if _is_record(content) or _written_by_newer_devenv(content):
            return None
        aside = next(each for each in _names_beside(path) if not os.path.lexists(each))
        with explained("rename", path):
            path.rename(aside)
        return aside

    def save(self, record: StackRecord) -> None:
        """Replace the record of the stack."""
        path = self.create(record.name) / _RECORD_FILE
        write_atomically(path, record.model_dump_json(indent=2).encode() + b"\n", _PRIVATE_FILE)

    def forget(self, name: str) -> None:
        """Remove everything kept for the stack; a stack never heard of is forgotten already."""
        directory = self.directory(name)
        with explained("remove", directory):
            if directory.exists():
                shutil.rmtree(directory)

    def forget_record(self, name: str) -> None:
        """Remove the record of the stack and leave its other files; without a record it is done already."""
        remove(self.record_file(name))

    def names(self) -> list[str]:
        """Return the names of the stacks that have a record, sorted."""
        return sorted(path.parent.name for path in self._root.glob(f"[!.]*/{_RECORD_FILE}"))

    def write_secret(self, name: str, filename: str, text: str) -> bool:
        """Make a file that only this user can read; return whether its content changed."""
        if len(_parts_below(filename)) != 1:
            raise ValueError(f"not a plain file name: {filename}")
        return write_atomically(self.create(name) / filename, text.encode(), _PRIVATE_FILE)

    def remove_secret(self, name: str, filename: str) -> None:
        """Remove a file that `write_secret` made; without it, it is done already."""
        remove(self.directory(name) / filename)

    def write_mount(self, name: str, relpath: str | PurePosixPath, content: str | bytes) -> bool:
        """Make a file below `mounts` that every container can read; return whether its content changed."""
        data = content.encode() if isinstance(content, str) else content
        return write_atomically(self._mount_path(name, relpath), data, _SHARED_FILE)

    def write_mounts(self, name: str, directory: str, folders: Mapping[str, Mapping[str, bytes]]) -> None:
        """Make `directory` below `mounts` hold these folders of files, and no other files."""
        home = self.mounts(name) / directory
        contents = {
            f"{folder}/{path}": data for folder, files in folders.items() for path, data in files.items()
        }
        for relpath, data in contents.items():
            self.write_mount(name, f"{directory}/{relpath}", data)
        with explained("remove", home):
            for path in home.rglob("*"):
                if not path.is_dir() and path.relative_to(home).as_posix() not in contents:
                    path.unlink()

    def renew_mount(self, name: str, relpath: str | PurePosixPath, text: str) -> None:
        """As `write_mount`, and the file is newer than the one before it also where the content is equal."""
        renew(self._mount_path(name, relpath), text.encode(), _SHARED_FILE)

    def _mount_path(self, name: str, relpath: str | PurePosixPath) -> Path:
        *parents, filename = _parts_below(relpath)
        self.create(name)
        directory = self.mounts(name)
        make_directory(directory, _SHARED_DIRECTORY)
        for parent in parents:
            directory /= parent
            make_directory(directory, _SHARED_DIRECTORY)
        return directory / filename

    def is_locked(self, name: str) -> bool:
        """Whether a devenv process is changing the stack now."""
        lock = file_lock(self._lock_file(name))
        try:
            lock.acquire(timeout=0)
        except TimeoutError:
            return True
        lock.release()
        return False

    @property
    def trusted_overlays(self) -> TrustBook:
        """The overlays that this user trusts; to forget a stack does not forget them."""
        return TrustBook(self._root.parent / "trusted")

    @property
    def snapshots(self) -> SnapshotStore:
        """The snapshots of this user; to forget a stack does not forget them."""
        return SnapshotStore(self._root.parent / "snapshots")

    @contextmanager
    def exclusive(self, purpose: Literal["ports", "profiles"]) -> Iterator[None]:
        """Keep every other devenv process of this user from doing the same at the same time."""
        path = self._root / ".locks" / f".{purpose}"
        _make_private(self._root, path.parent)
        check_plain(path)
        with file_lock(path):
            yield

    def users_file(self, name: str) -> Path:
        """Return the file that every process which uses the stack for a `run` has a shared lock on."""
        return self._lock_file(name, "lease")

    def _lock_file(self, name: str, kind: str = "lock") -> Path:
        # Beside the stacks' directories: to forget a stack must not delete the lock that guards it.
        path = self._root / ".locks" / f"{check_stack_name(name)}.{kind}"
        _make_private(self._root, path.parent)
        check_plain(path)
        return path

    @contextmanager
    def lock(self, name: str, timeout: timedelta, on_wait: Callable[[], None]) -> Iterator[None]:
        """Keep every other devenv process away from the stack.

        `on_wait` is called once if another process has the lock.

        Raises:
            StackBusyError: That process still has it after `timeout`.
        """
        path = self._lock_file(name)
        lock = file_lock(path)
        with explained("lock", path):
            acquire(lock, name, timeout, on_wait)
        try:
            yield
        finally:
            lock.release()


def default_store() -> StackStore:
    """Return the store of this user, as the environment places it."""
    return StackStore(state_dir() / "stacks")


def _make_private(*directories: Path) -> None:
    for directory in directories:
        make_directory(directory, _PRIVATE_DIRECTORY)


def _parts_below(relpath: str | PurePosixPath) -> tuple[str, ...]:
    path = PurePosixPath(relpath)
    if path.is_absolute() or not path.parts or ".." in path.parts:
        raise ValueError(f"not a path that stays below its directory: {relpath}")
    return path.parts


def _is_record(content: bytes) -> bool:
    try:
        StackRecord.model_validate_json(content)
    except ValidationError:
        return False
    return True


def _names_beside(path: Path) -> Iterator[Path]:
    yield path.with_name(f"{path.name}.damaged")
    for number in itertools.count(2):
        yield path.with_name(f"{path.name}.damaged-{number}")


def _unusable_record(path: Path, content: bytes, reason: str = "") -> DevenvError:
    if _written_by_newer_devenv(content):
        return DevenvError(
            f"{path} was written by a newer devenv",
            hint="upgrade devenv: `pip install --upgrade temporal-devenv`",
        )
    return DevenvError(
        f"{path} is damaged: it {reason or 'does not hold the record of a stack'}",
        hint="run `devenv up`, or `devenv down`: they set the file aside and ask the engine instead; "
        "the data of the stack is not in it",
    )


def _written_by_newer_devenv(content: bytes) -> bool:
    try:
        version = json.loads(content)["schema_version"]
    except (ValueError, TypeError, KeyError):
        return False
    return isinstance(version, int) and version > SCHEMA_VERSION
