"""The overlays in `devenv.toml`: added and taken out only where devenv alone has written the file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from devenv.errors import SettingsInvalidError
from devenv.files.atomic import write_atomically
from devenv.files.text import TextError, read_text
from devenv.scaffold.project import settings_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_SECTION = re.compile(r'\n\[compose\]\noverlays = \[\n((?:  "[^"\\\n]+",\n)+)\]\n')
_NAMESPACE = re.compile(r'^namespace = "([^"\\\n]+)"', re.MULTILINE)
_FILE_MODE = 0o644


def with_overlays(text: str, added: Sequence[str]) -> str | None:
    """Return the settings with `added` overlays; None if a person has a hand in `text`."""
    written = _written_by_devenv(text)
    if written is None:
        return None
    base, overlays = written
    return _settings(base, [*overlays, *(name for name in added if name not in overlays)])


def without_overlays(text: str, removed: Sequence[str]) -> str | None:
    """Return the settings without `removed` overlays; None if a person has a hand in `text`."""
    written = _written_by_devenv(text)
    if written is None:
        return None
    base, overlays = written
    return _settings(base, [name for name in overlays if name not in removed])


def read_settings(path: Path | None) -> str:
    """Return the text of a settings file; nothing if there is none."""
    if path is None:
        return ""
    try:
        return read_text(path)
    except TextError as error:
        raise SettingsInvalidError(error.reason, place=path) from None


def write_settings(path: Path, text: str) -> None:
    """Replace a settings file."""
    write_atomically(path, text.encode(), _FILE_MODE)


def _written_by_devenv(text: str) -> tuple[str, list[str]] | None:
    """Return what `init` wrote into `text` and the overlays behind it, if it holds nothing else."""
    namespace = _NAMESPACE.search(text)
    base = settings_text(namespace[1] if namespace else None)
    section = text.removeprefix(base)
    if text.startswith(base) and not section:
        return base, []
    if not text.startswith(base) or not _SECTION.fullmatch(section):
        return None
    return base, re.findall(r'"(.+)"', section)


def _settings(base: str, overlays: Sequence[str]) -> str:
    if not overlays:
        return base
    lines = "".join(f'  "{name}",\n' for name in overlays)
    return f"{base}\n[compose]\noverlays = [\n{lines}]\n"
