"""`run`: a stack for the time of one command, left as it was found."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from devenv.engines.host.foreground import undisturbed
from devenv.errors import CommandFailedError, DevenvError, PrerequisiteError
from devenv.registry import ENGINES
from devenv.stack.loan import Loan, end_loan, find_loan, keep_loan
from devenv.stack.rollback import Footprint
from devenv.stack.up import bring_up_locked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devenv.engines.protocol import Engine, StackIdentity
    from devenv.project.leases import Lease
    from devenv.stack.desired import Desired
    from devenv.stack.report import StackReport
    from devenv.stack.stack import Stack
    from devenv.stack.up import UpRequest


@contextmanager
def borrowed(stack: Stack, desired: Desired, request: UpRequest) -> Iterator[StackReport]:
    """Have the stack ready, then put back what was: running, stopped, only data, or nothing at all.

    Of several who have it at the same time, the last puts back what the first found; nobody does after an
    `up` or a `down` in between. What is in the block is not ended by Ctrl-C and SIGTERM, nor is putting back.
    """
    desired.read_all()
    with ExitStack() as until_put_back:
        with stack.lock():
            lease = stack.deps.store.lease(stack.name)
            loan = _loan_of_others(stack, lease) or _found(stack)
            try:
                report = bring_up_locked(stack, desired, request)
                keep_loan(stack.name, loan, stack.deps.store)
                heard = until_put_back.enter_context(undisturbed())
            except DevenvError:
                lease.close()
                raise
            except BaseException:
                _abandon(stack, loan, lease)
                raise
        try:
            yield report
        finally:
            with stack.lock():
                _give_back(stack, lease, heard)


def _loan_of_others(stack: Stack, lease: Lease) -> Loan | None:
    # A note of those who were killed says nothing: what they left is there to stay until somebody removes it.
    return _loan_in_force(stack) if lease.is_shared else None


def _found(stack: Stack) -> Loan:
    return Loan(record=stack.record, footprints=_look(stack))


def _abandon(stack: Stack, loan: Loan, lease: Lease) -> None:
    with undisturbed() as heard:
        if not lease.is_shared:
            _put_back(stack, loan, heard)
        lease.close()


def _give_back(stack: Stack, lease: Lease, heard: list[int]) -> None:
    loan = None if lease.is_shared else _loan_in_force(stack)
    if loan is not None:
        _put_back(stack, loan, heard)
    lease.close()


def _loan_in_force(stack: Stack) -> Loan | None:
    """Return what is to be put back, None if nothing is: who took the stack down decided what stays."""
    loan, record = find_loan(stack.name, stack.deps.store), stack.record
    if loan is None or record is None:
        return None
    now = _look(stack, needed=record.engine)
    return loan if any(footprint.had_services for footprint in now.values()) else None


def _look(stack: Stack, needed: str | None = None) -> dict[str, Footprint]:
    """Return what there is on each engine; one that is away has nothing, unless it is `needed`."""

    def footprint(name: str) -> Footprint:
        try:
            return Footprint.of(stack.deps.engine(name), stack.identity)
        except PrerequisiteError:
            if name == needed:
                raise
            return Footprint()

    return {name: footprint(name) for name in ENGINES}


def _put_back(stack: Stack, loan: Loan, heard: list[int]) -> None:
    while True:
        heard.clear()
        try:
            _undo(stack, loan)
        except CommandFailedError:
            if not heard:
                raise
            # The terminal's Ctrl-C has ended the engine's own program.
        else:
            return


def _undo(stack: Stack, loan: Loan) -> None:
    record = stack.record
    if record is None:  # it did not get so far that it created anything
        return
    used = record.engine
    for name, now in _look(stack, needed=used).items():
        _undo_on(stack.deps.engine(name), stack.identity, loan.footprints.get(name, Footprint()), now)
    before = loan.footprints[used]
    end_loan(stack.name, stack.deps.store)
    if before.had_services:
        return
    if loan.record is not None:
        stack.deps.store.save(loan.record)
    elif not before.had_data:
        stack.deps.store.forget(stack.name)


def _undo_on(engine: Engine, stack: StackIdentity, before: Footprint, now: Footprint) -> None:
    if not before.had_services:
        if now != before:
            engine.remove(stack, volumes=not before.had_data)
        return
    started = sorted(now.running - before.running)
    if started:
        engine.stop(stack, started)
