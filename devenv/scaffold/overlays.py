"""The overlays in `devenv.toml`: added and taken out only where devenv alone has written the file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from devenv.errors import SettingsInvalidError
from devenv.files.atomic import write_atomically
from devenv.files.text import TextError, read_text
from devenv.scaffold.project import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_SECTION = re.compile(r'\n\[compose\]\noverlays = \[\n((?:  "[^"\\\n]+",\n)+)\]\n')
_FILE_MODE = 0o644


def with_overlays(text: str, added: Sequence[str]) -> str | None:
    """Return the settings with `added` overlays; None if a person has a hand in `text`."""
    overlays = _written_by_devenv(text)
    return (
        None
        if overlays is None
        else _settings([*overlays, *(name for name in added if name not in overlays)])
    )


def without_overlays(text: str, removed: Sequence[str]) -> str | None:
    """Return the settings without `removed` overlays; None if a person has a hand in `text`."""
    overlays = _written_by_devenv(text)
    return None if overlays is None else _settings([name for name in overlays if name not in removed])


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


def _written_by_devenv(text: str) -> list[str] | None:
    if text == SETTINGS:
        return []
    section = _SECTION.fullmatch(text.removeprefix(SETTINGS))
    if not text.startswith(SETTINGS) or section is None:
        return None
    return re.findall(r'"(.+)"', section[1])


def _settings(overlays: Sequence[str]) -> str:
    if not overlays:
        return SETTINGS
    lines = "".join(f'  "{name}",\n' for name in overlays)
    return f"{SETTINGS}\n[compose]\noverlays = [\n{lines}]\n"
