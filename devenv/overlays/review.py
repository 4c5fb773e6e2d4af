"""Reviews overlays: finds every permission that they need, each with its place."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from devenv.overlays.model import Permission, printable
from devenv.overlays.sections import section_permissions
from devenv.overlays.services import service_permissions

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from devenv.files.yaml_documents import KeyPath
    from devenv.overlays.model import ComposeModels
    from devenv.overlays.reading import OverlayFile


# Stands for a secret during a review, with the variable that has it: only the env file holds secrets.
PLACEHOLDER = re.compile(r"the-secret-([A-Z][A-Z0-9_]*)-of-this-stack")
DATABASE_PASSWORD = "POSTGRES_PASSWORD"  # noqa: S105  the name of a variable


def placeholder(variable: str) -> str:
    """Return what stands for the secret that `variable` has."""
    return f"the-secret-{variable}-of-this-stack"


@dataclass(frozen=True)
class Review:
    """The permissions that overlays need, by place, and the hash by which a user trusts the overlays."""

    permissions: tuple[Permission, ...]
    hash: str

    @property
    def refused(self) -> tuple[Permission, ...]:
        """Those that trust does not give either."""
        return tuple(permission for permission in self.permissions if permission.is_refused)


@dataclass(frozen=True)
class Resolution:
    """How Compose resolved the stack file without and with overlays; `key` is a hash of its input."""

    key: str
    models: ComposeModels

    def to_json(self) -> str:
        """Return it as JSON, without the project."""
        return json.dumps({"key": self.key, "plain": self.models.base, "merged": self.models.merged})


@dataclass(frozen=True)
class ReviewedOverlays:
    """Overlays as they were reviewed; they are launched like this and not read again."""

    resolution: Resolution
    review: Review


def review(
    models: ComposeModels, files: Sequence[OverlayFile], passed: Sequence[str], addons: Mapping[str, str]
) -> Review:
    """Return the review of the overlays `files`, which get the variables `passed` of the shell.

    `addons` are the project's own, each with a digest of the other files in its folder.
    """
    found = [
        *service_permissions(models),
        *section_permissions(models),
        *_env_permissions(files, passed),
        *_secret_permissions(models.base, models.merged, ()),
    ]
    placed = [replace(permission, place=_place(files, permission.key_path)) for permission in found]
    permissions = tuple(sorted(dict.fromkeys(placed), key=_order))
    return Review(permissions, _fingerprint(files, permissions, addons))


def _fingerprint(
    files: Iterable[OverlayFile], permissions: Iterable[Permission], addons: Mapping[str, str]
) -> str:
    """Return the hash of the overlays, their env files, their permissions, and the files of `addons`.

    It does not depend on the machine: equal files with equal permissions have equal hashes.
    """
    files = tuple(files)
    content = {
        "overlays": [[each.name, _digest(each.source_text)] for each in files],
        "env_files": sorted([name, _digest(text)] for each in files for name, text in each.env_files.items()),
        "powers": sorted(permission.text for permission in permissions),
        # Only if there are any, so that overlays that are trusted stay trusted.
        **({"addons": dict(addons)} if addons else {}),
    }
    return _digest(json.dumps(content, sort_keys=True))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _order(permission: Permission) -> tuple[bool, list[tuple[int, str]]]:
    """Return the sort key of a permission: refused ones first, then by file, line and column."""
    parts = (permission.place or "").split(":")
    return not permission.is_refused, [(int(part) if part.isdecimal() else 0, part) for part in parts]


def _env_permissions(files: Sequence[OverlayFile], passed: Sequence[str]) -> Iterator[Permission]:
    for file in files:
        for at, name in file.env_file_users.items():
            yield Permission(
                at, f"the service {at[1]} gets all that {printable(name)} holds in its environment"
            )
        for name, at in file.variables.items():
            if name in passed:
                yield Permission(at, f"the variable {name} of your shell is filled in")


def _secret_permissions(before: Any, after: Any, at: KeyPath) -> Iterator[Permission]:
    """Yield a permission for each place into which the overlays fill a secret."""
    if before == after:
        return
    if isinstance(after, dict):
        for key, value in after.items():
            below = before.get(key) if isinstance(before, dict) else None
            yield from _secret_permissions(below, value, (*at, key))
    elif isinstance(after, list):
        for index, value in enumerate(after):
            yield from _secret_permissions(None, value, (*at, index))
    elif isinstance(after, str):
        for variable in PLACEHOLDER.findall(after):
            is_password = variable == DATABASE_PASSWORD
            what = "the password of the stack's database" if is_password else f"the secret {variable}"
            yield Permission(at, f"{'.'.join(map(str, at[1:]))} holds {what}")


def _place(files: Sequence[OverlayFile], key_path: KeyPath) -> str | None:
    """Return the place of a key, or of the nearest key around it, in the last file that has it."""
    for length in range(len(key_path), 0, -1):
        for file in reversed(files):
            if key_path[:length] in file.document.positions:
                return file.document.place(key_path[:length])
    return None
