"""How `up` and `apply` know that a server and its namespaces are usable, and the record of this proof.

A workflow, the canary, is started in each namespace and found by visibility (`devenv.temporal.canary`).
"""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from devenv.project.state import Proof
from devenv.stack.progress import as_missing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from devenv.stack.progress import Progress, Waiter
    from devenv.stack.stack import Observation
    from devenv.temporal.protocol import Canaries, Gateway


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


def record_proof(observation: Observation, fingerprint: str, namespaces: Iterable[str]) -> None:
    """Save that the stack, launched as `fingerprint` says, is usable now."""
    proof = Proof(
        fingerprint=fingerprint,
        proven_at=datetime.now(UTC),
        server_started_at=observation.server_started_at,
        namespaces=tuple(namespaces),
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
