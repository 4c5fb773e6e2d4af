"""`run`: a stack for the time of one command, left as it was found."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import AliasChoices, Field, ValidationError

from devenv.engines.host.programs import undisturbed
from devenv.errors import CommandFailedError, DevenvError, PrerequisiteError
from devenv.files.atomic import explained, read_if_there
from devenv.files.strict import StrictModel
from devenv.project.state import StackRecord
from devenv.registry import ENGINES
from devenv.stack.sharing import depart, is_user
from devenv.stack.steps.addons import remove_stack
from devenv.stack.steps.context import Inventory
from devenv.stack.up import STATE_BEFORE, bring_up_locked

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from devenv.engines.protocol import Engine
    from devenv.stack.desired import Desired
    from devenv.stack.report import StackReport
    from devenv.stack.stack import Stack
    from devenv.stack.up import UpRequest


class StateBefore(StrictModel):
    """What `run` found before it brought the stack up, on each engine: not every `run` asks for the same."""

    record: StackRecord | None
    # "footprints" was the name in a devenv of 2026-11 and before.
    engines: Mapping[str, Inventory] = Field(validation_alias=AliasChoices("engines", "footprints"))
    is_user: bool = True
    """Whether the worktree was noted as one that uses a stack that is shared."""


@dataclass(frozen=True)
class RunSession:
    """A stack that is ready for one command.

    One that `stays_up` was up before, or is kept; one that `is_fresh` was made for this session alone, so
    that whatever is on it came with the command.
    """

    report: StackReport
    stays_up: bool
    is_fresh: bool


@contextmanager
def run_session(
    stack: Stack, desired: Desired, request: UpRequest, *, keep: bool = False
) -> Iterator[RunSession]:
    """Have the stack ready, then restore what was: running, stopped, only data, or nothing at all.

    Of several sessions at the same time, the last restores what the first found; none does after an `up` or a
    `down` in between, or one that is to `keep` the stack up. Ctrl-C and SIGTERM interrupt neither the block
    nor the restoring.
    """
    desired.read_all()
    with ExitStack() as until_restored:
        with stack.lock():
            users = UserCount(stack.deps.store.users_file(stack.name))
            has_others = users.has_others
            # Ignore the file of killed processes: what they left stays until somebody removes it.
            before = (_to_restore(stack) if has_others else None) or StateBefore(
                record=stack.record, engines=_inventories(stack), is_user=is_user(stack)
            )
            try:
                report = bring_up_locked(stack, desired, request)
                if keep:
                    stack.deps.store.remove_secret(stack.name, STATE_BEFORE)
                else:
                    # For other processes that use the stack: the last one restores it.
                    stack.deps.store.write_secret(stack.name, STATE_BEFORE, before.model_dump_json())
                received = until_restored.enter_context(undisturbed())
            except DevenvError:
                users.leave()
                raise
            except BaseException:
                _cancel(stack, before, users)
                raise
        try:
            was = before.engines.get(str(report.engine), Inventory())
            yield RunSession(report, keep or was.had_services, not (was.had_data or has_others))
        finally:
            with stack.lock():
                _end(stack, users, received)


def goes_with_data(stack: Stack) -> bool:
    """Whether the last session will remove the stack with its data, unless an `up` comes in between."""
    before, record = _load_before(stack), stack.record
    if before is None or record is None:
        return False
    found = before.engines.get(record.engine, Inventory())
    return not found.had_services and not found.had_data


def keep_up(stack: Stack) -> None:
    """Have no session restore anything: the stack stays as it is, as after an `up`."""
    with stack.lock():
        stack.deps.store.remove_secret(stack.name, STATE_BEFORE)


class UserCount:
    """Counts this process among those that use a stack, until `leave`; the kernel forgets killed ones.

    The caller has the lock of the stack: `has_others` lets go of the shared lock for a moment.
    """

    def __init__(self, path: Path) -> None:
        with explained("lock", path):
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
            fcntl.flock(self._descriptor, fcntl.LOCK_SH)

    @property
    def has_others(self) -> bool:
        """Whether another process uses the stack, too."""
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            fcntl.flock(self._descriptor, fcntl.LOCK_SH)
        return False

    def leave(self) -> None:
        """Count this process no more."""
        os.close(self._descriptor)


def _cancel(stack: Stack, before: StateBefore, users: UserCount) -> None:
    with undisturbed() as received:
        if not users.has_others:
            _restore(stack, before, received)
        users.leave()


def _end(stack: Stack, users: UserCount, received: list[int]) -> None:
    before = None if users.has_others else _to_restore(stack)
    if before is not None:
        _restore(stack, before, received)
    users.leave()


def _to_restore(stack: Stack) -> StateBefore | None:
    """Return what is to be restored, None after a `down`: it decided what stays."""
    before, record = _load_before(stack), stack.record
    if before is None or record is None:
        return None
    now = _inventories(stack, needed=record.engine)
    return before if any(inventory.had_services for inventory in now.values()) else None


def _load_before(stack: Stack) -> StateBefore | None:
    """Return what is to be restored, None if there is no file or it is damaged."""
    content = read_if_there(stack.deps.store.directory(stack.name) / STATE_BEFORE)
    try:
        return None if content is None else StateBefore.model_validate_json(content)
    except ValidationError:
        return None


def _inventories(stack: Stack, needed: str | None = None) -> dict[str, Inventory]:
    """Return what exists on each engine; one that is away has nothing, unless it is `needed`."""

    def inventory(name: str) -> Inventory:
        try:
            return Inventory.of(stack.deps.engine(name), stack.identity)
        except PrerequisiteError:
            if name == needed:
                raise
            return Inventory()

    return {name: inventory(name) for name in ENGINES}


def _restore(stack: Stack, before: StateBefore, received: list[int]) -> None:
    while True:
        received.clear()
        try:
            if not before.is_user:
                depart(stack)
            _undo(stack, before)
        except CommandFailedError:
            if not received:
                raise
            # The terminal sends Ctrl-C to the program of the engine as well: it ended.
        else:
            return


def _undo(stack: Stack, before: StateBefore) -> None:
    store, record = stack.deps.store, stack.record
    if record is None:  # it did not get so far that it created anything
        return
    for name, now in _inventories(stack, needed=record.engine).items():
        _undo_on(stack, stack.deps.engine(name), before.engines.get(name, Inventory()), now)
    on_this_engine = before.engines.get(record.engine, Inventory())
    store.remove_secret(stack.name, STATE_BEFORE)
    if on_this_engine.had_services:
        return
    if before.record is not None:
        store.save(before.record)
    elif not on_this_engine.had_data:
        store.forget(stack.name)


def _undo_on(stack: Stack, engine: Engine, before: Inventory, now: Inventory) -> None:
    if not before.had_services:
        if now != before:
            remove_stack(stack.identity, engine, stack.deps, volumes=not before.had_data)
        return
    started = sorted(now.running - before.running)
    if started:
        engine.stop(stack.identity, started)
