"""Watch a development server come up, and say why it did not."""

from __future__ import annotations

import socket
import time
from typing import TYPE_CHECKING

from devenv.engines.embedded import logfile, record
from devenv.engines.host import ports, processes
from devenv.errors import ServiceCrashedError

if TYPE_CHECKING:
    from devenv.engines.embedded.record import ServerRecord, StackFiles
    from devenv.errors import DevenvError
    from devenv.project.services import Ports

SERVICE = "temporal"

_EVIDENCE_LINES = 20
_POLL_S = 0.02
_PATIENCE_S = 30.0


class EmbeddedLaunch:
    """The launch of one development server; implements `Launch`."""

    def __init__(self, files: StackFiles, server: ServerRecord) -> None:
        self._files = files
        self._server = server

    def check(self) -> None:
        """Return while the server runs; one that a signal (SIGSTOP) has stopped is continued.

        Raises:
            PortTakenError: It ended because somebody else got one of its ports first.
            ServiceCrashedError: It ended for another reason; carries its last words.
        """
        if not self._server.is_alive:
            raise self._failure()
        if self._server.is_paused:
            processes.resume(self._server.process)

    def wait(self) -> None:
        """Block until the server listens; one that takes more than 30 s is left to the readiness checks.

        Raises:
            DevenvError: As `check`.
        """
        deadline = time.monotonic() + _PATIENCE_S
        while not _listens(self._server.ports) and time.monotonic() < deadline:
            self.check()
            time.sleep(_POLL_S)
        self.check()  # what listens may be the one who took the port

    def replacing(self) -> list[str]:
        """Return nothing: the server before this one ended before this one was started."""
        return []

    def end(self) -> None:
        """Do nothing: the one server there is was started at once."""

    def _failure(self) -> DevenvError:
        self._server = record.settle(self._files.record, self._server)
        lines = list(logfile.read(self._files.log, offset=self._server.log_offset))
        # The server says it early, and may panic at length afterwards.
        lost = ports.lost(lines, self._server.ports, ports.process_holding)
        return lost or ServiceCrashedError(SERVICE, self._server.exit_code, lines[-_EVIDENCE_LINES:])


def _listens(published: Ports) -> bool:
    try:
        with socket.create_connection((published.host, published["grpc"]), timeout=1):
            return True
    except OSError:
        return False
