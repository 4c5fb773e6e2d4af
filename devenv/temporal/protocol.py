"""What devenv asks of a Temporal server, in words of its own."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from types import TracebackType

# Not a user's namespace: the server's own workflows live there.
SYSTEM_NAMESPACE = "temporal-system"


@dataclass(frozen=True)
class Namespace:
    """A registered namespace, as the server describes it."""

    name: str
    retention: timedelta = timedelta(days=3)
    description: str = ""
    owner_email: str = ""
    data: Mapping[str, str] = field(default_factory=dict)


class Canaries(Protocol):
    """Throw-away workflows, one per namespace, that prove the namespaces usable.

    Start them once visibility answers: the server retries early writes to it with growing pauses.

    Each method tries once for every namespace that still lacks it, and returns a sentence per namespace on
    what is missing; an empty list means done. Calling again goes on where the last call stopped.
    """

    def start(self) -> Sequence[str]:
        """Have every namespace accept a workflow start."""

    def find(self) -> Sequence[str]:
        """Find every started workflow by a visibility query."""

    def delete(self) -> Sequence[str]:
        """Delete the workflows and see them gone from visibility."""


class Gateway(Protocol):
    """One Temporal server.

    Raises, from every method that changes something: `ServerRejectedError` when the server refuses, and
    `ServerUnreachableError` while it cannot be reached.
    """

    def __enter__(self) -> Gateway:
        """Return itself; leaving closes the connection."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close the connection."""

    def frontend_problem(self) -> str | None:
        """Return why the frontend does not serve, None when its health check says SERVING."""

    def visibility_problem(self, namespace: str) -> str | None:
        """Return why workflows of `namespace` cannot be listed, None when they can."""

    def namespaces(self) -> Mapping[str, Namespace]:
        """Return every registered namespace by name, without the server's own."""

    def describe(self, names: Iterable[str]) -> Mapping[str, Namespace]:
        """Return those of `names` that are registered; one request each, side by side."""

    def register(self, namespace: Namespace) -> None:
        """Register `namespace`."""

    def update(self, namespace: Namespace) -> None:
        """Set retention, description, owner and data; empty texts leave the server's as they are."""

    def search_attributes(self, namespace: str) -> Mapping[str, str]:
        """Return the custom search attributes visible in `namespace`: name to type, as `Keyword`."""

    def add_search_attributes(self, namespace: str, attributes: Mapping[str, str]) -> None:
        """Add `attributes` (name to type) in one request."""

    def canaries(self, namespaces: Iterable[str]) -> Canaries:
        """Return canaries for `namespaces`, none started yet."""
