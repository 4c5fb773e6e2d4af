"""The snapshots of a user: copies of the data of stacks, each a directory with a manifest.

A snapshot is filled beside its place and renamed into it, so that what has its name is complete.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import AwareDatetime, ValidationError

from devenv.errors import (
    DevenvError,
    NameInvalidError,
    SnapshotDamagedError,
    SnapshotExistsError,
    UnknownSnapshotError,
)
from devenv.files.atomic import explained, make_directory, read_if_there, write_atomically
from devenv.files.strict import LAX, StrictModel
from devenv.project.visibility import StoreName

if TYPE_CHECKING:
    from pathlib import Path

SCHEMA_VERSION: Final = 1
MANIFEST_FILE = "snapshot.json"
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}")
_PARTIAL = ".saving-"
_PRIVATE_DIRECTORY, _PRIVATE_FILE = 0o700, 0o600


class Part(StrictModel):
    """One file of a snapshot; `size` in bytes."""

    size: int
    sha256: str


class Manifest(StrictModel):
    """What a snapshot is of, and of which files it is made.

    `automatic` is the reason of one that devenv took by itself, empty for those that people named. `versions`
    are those that worked on the data, by component.
    """

    schema_version: Literal[1] = SCHEMA_VERSION
    name: str
    stack: str
    project: str
    engine: str
    created_at: AwareDatetime
    automatic: str = ""
    image_family: Literal["official", "stand-in"] | None = None
    versions: Mapping[str, str]
    server_version: str
    database_schema: str = ""
    visibility: StoreName
    namespaces: Annotated[tuple[str, ...], LAX] = ()
    parts: Mapping[str, Part]

    @property
    def size(self) -> int:
        """How many bytes its files have."""
        return sum(part.size for part in self.parts.values())


@dataclass(frozen=True)
class Snapshot:
    """A complete snapshot: its directory, and its manifest."""

    directory: Path
    manifest: Manifest

    @property
    def name(self) -> str:
        """Its name."""
        return self.manifest.name

    def check_sound(self) -> None:
        """Return if every file is as it was saved.

        Raises:
            SnapshotDamagedError: With what is wrong.
        """
        problems = []
        for name, part in self.manifest.parts.items():
            path = self.directory / name
            with explained("read", path):
                if not path.is_file():
                    problems.append(f"{path} is missing")
                elif (size := path.stat().st_size) != part.size:
                    problems.append(f"{path} has {size} bytes, it should have {part.size}")
                elif _digest(path) != part.sha256:
                    problems.append(f"{path} has another content than was saved")
        if problems:
            raise SnapshotDamagedError(self.name, problems)


class SnapshotStore:
    """The snapshots below `root`, by their names, which are the user's and not of one stack."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def names(self) -> list[str]:
        """Return the names of all snapshots, damaged ones among them, sorted."""
        with explained("read", self.root):
            found = self.root.iterdir() if self.root.is_dir() else ()
            return sorted(path.name for path in found if path.is_dir() and _NAME.fullmatch(path.name))

    def load(self, name: str) -> Snapshot:
        """Return the snapshot `name`.

        Raises:
            NameInvalidError: None can be called that.
            UnknownSnapshotError: There is none.
            SnapshotDamagedError: Its manifest cannot be read, or was written by a newer devenv.
        """
        self.check_exists(name)
        directory = self.root / name
        path = directory / MANIFEST_FILE
        content = read_if_there(path) or b""
        try:
            manifest = Manifest.model_validate_json(content)
        except ValidationError as error:
            raise _unusable(name, path, content) from error
        if any(part in {"", ".", ".."} or "/" in part for part in manifest.parts):
            raise SnapshotDamagedError(name, [f"{path} names a file outside of the snapshot"])
        # Whoever copied the directory under another name has renamed the snapshot.
        return Snapshot(directory, manifest.model_copy(update={"name": name}))

    def size(self, name: str) -> int:
        """Return how many bytes the files of a snapshot have, damaged or not."""
        with explained("read", self.root / name):
            return sum(path.stat().st_size for path in (self.root / name).iterdir() if path.is_file())

    def check_exists(self, name: str) -> None:
        """Return if there is a snapshot `name`, damaged or not.

        Raises:
            UnknownSnapshotError: There is none.
        """
        if not (self.root / check_snapshot_name(name)).is_dir():
            raise UnknownSnapshotError(name, self.names())

    def check_free(self, name: str) -> None:
        """Return if a new snapshot can have `name`.

        Raises:
            NameInvalidError: None can.
            SnapshotExistsError: One has it.
        """
        if os.path.lexists(self.root / check_snapshot_name(name)):
            raise SnapshotExistsError(name)

    def begin(self, stack: str) -> Path:
        """Return an empty directory for a snapshot of `stack`, for who has the lock of that stack."""
        directory = self.partial(stack)
        self.discard(stack)
        for private in (self.root, directory):
            make_directory(private, _PRIVATE_DIRECTORY)
        return directory

    def partial(self, stack: str) -> Path:
        """Return where a snapshot of `stack` is filled."""
        return self.root / f"{_PARTIAL}{stack}"

    def discard(self, stack: str) -> bool:
        """Delete the part of a snapshot of `stack` that was never completed; return whether there was any."""
        directory = self.partial(stack)
        with explained("remove", directory):
            if not directory.exists():
                return False
            shutil.rmtree(directory)
        return True

    def complete(self, manifest: Manifest) -> Snapshot:
        """Give what `begin` returned, and somebody filled, its manifest and its name.

        Raises:
            SnapshotExistsError: Somebody else was faster.
        """
        directory, final = self.partial(manifest.stack), self.root / check_snapshot_name(manifest.name)
        with explained("write", directory):
            files = sorted(path for path in directory.iterdir() if path.is_file())
            parts = {path.name: _keep(path) for path in files}
        whole = manifest.model_copy(update={"parts": parts})
        text = whole.model_dump_json(indent=2).encode() + b"\n"
        write_atomically(directory / MANIFEST_FILE, text, _PRIVATE_FILE)
        self.check_free(manifest.name)
        with explained("rename", directory):
            directory.rename(final)
        return Snapshot(final, whole)

    def remove(self, name: str) -> None:
        """Delete the snapshot `name`, damaged or not.

        Raises:
            UnknownSnapshotError: There is none.
        """
        self.check_exists(name)
        directory = self.root / name
        doomed = self.root / f".removing-{name}"
        with explained("remove", directory):
            shutil.rmtree(doomed, ignore_errors=True)
            # Half of a snapshot must not have its name.
            directory.rename(doomed)
            shutil.rmtree(doomed)


def check_snapshot_name(name: str) -> str:
    """Return `name` if a snapshot can be called that.

    Raises:
        NameInvalidError: It cannot.
    """
    if not _NAME.fullmatch(name):
        raise NameInvalidError(
            f'A snapshot cannot be called "{name}"',
            hint="use at most 100 lower-case letters, digits, `-`, `_`, `.`, the first a letter or a digit",
        )
    return name


def _keep(path: Path) -> Part:
    path.chmod(_PRIVATE_FILE)
    with path.open("rb") as file:
        os.fsync(file.fileno())
    return Part(size=path.stat().st_size, sha256=_digest(path))


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _unusable(name: str, path: Path, content: bytes) -> DevenvError:
    try:
        version = json.loads(content)["schema_version"]
    except (ValueError, TypeError, KeyError):
        version = None
    if isinstance(version, int) and version > SCHEMA_VERSION:
        return DevenvError(
            f"The snapshot {name} was made by a newer devenv",
            hint="upgrade devenv: `pip install --upgrade temporal-devenv`",
        )
    return SnapshotDamagedError(name, [f"{path} is not the manifest of a snapshot"])
