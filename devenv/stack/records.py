"""Stacks as they are remembered."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from devenv.engines.protocol import Ports, StackIdentity
from devenv.errors import DevenvError, StackNameTakenError
from devenv.events import warn

if TYPE_CHECKING:
    from devenv.project.state import StackRecord, StackStore
    from devenv.stack.toolkit import Toolkit


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


def readable_records(kit: Toolkit) -> list[StackRecord]:
    """Return the records of all stacks; one that is damaged is told of, and stands in nobody else's way."""
    records = []
    for name in kit.store.names():
        try:
            record = kit.store.load(name)
        except DevenvError as error:
            warn(kit.reporter, f"{error.message}; {error.hint}")
        else:
            records += [record] if record is not None else []
    return records
