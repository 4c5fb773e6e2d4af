"""Whether who answers on the ports of a stack is the stack's own server, and nobody else's.

Ports are free when they are chosen and may be taken when the server starts; a stack that is down leaves them
to anybody. So nothing is written to a server, and none is called ready, before the engine says that the
stack's own container or process holds the port, and the server has the cluster id that was recorded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from devenv.errors import PortTakenError
from devenv.project.services import PORTS

if TYPE_CHECKING:
    from devenv.engines.protocol import Engine
    from devenv.project.state import StackRecord, StackStore
    from devenv.stack.stack import Stack

POLL_S = 0.1


class Ownership:
    """The `Guard` of one stack; ports are named as in the settings: `grpc`, `ui`, `http`.

    `cluster` is the id of the server's cluster: as recorded, or as the first connection learned it.
    """

    def __init__(self, stack: Stack, record: StackRecord, engine: Engine) -> None:
        self._stack = stack.identity
        self._engine = engine
        self._ports = record.ports
        self._book = stack.deps.ports
        self._clock = stack.deps.clock
        self._doubted_since: dict[str, float] = {}
        self.cluster = record.clusters.get(engine.name)

    def problem(self, name: str) -> str | None:
        """Return None if the stack holds the port `name` now, else a sentence on who does.

        Raises:
            PortTakenError: Somebody else has held it for longer than the engine takes to publish a port.
        """
        port: int = self._ports[name]
        if port in self._engine.held_ports(self._stack, [port]):
            self._doubted_since.pop(name, None)
            return None
        if self._book.is_free(port):
            self._doubted_since.pop(name, None)
            return f"nobody listens on port {port} ({name}) yet"
        since = self._doubted_since.setdefault(name, self._clock.now())
        holder = self._book.holder(port)
        if self._clock.now() - since >= self._engine.publishing_s:
            raise PortTakenError(port, name, holder, was_free=True)
        return f"port {port} ({name}) is held by {holder}"

    def check_all(self) -> None:
        """Return if nobody else holds a port of the server or the Web UI; an add-on may lose its own.

        Raises:
            PortTakenError: Somebody does.
        """
        for port in PORTS:
            self.check(port.name)

    def check(self, name: str) -> None:
        """Return if the stack holds the port `name`, or nobody does.

        Raises:
            PortTakenError: Somebody else holds it.
        """
        while self.problem(name) is not None and name in self._doubted_since:
            self._clock.sleep(POLL_S)

    def holder_problem(self) -> str | None:
        """Return None if the stack's server holds the gRPC port now, else who may hold it."""
        return self.problem("grpc")

    def check_cluster(self, cluster: str) -> None:
        """Return if `cluster` is the recorded one; where none is recorded, it is from now on.

        Raises:
            PortTakenError: It is another one.
        """
        if self.cluster is None:
            self.cluster = cluster
        if cluster != self.cluster:
            port = self._ports["grpc"]
            raise PortTakenError(
                port,
                "grpc",
                f"another server than the one that this stack was made with ({self._book.holder(port)})",
                details=[f"its cluster id is {cluster}", f"the recorded one is {self.cluster}"],
            )

    def remember(self, record: StackRecord, store: StackStore) -> StackRecord:
        """Save the learned id of the cluster, for who has the stack's lock; return the record."""
        engine = self._engine.name
        if self.cluster is None or record.clusters.get(engine) == self.cluster:
            return record
        remembered = record.model_copy(update={"clusters": {**record.clusters, engine: self.cluster}})
        store.save(remembered)
        return remembered
