"""How `up` and `apply` know that a server and its namespaces are usable, and the record of this proof.

A workflow, the canary, is started in each namespace and found by visibility (`devenv.temporal.canary`).
"""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from devenv.project.state import Proof
from devenv.stack.progress import as_missing, patient
from devenv.temporal.protocol import Action, Write

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from devenv.seeds.seed_model import Key
    from devenv.stack.dependencies import Clock
    from devenv.stack.progress import Check, Progress, Waiter
    from devenv.stack.stack import Observation
    from devenv.temporal.protocol import Canaries, Gateway
    from devenv.temporal.schedules import Schedule

# An updated schedule is listed a moment later, and anew: the next update has to leave it this time, and more.
LISTING_S = 10.0


def await_frontend(gateway: Gateway, waiter: Waiter, progress: Progress) -> None:
    """Wait until the frontend's own health check says SERVING."""
    with progress.step("frontend") as step:
        waiter.until(step, lambda: as_missing(gateway.frontend_problem()))


@contextmanager
def prove_usable(
    namespaces: Sequence[str], gateway: Gateway, waiter: Waiter, progress: Progress
) -> Iterator[None]:
    """See a workflow start in each namespace, be found by visibility, and be gone after its deletion.

    The deletion comes after what is done meanwhile: the server needs its time for it. It takes along what
    an earlier proof has left in any namespace.

    Raises:
        NotReadyError: The deadline passed.
    """
    canaries = gateway.canaries(namespaces)
    try:
        with progress.step("visibility") as step:
            waiter.until(step, lambda: as_missing(gateway.visibility_problem(namespaces[0])))
        _see(canaries, waiter, progress)
        yield
    except BaseException:
        # Ctrl-C, too. What is not deleted now, the next proof deletes.
        canaries.abandon()
        raise
    with progress.step("clean-up") as step:
        waiter.until(step, canaries.delete)
        step.outcome = "canary workflows are gone"


def _see(canaries: Canaries, waiter: Waiter, progress: Progress) -> None:
    with progress.step("workflow-start") as step:
        waiter.until(step, canaries.start)
        step.outcome = "accepted in every namespace"
    with progress.step("workflow-found") as step:
        waiter.until(step, canaries.find)
        step.outcome = "by a visibility query"


def prove_listed(
    schedules: Sequence[Schedule],
    updated: Collection[Key],
    gateway: Gateway,
    waiter: Waiter,
    progress: Progress,
) -> None:
    """See each of `schedules` be found by its search attributes, and update those that are not.

    A server writes them to a visibility store when they are updated while it has that store. Those of
    `updated` have been a moment ago.

    Raises:
        NotReadyError: The deadline passed.
        ServerRejectedError: The server refuses the update.
    """
    with progress.step("schedules-listed") as step:
        waiter.until(step, patient(_listing(schedules, updated, gateway, waiter.clock)))
        step.outcome = "by their search attributes"


def _listing(
    schedules: Sequence[Schedule], updated: Collection[Key], gateway: Gateway, clock: Clock
) -> Check:
    """Return a check that says which schedules are not found, and updates them.

    A query that is refused tells nothing of a schedule: that part of the server may not know the names yet.
    """
    pause = LISTING_S
    next_update = {each.key: clock.now() + (pause if each.key in updated else 0) for each in schedules}

    def check() -> Sequence[str]:
        nonlocal pause
        unlisted = gateway.unlisted_schedules(schedules)
        due = [
            each
            for each in schedules
            if unlisted.get(each.key) == "" and clock.now() >= next_update[each.key]
        ]
        if updated_now := _updated(due, gateway):
            next_update.update(dict.fromkeys((each.key for each in updated_now), clock.now() + pause))
            pause *= 2
        return [_unlisted(*key, problem) for key, problem in unlisted.items()]

    return check


def _updated(schedules: Sequence[Schedule], gateway: Gateway) -> list[Schedule]:
    """Update `schedules`, and return those that were; a server that is busy may take the others later."""
    answers = gateway.perform([Write(Action.UPDATE, each) for each in schedules], lambda _: None)
    for refusal in answers:
        if refusal is not None and not refusal.may_pass:
            raise refusal.error
    return [each for each, refusal in zip(schedules, answers, strict=True) if refusal is None]


def _unlisted(namespace: str, name: str, problem: str) -> str:
    why = f" ({problem})" if problem else ""
    return f"schedule {name} of {namespace} is not found by its search attributes yet{why}"


def record_proof(observation: Observation, fingerprint: str, namespaces: Iterable[str]) -> None:
    """Save that the stack, launched as `fingerprint` says, is usable now.

    What was proven of this run of the server before, as by another worktree, still is.
    """
    earlier, started_at = observation.record.proof, observation.server_started_at
    is_same_run = earlier is not None and earlier.server_started_at == started_at
    known = earlier.namespaces if earlier is not None and is_same_run else ()
    proof = Proof(
        fingerprint=fingerprint,
        proven_at=datetime.now(UTC),
        server_started_at=started_at,
        namespaces=tuple(dict.fromkeys([*known, *namespaces])),
        services=tuple(service.name for service in observation.services if service.is_running),
    )
    _save(observation, proof)


def extend_proof(observation: Observation, namespaces: Iterable[str]) -> None:
    """Save that `namespaces` were proven too, if there is a proof of this run of the server."""
    proof = observation.record.proof
    if proof is None or proof.server_started_at != observation.again().server_started_at:
        return
    known = tuple(dict.fromkeys([*proof.namespaces, *namespaces]))
    _save(observation, proof.model_copy(update={"namespaces": known}))


def _save(observation: Observation, proof: Proof) -> None:
    observation.stack.deps.store.save(observation.record.model_copy(update={"proof": proof}))
