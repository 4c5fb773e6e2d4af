"""Files that are written for others to keep: what somebody has edited since is not overwritten.

A record in the directory has the digest of each file as devenv wrote it. A file that still is what it was
then follows what is exported: it is written anew, or removed where it is exported no longer. Any other file
that differs is somebody's.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import os
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from devenv.errors import DevenvError, ExportDirectoryError
from devenv.files.atomic import check_plain, read_if_there, remove, write_atomically
from devenv.files.text import leads_out

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

_MODE = 0o644


class FileState(StrEnum):
    """What became of a file."""

    WRITTEN = "written"
    UNCHANGED = "unchanged"
    EDITED = "edited"
    REMOVED = "removed"


@dataclass(frozen=True)
class ExportedFile:
    """A file by its path in the directory; `diff` leads from an edited one to what `force` would write."""

    path: str
    state: FileState
    diff: str = ""


def export_files(
    directory: Path, files: Mapping[str, bytes], record: str, *, force: bool = False
) -> list[ExportedFile]:
    """Write `files`, by path, into `directory`, and return what became of each, by path.

    `record` is the name of the file that remembers what was written. With `force` nothing is edited: all
    files are written.

    Raises:
        ExportDirectoryError: The directory, or something in it, is not what can be written; nothing was.
        DevenvError: A file cannot be written.
    """
    recorded = _read_record(_target(directory, record))
    # A record that somebody changed names no file elsewhere.
    outdated = [name for name in recorded if name not in files and not leads_out(directory / name, directory)]
    for name in (*files, *outdated):
        _target(directory, name)
    make_writable(directory)
    digests: dict[str, str] = {}
    exported: list[ExportedFile] = []
    for name, data in (*files.items(), *((name, None) for name in outdated)):
        before = read_if_there(directory / name)
        if before is None and data is None:
            continue
        is_ours = force or before is None or before == data or _digest(before) == recorded.get(name)
        if data is not None and is_ours:
            digests[name] = _digest(data)
        elif name in recorded:
            digests[name] = recorded[name]
        exported.append(_export(directory, name, before, data, is_ours=is_ours))
    write_atomically(
        directory / record, json.dumps(digests, indent=2, sort_keys=True).encode() + b"\n", _MODE
    )
    return sorted(exported, key=lambda file: file.path)


def make_writable(directory: Path) -> None:
    """Make `directory`, unless it is there and can be written.

    Raises:
        ExportDirectoryError: It cannot be made or written.
    """
    _check_directories([directory, *directory.parents])
    _make_directory(directory)
    if not os.access(directory, os.W_OK):
        raise ExportDirectoryError("cannot be written", place=directory)


def outdated(directory: Path, files: Mapping[str, bytes], record: str) -> list[str]:
    """Return the paths of what an export of `files` would write or remove; nothing is written.

    What somebody edited is left out: it is no longer devenv's.
    """
    recorded = _read_record(directory / record)
    found = []
    # A record that somebody changed names no file elsewhere.
    names = (
        name for name in dict.fromkeys((*files, *recorded)) if not leads_out(directory / name, directory)
    )
    for name in names:
        data, before = files.get(name), read_if_there(directory / name)
        is_ours = before is None or _digest(before) == recorded.get(name)
        if before != data and is_ours:
            found.append(name)
    return sorted(found)


def _export(
    directory: Path, name: str, before: bytes | None, data: bytes | None, *, is_ours: bool
) -> ExportedFile:
    """Bring one file to `data`, None for one that goes, unless it is somebody's."""
    path = directory / name
    if before == data:
        return ExportedFile(name, FileState.UNCHANGED)
    if not is_ours:
        return ExportedFile(name, FileState.EDITED, "".join(_diff(name, before or b"", data or b"")))
    if data is None:
        remove(path)
        return ExportedFile(name, FileState.REMOVED)
    _make_directory(path.parent)
    write_atomically(path, data, _MODE)
    return ExportedFile(name, FileState.WRITTEN)


def _diff(name: str, before: bytes, data: bytes) -> Iterator[str]:
    old, new = (each.decode(errors="replace").splitlines(keepends=True) for each in (before, data))
    for line in difflib.unified_diff(old, new, name, f"{name}, as devenv writes it"):
        yield line if line.endswith("\n") else f"{line}\n"


def _target(directory: Path, name: str) -> Path:
    """Return where a file goes, which is inside the directory, and a file if there is anything.

    Raises:
        ExportDirectoryError: It is not.
    """
    path = directory / name
    if leads_out(path, directory):
        raise ExportDirectoryError("a link leads out of the directory", place=path)
    _check_directories(path.parents)
    try:
        check_plain(path)
    except DevenvError as error:
        raise ExportDirectoryError(error.message) from error
    return path


def _check_directories(paths: Iterable[Path]) -> None:
    for path in paths:
        if path.exists() and not path.is_dir():
            raise ExportDirectoryError("is a file, a directory is expected here", place=path)


def _make_directory(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ExportDirectoryError(f"cannot be made: {reason}", place=path) from error


def _read_record(path: Path) -> Mapping[str, str]:
    """Return the digest of each file, none if the record cannot be read: then nothing is overwritten."""
    try:
        recorded = json.loads(read_if_there(path) or b"{}")
    except ValueError:
        return {}
    is_record = isinstance(recorded, dict) and all(isinstance(each, str) for each in recorded.values())
    return recorded if is_record else {}


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
