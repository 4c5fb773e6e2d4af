"""What `run` found before it brought a stack up, for whoever is the last to use it so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from pydantic import ValidationError

from devenv.files.atomic import explained
from devenv.files.strict import StrictModel
from devenv.project.state import StackRecord
from devenv.stack.rollback import Footprint

if TYPE_CHECKING:
    from pathlib import Path

    from devenv.project.state import StackStore

LOAN_FILE = "borrowed.json"


class Loan(StrictModel):
    """What there was of a stack: on each engine, since not every `run` need ask for the same."""

    record: StackRecord | None
    footprints: Mapping[str, Footprint]


def find_loan(stack: str, store: StackStore) -> Loan | None:
    """Return what is to be put back; a note that is damaged tells of nothing."""
    path = _path(stack, store)
    with explained("read", path):
        if not path.is_file():
            return None
        content = path.read_bytes()
    try:
        return Loan.model_validate_json(content)
    except ValidationError:
        return None


def keep_loan(stack: str, loan: Loan, store: StackStore) -> None:
    """Remember `loan` for those who use the stack too."""
    store.write_secret(stack, LOAN_FILE, loan.model_dump_json())


def end_loan(stack: str, store: StackStore) -> None:
    """Have nothing put back any more."""
    path = _path(stack, store)
    with explained("remove", path):
        path.unlink(missing_ok=True)


def _path(stack: str, store: StackStore) -> Path:
    return store.directory(stack) / LOAN_FILE
