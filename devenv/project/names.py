"""Which names a server, Compose, or a reader of logs can live with; one rule for devenv.toml and seeds."""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
from typing import TYPE_CHECKING

from devenv.errors import NameInvalidError
from devenv.files.placeholders import EXPAND_ADVICE, nothing_expands, placeholder_in

if TYPE_CHECKING:
    from pathlib import Path

# What the column of Postgres takes.
LONGEST_NAME = 255
# What clients use that name no other one.
DEFAULT_NAMESPACE = "default"
# Not a user's: the server's own workflows live there.
NAMESPACE_OF_THE_SERVER = "temporal-system"
_UNPRINTABLE = {"Cc", "Cf", "Cs", "Zl", "Zp"}
_LONGEST_STACK_NAME = 63
_LONGEST_STEM = 40
_FALLBACK_STEM = "stack"
_STACK_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")


def check_free_name(name: str, longest: int = LONGEST_NAME) -> str:
    """Return `name` when it can name a schedule, a workflow type or a task queue: spaces and slashes may be.

    Raises:
        ValueError: With a sentence for the person who chose it.
    """
    if not name:
        raise ValueError("a name is missing")
    if len(name) > longest:
        raise ValueError(f"a name has at most {longest} characters, this one has {len(name)}")
    for character in name:
        if unicodedata.category(character) in _UNPRINTABLE:
            raise ValueError(f"the name {name!r} holds {_shown(character)}, which a name cannot")
    if placeholder := placeholder_in(name):
        raise ValueError(
            f'the name "{name}" holds a placeholder, {nothing_expands(placeholder)}: {EXPAND_ADVICE}'
        )
    return name


def check_name(name: str) -> str:
    """Return `name` when it can name a namespace, or what stands in a path.

    Raises:
        ValueError: With a sentence for the person who chose it.
    """
    for character in check_free_name(name):
        if character.isspace() or character == "/":
            raise ValueError(f"the name {name!r} holds {_shown(character)}, which a name cannot")
    return name


def check_namespace_name(name: str) -> str:
    """Return `name` when a namespace of ours can have it.

    Raises:
        ValueError: With a sentence for the person who chose it.
    """
    if name == NAMESPACE_OF_THE_SERVER:
        raise ValueError(f'the namespace "{NAMESPACE_OF_THE_SERVER}" belongs to the server')
    return check_name(name)


def _shown(character: str) -> str:
    if character == "/":
        return "a slash"
    if character == " ":
        return "a space"
    return f"the character U+{ord(character):04X}"


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
    if not _STACK_NAME.fullmatch(name):
        raise NameInvalidError(
            f'A stack cannot be called "{name}"',
            hint="use lower-case letters, digits, `-` and `_`, and begin with a letter or a digit",
        )
    if len(name) > _LONGEST_STACK_NAME:
        raise NameInvalidError(
            f"A stack name of {len(name)} characters is too long",
            hint=f"use at most {_LONGEST_STACK_NAME} characters",
        )
    return name


def _stem(directory_name: str) -> str:
    stem = re.sub(r"[^a-z0-9_-]+", "-", directory_name.lower())
    if not _STACK_NAME.match(stem):
        stem = _FALLBACK_STEM + stem
    return stem[:_LONGEST_STEM].rstrip("-")
