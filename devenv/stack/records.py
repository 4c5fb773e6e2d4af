"""Stacks as they are remembered."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from devenv.engines.protocol import Ports, StackIdentity
from devenv.errors import StackNameTakenError

if TYPE_CHECKING:
    from devenv.project.state import StackRecord, StackStore


def identity_of(record: StackRecord) -> StackIdentity:
    """Return which stack `record` is about."""
    return StackIdentity(record.name, Path(record.project), record.owner)


def ports_of(record: StackRecord) -> Ports:
    """Return the ports that the stack was given."""
    return Ports(record.ports.grpc, record.ports.ui, record.ports.http)


def load_own_record(stack: StackIdentity, store: StackStore) -> StackRecord | None:
    """Return the record of `stack`, None if there is none.

    Raises:
        StackNameTakenError: The stack of that name belongs to another project.
    """
    record = store.load(stack.name)
    if record is not None and record.project != str(stack.project):
        raise StackNameTakenError(stack.name, record.project)
    return record
