"""`remove-service`: removes the files that `new-service` wrote, and finds those changed since."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

from devenv.errors import InvalidInputError, NameInvalidError
from devenv.files.atomic import explained
from devenv.files.text import TextError, read_bytes
from devenv.scaffold.names import Language
from devenv.scaffold.project import read_settings, without_overlays, write_settings
from devenv.scaffold.service import OVERLAY, RECORD_FILE, ServiceRecord, digest, load_record

if TYPE_CHECKING:
    from collections.abc import Iterator

# Files that tools generate; they are removed without asking.
DISPOSABLE: Final = frozenset(
    (
        *(".mypy_cache", ".pytest_cache", ".ruff_cache", ".venv", "__pycache__", "bin"),
        *("store.jsonl", "store.sqlite3", "uv.lock"),
    )
)


@dataclass(frozen=True)
class Removal:
    """What would be removed; paths are relative to the root of the project."""

    name: str
    root: Path
    folder: PurePosixPath
    project_files: tuple[PurePosixPath, ...]
    changed: tuple[str, ...]
    """Files that somebody changed or added since."""
    overlays: tuple[str, ...]


def plan_removal(name: str, parent: Path, root: Path) -> Removal:
    """Return the plan to remove the service `name` below `parent`; nothing is removed.

    Raises:
        NameInvalidError: There is no such service.
        InvalidInputError: Its record cannot be read.
    """
    folder = parent.resolve() / name
    path = folder / RECORD_FILE
    if not name or Path(name).name != name or not path.is_file() or not folder.is_relative_to(root):
        raise NameInvalidError(
            f'There is no service "{name}" in {parent}',
            hint="name the directory that it lies in with `--into`; only what `new-service` wrote is removed",
        )
    record = load_record(path)
    relative = PurePosixPath(folder.relative_to(root))
    _check_inside(record, root, path)
    return Removal(
        record.name,
        root,
        relative,
        tuple(_project_files(record, root, relative)),
        tuple(sorted({*_changed(record, root), *_added(record, root, folder)})),
        tuple(str(relative / half.value / OVERLAY) for half in Language(record.language).halves),
    )


def remove(removal: Removal) -> None:
    """Remove the service, with everything in its folder.

    Raises:
        DevenvError: Something cannot be removed.
    """
    for relative in removal.project_files:
        path = removal.root / relative
        with explained("remove", path):
            path.unlink()
            _remove_if_empty(path.parent, removal.root)
    folder = removal.root / removal.folder
    with explained("remove", folder):
        shutil.rmtree(folder)


def forget_overlays(removal: Removal, settings_file: Path | None) -> bool:
    """Remove the overlays of a service from devenv.toml; return whether the user still has to."""
    if settings_file is None:
        return False
    text = read_settings(settings_file)
    if not any(name in text for name in removal.overlays):
        return False
    remaining = without_overlays(text, removal.overlays)
    if remaining is None:
        return True
    write_settings(settings_file, remaining)
    return False


def _remove_if_empty(directory: Path, root: Path) -> None:
    while directory != root and not any(directory.iterdir()):
        directory.rmdir()
        directory = directory.parent


def _check_inside(record: ServiceRecord, root: Path, place: Path) -> None:
    for name in record.files:
        if not (root / name).resolve().is_relative_to(root):
            raise InvalidInputError(f"{name} lies outside the project", place=place)


def _project_files(record: ServiceRecord, root: Path, folder: PurePosixPath) -> Iterator[PurePosixPath]:
    for name in record.files:
        path = PurePosixPath(name)
        if not path.is_relative_to(folder) and (root / path).is_file():
            yield path


def _changed(record: ServiceRecord, root: Path) -> Iterator[str]:
    for name, recorded in record.files.items():
        path = root / name
        if path.is_file() and _digest_of(path) != recorded:
            yield name


def _digest_of(path: Path) -> str | None:
    """Return the digest of a file; None if it is larger than any file that devenv writes."""
    try:
        return digest(read_bytes(path))
    except TextError:
        return None


def _added(record: ServiceRecord, root: Path, folder: Path) -> Iterator[str]:
    for path in folder.rglob("*"):
        relative = path.relative_to(folder)
        if DISPOSABLE.intersection(relative.parts) or path == folder / RECORD_FILE or path.is_dir():
            continue
        name = path.relative_to(root).as_posix()
        if name not in record.files:
            yield name
