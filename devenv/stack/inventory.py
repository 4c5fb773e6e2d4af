"""What exists of a stack before something is done to it, and the file that `run` keeps of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import AliasChoices, Field, ValidationError

from devenv.files.atomic import explained
from devenv.files.strict import StrictModel
from devenv.project.state import StackRecord

if TYPE_CHECKING:
    from pathlib import Path

    from devenv.engines.protocol import Engine, StackIdentity
    from devenv.project.state import StackStore

FILE = "borrowed.json"


@dataclass(frozen=True)
class Inventory:
    """What exists of a stack on one engine; `running` are the services that run."""

    had_services: bool = False
    running: frozenset[str] = frozenset()
    had_data: bool = False

    @classmethod
    def of(cls, engine: Engine, stack: StackIdentity) -> Inventory:
        """Return what exists now."""
        services = engine.services(stack)
        return cls(
            had_services=bool(services),
            running=frozenset(service.name for service in services if service.is_running),
            had_data=engine.has_data(stack),
        )


class StateBefore(StrictModel):
    """What `run` found before it brought the stack up, on each engine: not every `run` asks for the same."""

    record: StackRecord | None
    # "footprints" was the name in a devenv of 2026-11 and before.
    engines: Mapping[str, Inventory] = Field(validation_alias=AliasChoices("engines", "footprints"))


def load_state_before(stack: str, store: StackStore) -> StateBefore | None:
    """Return what is to be restored, None if there is no file or it is damaged."""
    path = _path(stack, store)
    with explained("read", path):
        if not path.is_file():
            return None
        content = path.read_bytes()
    try:
        return StateBefore.model_validate_json(content)
    except ValidationError:
        return None


def save_state_before(stack: str, before: StateBefore, store: StackStore) -> None:
    """Keep `before` for other processes that use the stack: the last one restores it."""
    store.write_secret(stack, FILE, before.model_dump_json())


def forget_state_before(stack: str, store: StackStore) -> None:
    """Have nothing restored any more."""
    path = _path(stack, store)
    with explained("remove", path):
        path.unlink(missing_ok=True)


def _path(stack: str, store: StackStore) -> Path:
    return store.directory(stack) / FILE
