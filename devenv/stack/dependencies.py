"""The adapters that the operations on stacks work with, as Protocols."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from devenv.addons import ShippedAddons
    from devenv.engines.protocol import Engine
    from devenv.events import Reporter
    from devenv.images.store import ImageStore
    from devenv.project.access import Credentials
    from devenv.project.services import Ports
    from devenv.project.state import StackStore
    from devenv.temporal.protocol import Gateway, Guard


class Clock(Protocol):
    """Time, so that tests need not wait for it."""

    def now(self) -> float:
        """Return monotonic seconds."""

    def sleep(self, seconds: float) -> None:
        """Let `seconds` pass."""


class PortBook(Protocol):
    """What is known about the ports of this machine."""

    def is_free(self, port: int) -> bool:
        """Whether a server could listen on `port` of 127.0.0.1 now."""

    def has_address(self, address: str) -> bool:
        """Whether the IPv4 `address` is one of this machine's."""

    def holder(self, port: int) -> str:
        """Return who holds `port`, as a person would say it."""

    def is_held_by_stack(self, port: int) -> bool:
        """Whether a container of any devenv stack on this machine publishes `port`."""

    def next_free(self, start: Ports, taken: Collection[int]) -> Ports:
        """Return the first free ports from `start` on, all moved by as much, that are none of `taken`."""


@dataclass(frozen=True)
class Dependencies:
    """Everything outside the process that an operation touches.

    `engine` builds an engine by name and touches nothing yet, or raises `UnknownEngineError`; `connect` opens
    a gateway to the server at `host:port` that a guard means, as who shows these; `web_problem` returns
    why a URL does not answer 200, None when it does; `images` are those of the Docker engine, or it raises
    `PrerequisiteError`; `shipped_addons` are those that every project can switch on.
    """

    store: StackStore
    engine: Callable[[str], Engine]
    connect: Callable[[str, Guard, Credentials], Gateway]
    web_problem: Callable[[str, Credentials], str | None]
    images: Callable[[], ImageStore]
    ports: PortBook
    shipped_addons: ShippedAddons
    reporter: Reporter
    clock: Clock
    owner: int
