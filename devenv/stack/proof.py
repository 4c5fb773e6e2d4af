"""When a stack was last proven usable, and whether that still says anything."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from devenv.project.state import Proof
from devenv.stack.records import identity_of
from devenv.stack.serving import server_among

if TYPE_CHECKING:
    from collections.abc import Iterable

    from devenv.engines.protocol import Engine, Service
    from devenv.project.state import StackRecord, StackStore
    from devenv.stack.desired import Desired


def is_proven(record: StackRecord, desired: Desired, services: Iterable[Service]) -> bool:
    """Tell whether the record's proof is about this run of the server and every declared namespace."""
    proof = record.proof
    if proof is None or proof.server_started_at != _server_started_at(services):
        return False
    return {spec.name for spec in desired.seeds.namespaces} <= set(proof.namespaces)


def record_proof(
    record: StackRecord, fingerprint: str, desired: Desired, services: Iterable[Service], store: StackStore
) -> StackRecord:
    """Save that the stack, launched as `fingerprint` says, is usable now; return the record."""
    proof = Proof(
        fingerprint=fingerprint,
        proven_at=datetime.now(UTC),
        server_started_at=_server_started_at(services),
        namespaces=tuple(spec.name for spec in desired.seeds.namespaces),
    )
    proven = record.model_copy(update={"proof": proof})
    store.save(proven)
    return proven


def extend_proof(record: StackRecord, namespaces: Iterable[str], engine: Engine, store: StackStore) -> None:
    """Save that `namespaces` were proven too, where there is a proof of this run of the server."""
    proof = record.proof
    if proof is None:
        return
    if proof.server_started_at != _server_started_at(engine.services(identity_of(record))):
        return
    known = tuple(dict.fromkeys([*proof.namespaces, *namespaces]))
    store.save(record.model_copy(update={"proof": proof.model_copy(update={"namespaces": known})}))


def _server_started_at(services: Iterable[Service]) -> datetime | None:
    server = server_among(services)
    return server.started_at if server is not None and server.is_running else None
