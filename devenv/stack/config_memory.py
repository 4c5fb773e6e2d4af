"""The dynamic config file of a stack: what is in it, and what its server is known to use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import AwareDatetime, ValidationError

from devenv.dynamicconfig.load import load_dynamic_config
from devenv.dynamicconfig.model import DynamicConfig
from devenv.errors import DynamicConfigInvalidError
from devenv.files.atomic import explained, make_directory, write_atomically
from devenv.files.strict import StrictModel
from devenv.stack.files import DYNAMIC_CONFIG_FILE

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from devenv.project.state import StackStore

# Each the only file of its directory, which makes that a layer of dynamic config.
IN_EFFECT_FILE = "dynamicconfig/in-effect.yaml"
AT_START_FILE = "dynamicconfig-at-start/at-start.yaml"
START_FILE = "dynamicconfig-start.json"
PENDING_FILE = "dynamicconfig-pending.json"


class Pending(StrictModel):
    """A file that was written when the server's log ended at `mark`, and whose fate nobody has seen yet.

    `is_next` is true if the next answer of the server can only be about this file.
    """

    text: str
    mark: str
    is_next: bool


class Start(StrictModel):
    """A start of the server, for which the file was copied that it read."""

    at: AwareDatetime | None


class ConfigMemory:
    """Remembers beside the file itself what the server uses, so that an interrupted hand-over is noticed.

    A file is noted as pending before it is written, and as in effect after the server has said so.
    """

    def __init__(self, stack: str, store: StackStore) -> None:
        self._stack = stack
        self._store = store

    @property
    def path(self) -> Path:
        """The file that the server reads."""
        return self._store.mounts(self._stack) / DYNAMIC_CONFIG_FILE

    @property
    def written(self) -> str | None:
        """What is in the file that the server reads."""
        return _read(self.path)

    @property
    def in_effect(self) -> str | None:
        """What the server was last seen to use."""
        return _read(self._in_effect_path)

    @property
    def pending(self) -> Pending | None:
        """What was written last, if its fate is unknown; a note that is damaged tells of nothing."""
        note = _read(self._pending_path)
        try:
            return None if note is None else Pending.model_validate_json(note)
        except ValidationError:
            return None

    @property
    def is_certain(self) -> bool:
        """Whether the server uses what is in the file, or will if it does not run."""
        in_effect = self.in_effect
        return in_effect is not None and not self._pending_path.exists() and in_effect == self.written

    def entries_in_effect(self) -> DynamicConfig:
        """Return what the server was last seen to use, else what its file holds; nothing if it is damaged."""
        known = self._in_effect_path if self._in_effect_path.exists() else self.path
        return _load(known.parent)

    def entries_at_start(self) -> DynamicConfig:
        """Return what the server read when it started; nothing if that is damaged."""
        return _load(self._at_start_path.parent)

    def note_start(self, at: datetime | None) -> None:
        """Remember the file as what a server that started then has read, unless that start is known.

        To be called before each writing: what is in the file now is what was in it at the start.
        """
        note = _read(self._start_path)
        start = Start(at=at).model_dump_json()
        if note == start and self._at_start_path.exists():
            return
        self._keep(self._at_start_path, self.written or "")
        self._store.write_secret(self._stack, START_FILE, start)

    def write(self, pending: Pending) -> None:
        """Write a file newer than the one before for the server; its fate is open from now on."""
        self._store.write_secret(self._stack, PENDING_FILE, pending.model_dump_json())
        self._store.renew_mount(self._stack, DYNAMIC_CONFIG_FILE, pending.text)

    def note_in_effect(self, text: str) -> None:
        """Remember that the server uses `text`."""
        self._keep(self._in_effect_path, text)
        self.forget_pending()

    def forget_pending(self) -> None:
        """Remember that what was pending is not in effect, and will not be."""
        with explained("remove", self._pending_path):
            self._pending_path.unlink(missing_ok=True)

    def _keep(self, path: Path, text: str) -> None:
        self._store.create(self._stack)
        make_directory(path.parent, 0o700)
        write_atomically(path, text.encode(), 0o600)

    @property
    def _at_start_path(self) -> Path:
        return self._store.directory(self._stack) / AT_START_FILE

    @property
    def _start_path(self) -> Path:
        return self._store.directory(self._stack) / START_FILE

    @property
    def _in_effect_path(self) -> Path:
        return self._store.directory(self._stack) / IN_EFFECT_FILE

    @property
    def _pending_path(self) -> Path:
        return self._store.directory(self._stack) / PENDING_FILE


def _load(directory: Path) -> DynamicConfig:
    try:
        return load_dynamic_config([directory])
    except DynamicConfigInvalidError:
        return DynamicConfig()


def _read(path: Path) -> str | None:
    with explained("read", path):
        return path.read_text(encoding="utf-8") if path.is_file() else None
