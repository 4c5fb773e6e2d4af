"""The name of a stack, which is its Compose project name too."""

from __future__ import annotations

import hashlib
import os
import re
from typing import TYPE_CHECKING

from devenv.errors import NameInvalidError

if TYPE_CHECKING:
    from pathlib import Path

_LONGEST_NAME = 63
_LONGEST_STEM = 40
_FALLBACK_STEM = "stack"
_VALID_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")


def default_stack_name(root: Path) -> str:
    """Return the name of the stack of the project at `root`.

    It carries six hex digits of the path, so that two checkouts of one project never meet.
    """
    resolved = root.resolve()
    return f"{_stem(resolved.name)}-{hashlib.sha256(os.fsencode(resolved)).hexdigest()[:6]}"


def check_stack_name(name: str) -> str:
    """Return `name` if a stack can be called that.

    Raises:
        NameInvalidError: Saying which rule it breaks.
    """
    if not _VALID_NAME.fullmatch(name):
        raise NameInvalidError(
            f'A stack cannot be called "{name}"',
            hint="use lower-case letters, digits, `-` and `_`, and begin with a letter or a digit",
        )
    if len(name) > _LONGEST_NAME:
        raise NameInvalidError(
            f"A stack name of {len(name)} characters is too long",
            hint=f"use at most {_LONGEST_NAME} characters",
        )
    return name


def _stem(directory_name: str) -> str:
    stem = re.sub(r"[^a-z0-9_-]+", "-", directory_name.lower())
    if not _VALID_NAME.match(stem):
        stem = _FALLBACK_STEM + stem
    return stem[:_LONGEST_STEM].rstrip("-")
