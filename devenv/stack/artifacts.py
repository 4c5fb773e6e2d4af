"""The directory into which the evidence of a `run` goes: a whole one, or what was there before.

Files are written into a hidden directory inside it, and moved when all are there; `index.json` comes last and
names them. By it the next run knows which files to replace; whatever else is in the directory stays.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from threading import Lock
from typing import TYPE_CHECKING

from devenv.errors import InvalidInputError
from devenv.files.atomic import explained, read_if_there

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

INDEX = "index.json"
KIND = "temporal-devenv run"
"""What `kind` says in the index, by which it is known."""
# So that the index can be written where nothing else can any more.
RESERVE_BYTES = 512 * 1024
_RESERVE = ".reserve"
_PARTIAL = ".partial-"
_DAY_S = 24 * 60 * 60
# Evidence is no part of the work tree that it may lie in, nor is what is not complete yet.
_IGNORED = ".gitignore"
_HINT = "name a directory of its own, as `--artifacts devenv-artifacts`"


class ClosedError(Exception):
    """Nothing more is written: the time for it is over."""


@dataclass
class Artifacts:
    """The evidence under way for the directory `home`; `secrets` appear in no file."""

    home: Path
    partial: Path
    made: list[Path]
    """The directories that were made for it, the innermost first."""
    secrets: Collection[str] = ()
    sizes: dict[str, int] = field(default_factory=dict)
    """The files written so far, with their size in bytes."""
    _lock: Lock = field(default_factory=Lock)
    _is_closed: bool = False

    @classmethod
    def begin(cls, home: Path, project: Path, reserved: Collection[Path]) -> Artifacts:
        """Return what writes for `home`, which is made; it can be written to now.

        Raises:
            InvalidInputError: It cannot be the project, nor lie in one of the `reserved` directories.
        """
        place = f"--artifacts {home}"
        if home.exists() and not home.is_dir():
            raise InvalidInputError("is no directory", place=place, hint=_HINT)
        resolved = home.resolve()
        if project.is_relative_to(resolved):
            raise InvalidInputError("is the project, or has it in it", place=place, hint=_HINT)
        if any(resolved.is_relative_to(directory.resolve()) for directory in reserved):
            raise InvalidInputError("is a directory that devenv itself reads", place=place, hint=_HINT)
        if _files_of_index(resolved) is None and os.path.lexists(resolved / INDEX):
            raise InvalidInputError(f"has an {INDEX} that devenv did not write", place=place, hint=_HINT)
        try:
            made = [each for each in (resolved, *resolved.parents) if not each.exists()]
            resolved.mkdir(parents=True, exist_ok=True)
            _sweep(resolved)
            partial = Path(tempfile.mkdtemp(prefix=_PARTIAL, dir=resolved))
            (partial / _RESERVE).write_bytes(bytes(RESERVE_BYTES))
            (partial / _IGNORED).write_text("*\n", encoding="utf-8")
        except OSError as error:
            raise InvalidInputError(
                f"cannot be written to: {error.strerror}", place=place, hint=_HINT
            ) from error
        return cls(resolved, partial, made)

    def write(self, name: str, content: bytes) -> None:
        """Write the file `name`, a path with `/` between its parts.

        Raises:
            ClosedError: The time is over.
            DevenvError: It cannot be written; nothing of it is left.
        """
        with self._lock:
            if self._is_closed:
                raise ClosedError
            self._write(name, self._masked(content))

    def _write(self, name: str, content: bytes) -> None:
        path = self.partial / name
        with explained("write", self.home / name):
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
            except OSError:
                with suppress(OSError):
                    path.unlink(missing_ok=True)
                raise
        self.sizes[name] = len(content)

    def close(self) -> None:
        """Let nobody write any more; a file that is just being written is complete afterwards."""
        with self._lock:
            self._is_closed = True

    def publish(self, last: Mapping[str, bytes]) -> None:
        """Write the `last` files, among them the index, and move all into place of those of an earlier run.

        Raises:
            DevenvError: There is no room for them, or the directory is gone.
        """
        self.close()
        (self.partial / _RESERVE).unlink(missing_ok=True)
        for name, content in last.items():
            self._write(name, self._masked(content))
        earlier = _files_of_index(self.home) or []
        with explained("write", self.home):
            if not (self.home / _IGNORED).exists():
                (self.home / _IGNORED).write_text("*\n", encoding="utf-8")
            (self.home / INDEX).unlink(missing_ok=True)
            for name in earlier:
                if name not in self.sizes:
                    _remove(self.home, name)
            for name in sorted(self.sizes, key=lambda each: each == INDEX):
                (self.home / name).parent.mkdir(parents=True, exist_ok=True)
                (self.partial / name).replace(self.home / name)

    def discard(self) -> None:
        """Leave nothing that is not published; directories that were made for it and are empty go, too."""
        self.close()
        shutil.rmtree(self.partial, ignore_errors=True)
        for directory in self.made:
            with suppress(OSError):
                directory.rmdir()

    def _masked(self, content: bytes) -> bytes:
        for secret in self.secrets:
            content = content.replace(secret.encode(), b"***")
        return content


def _sweep(home: Path) -> None:
    """Remove what runs left that were killed: none takes a day to write its evidence."""
    for partial in home.glob(f"{_PARTIAL}*"):
        if time.time() - partial.stat().st_mtime > _DAY_S:
            shutil.rmtree(partial, ignore_errors=True)


def _files_of_index(home: Path) -> list[str] | None:
    """Return the files that the index of an earlier run names, None where there is no such index."""
    content = read_if_there(home / INDEX)
    try:
        index = json.loads(content or b"")
        if index["kind"] != KIND:
            return None
        names = [str(each["path"]) for each in index["files"]]
    except (ValueError, TypeError, KeyError):
        return None
    return [name for name in names if _is_below(home, name)]


def _is_below(home: Path, name: str) -> bool:
    """Whether `name` stays in `home`: the index may be anybody's."""
    is_plain = ".." not in PurePosixPath(name).parts and not PurePosixPath(name).is_absolute()
    return is_plain and (home / name).parent.resolve().is_relative_to(home)


def _remove(home: Path, name: str) -> None:
    path = home / name
    path.unlink(missing_ok=True)
    for directory in path.parents:
        if directory == home:
            return
        with suppress(OSError):  # there is something else in it
            directory.rmdir()
