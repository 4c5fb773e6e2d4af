"""Records when a stack was last proven usable."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from devenv.project.state import Proof

if TYPE_CHECKING:
    from collections.abc import Iterable

    from devenv.stack.stack import Observation


def record_proof(observation: Observation, fingerprint: str, namespaces: Iterable[str]) -> None:
    """Save that the stack, launched as `fingerprint` says, is usable now."""
    proof = Proof(
        fingerprint=fingerprint,
        proven_at=datetime.now(UTC),
        server_started_at=observation.server_started_at,
        namespaces=tuple(namespaces),
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
