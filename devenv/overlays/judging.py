"""The judgement of overlays: all that they can do beyond the harmless, each with its place."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from devenv.overlays.powers import Power, fingerprint, shown
from devenv.overlays.sections import section_powers
from devenv.overlays.services import service_powers

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from devenv.files.yaml_documents import KeyPath
    from devenv.overlays.reading import OverlayFile
    from devenv.overlays.scene import Scene

# Stands for the database password while overlays are judged; no stack has it.
PASSWORD = "the-password-of-this-stack"  # noqa: S105  it is none


@dataclass(frozen=True)
class Judgement:
    """The powers of some overlays, in the order of their places, and the hash by which they are trusted."""

    powers: tuple[Power, ...]
    hash: str

    @property
    def refused(self) -> tuple[Power, ...]:
        """What cannot be had with trust either."""
        return tuple(power for power in self.powers if power.is_refused)


def judge(
    scene: Scene, files: Sequence[OverlayFile], passed: Sequence[str], addons: Mapping[str, str]
) -> Judgement:
    """Return what the overlays `files` can do; `passed` are the variables of the shell that they get.

    `addons` are the project's own, each with a digest of all else in its folder, which belongs to the hash.
    """
    found = [
        *service_powers(scene),
        *section_powers(scene),
        *_reading(files, passed),
        *_password(scene.plain, scene.merged, ()),
    ]
    placed = [replace(power, place=_place(files, power.key_path)) for power in found]
    powers = tuple(sorted(dict.fromkeys(placed), key=_order))
    return Judgement(powers, fingerprint(files, powers, addons))


def _order(power: Power) -> tuple[bool, list[tuple[int, str]]]:
    """Return what powers are sorted by: what is refused first, then by file, line and column."""
    parts = (power.place or "").split(":")
    return not power.is_refused, [(int(part) if part.isdecimal() else 0, part) for part in parts]


def _reading(files: Sequence[OverlayFile], passed: Sequence[str]) -> Iterator[Power]:
    for file in files:
        for at, name in file.env_file_users.items():
            yield Power(at, f"the service {at[1]} gets all that {shown(name)} holds in its environment")
        for name, at in file.variables.items():
            if name in passed:
                yield Power(at, f"the variable {name} of your shell is filled in")


def _password(before: Any, after: Any, at: KeyPath) -> Iterator[Power]:
    """Yield a power for each place that the overlays bring the database password to."""
    if before == after:
        return
    if isinstance(after, dict):
        for key, value in after.items():
            below = before.get(key) if isinstance(before, dict) else None
            yield from _password(below, value, (*at, key))
    elif isinstance(after, list):
        for index, value in enumerate(after):
            yield from _password(None, value, (*at, index))
    elif isinstance(after, str) and PASSWORD in after:
        yield Power(at, f"{'.'.join(map(str, at[1:]))} holds the password of the stack's database")


def _place(files: Sequence[OverlayFile], key_path: KeyPath) -> str | None:
    """Return where a key was written, or what it is in; where several files have it, in the last of them."""
    for length in range(len(key_path), 0, -1):
        for file in reversed(files):
            if key_path[:length] in file.document.positions:
                return file.document.place(key_path[:length])
    return None
