"""Who shares a stack: its members are worktrees, kept beside the stack's record, and what each has there.

A member uses the stack from its `up` to its `down`. What belongs to the whole stack cannot differ among those
who use it, so it is recorded with its place and compared.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import AwareDatetime, ValidationError

from devenv.dynamicconfig.model import in_words, jsonable, namespace_of
from devenv.events import warn
from devenv.files.atomic import read_if_there
from devenv.files.strict import LAX, StrictModel
from devenv.files.toml_layers import shown_path
from devenv.project.names import DEFAULT_NAMESPACE
from devenv.project.worktree import OF_ALL
from devenv.seeds.kinds.namespace import NamespaceSpec
from devenv.stack.desired import permissions_of_users

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from devenv.project.settings import Settings
    from devenv.project.worktree import Names
    from devenv.stack.dependencies import Dependencies
    from devenv.stack.desired import Desired

FILE = "members.json"
SCHEMA_VERSION: Final = 1
# Settings of the stack; the others are each worktree's own. The engine is compared with what runs.
OF_THE_STACK = (
    "isolate",
    "durability",
    "visibility",
    "versions",
    "ports",
    "http_api",
    "ui",
    "compose",
    "addons",
)
NOT_WRITTEN = "not written"


class SharedValue(StrictModel):
    """A value that holds for the whole stack, as JSON, and where it is written."""

    value: str
    place: str


class Member(StrictModel):
    """A worktree that shares a stack; it uses it while it `is_up`."""

    worktree: str
    """Absolute path of the project in it."""
    suffix: str
    namespaces: Annotated[tuple[str, ...], LAX] = ()
    """Those that it has ever declared and nobody deleted, by their names on the server, without `default`."""
    used_at: AwareDatetime
    is_up: bool = True
    shared: Mapping[str, SharedValue] = {}
    users: Mapping[str, Annotated[tuple[str, ...], LAX]] = {}
    """What it declares that people may do, as `NAMESPACE:ROLE` by name."""

    @property
    def is_gone(self) -> bool:
        """Whether the worktree was deleted."""
        return not Path(self.worktree).is_dir()


class MembersFile(StrictModel):
    """What the file holds."""

    schema_version: Literal[1] = SCHEMA_VERSION
    members: Annotated[tuple[Member, ...], LAX] = ()


def others_of(suffix: str, members: Iterable[Member]) -> list[Member]:
    """Return the members that are not the worktree with `suffix`, which no other one has."""
    return [member for member in members if member.suffix != suffix]


def seen_by(suffix: str, names: Names, members: Iterable[Member]) -> Names:
    """Return the `names` of a worktree with what the members of its stack tell of other ones."""
    others = others_of(suffix, members)
    gone = {member.suffix for member in others if member.is_gone} - {""}
    there = [member for member in others if not member.is_gone]
    return replace(
        names,
        is_shared=names.is_shared or bool(others),
        others=(names.others | {member.suffix for member in there}) - gone - {"", suffix},
        gone=frozenset(gone),
        taken=frozenset(name for member in there for name in member.namespaces),
    )


def load_members(stack: str, deps: Dependencies) -> list[Member]:
    """Return the members of a stack; a file that cannot be read is told of, and counts as none."""
    path = deps.store.directory(stack) / FILE
    content = read_if_there(path)
    try:
        return [] if content is None else list(MembersFile.model_validate_json(content).members)
    except ValidationError:
        warn(
            deps.reporter,
            f"{path} is damaged: who shares the stack is not known until each of them runs `devenv up`",
        )
        return []


def save_members(stack: str, members: list[Member], deps: Dependencies) -> None:
    """Replace the members of a stack, holding its lock."""
    file = MembersFile(members=tuple(sorted(members, key=lambda member: member.worktree)))
    deps.store.write_secret(stack, FILE, file.model_dump_json(indent=2))


def member_of(worktree: Path, desired: Desired) -> Member:
    """Return what is recorded of a worktree that declares `desired` and uses the stack now."""
    names = desired.names
    declared = (spec.name for spec in desired.seeds.of(NamespaceSpec))
    return Member(
        worktree=str(worktree),
        suffix=names.suffix,
        namespaces=tuple(name for name in declared if name not in OF_ALL),
        used_at=datetime.now(UTC),
        shared=dict(_shared(desired)),
        users=permissions_of_users(desired.seeds),
    )


def differences(mine: Member, other: Member) -> list[str]:
    """Return a sentence, with both places, for each value of the whole stack that the two want otherwise."""
    missing = SharedValue(value=NOT_WRITTEN, place="")
    sentences = []
    for name in sorted({*mine.shared, *other.shared}):
        here, there = mine.shared.get(name, missing), other.shared.get(name, missing)
        if here.value != there.value:
            theirs = f"{there.value} in {other.worktree}" + (f" ({there.place})" if there.place else "")
            place = _shown(here.place or mine.worktree)
            sentences.append(f"{place}: {name} is {here.value} here, and {theirs}")
    return sentences


def _shared(desired: Desired) -> Iterator[tuple[str, SharedValue]]:
    """Yield what holds for the whole stack: settings, dynamic config, and the namespace that all have."""
    yield from _shared_settings(desired.settings)
    for entry in desired.dynamic_config.entries:
        namespace = namespace_of(entry)
        if namespace is None or not desired.names.is_own(namespace):
            name = in_words(entry).rpartition(" (")[0].rstrip()
            value = json.dumps(jsonable(entry.value), sort_keys=True)
            yield f"dynamic config {name}", SharedValue(value=value, place=_absolute(entry.place))
    for spec in desired.seeds.of(NamespaceSpec):
        if spec.name == DEFAULT_NAMESPACE:
            place = desired.seeds.place_of(spec.name) or ""
            yield "the namespace default", SharedValue(value=spec.model_dump_json(), place=_absolute(place))


def _shared_settings(settings: Settings) -> Iterator[tuple[str, SharedValue]]:
    # Ports that nobody asked for can be any.
    ports = settings.ports.model_dump(exclude_unset=True)
    document = settings.model_dump(mode="json") | {"ports": ports}
    for section in OF_THE_STACK:
        value = document[section]
        is_table = isinstance(value, dict)
        parts = {(section, name): each for name, each in value.items()} if is_table else {(section,): value}
        for path, each in parts.items():
            place = settings.place_of(*path)
            yield (
                f"`{'.'.join(path)}`",
                SharedValue(value=json.dumps(each, sort_keys=True), place=_absolute(place or "")),
            )


def _absolute(place: str) -> str:
    """Return `place` as it can be told in another worktree."""
    path, colon, line = place.partition(":")
    return place if not path or path.startswith("option ") else f"{Path(path).absolute()}{colon}{line}"


def _shown(place: str) -> str:
    path, colon, line = place.partition(":")
    return place if path.startswith("option ") else f"{shown_path(Path(path))}{colon}{line}"
