"""One stack of the embedded engine in a directory of its own."""

from __future__ import annotations

import os
import subprocess
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fakes.engine import RecordingReporter

from devenv.engines.embedded import record
from devenv.engines.embedded.record import StackFiles
from devenv.engines.host import ports, temporal_cli
from devenv.engines.protocol import LaunchSpec, Service, StackIdentity
from devenv.project.services import Ports

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from devenv.engines.embedded.engine import EmbeddedEngine
    from devenv.engines.embedded.record import ServerRecord

BINARY = temporal_cli.find(None)


@dataclass
class Sandbox:
    """One stack in a directory of its own, driven as `up`, `stop` and `down` drive it."""

    directory: Path
    engine: EmbeddedEngine
    reporter: RecordingReporter = field(default_factory=RecordingReporter)

    def __post_init__(self) -> None:
        self.files = StackFiles(self.directory)
        self.stack = StackIdentity("shop-3f2a1c", self.directory.parent, os.getuid())
        self.spec = LaunchSpec(
            stack=self.stack,
            ports=Ports.of(grpc=ports.any_free(), ui=ports.any_free(), http=ports.any_free()),
        )

    def up(self) -> ServerRecord:
        """Launch, wait until the frontend serves, and return what is recorded."""
        launch = self.engine.launch(self.spec, self.reporter)
        launch.wait()
        wait_for(lambda: self.temporal("operator", "cluster", "health").returncode == 0)
        launch.check()
        return self.recorded()

    def recorded(self) -> ServerRecord:
        known = record.load(self.files.record)
        assert known is not None
        return known

    def kill(self) -> None:
        os.kill(self.recorded().process.pid, 9)
        wait_for(lambda: not self.recorded().is_alive)

    def temporal(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        address = f"127.0.0.1:{self.spec.ports['grpc']}"
        command = [str(BINARY), *arguments, "--address", address, *temporal_cli.IGNORING_CONFIGURATION]
        return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)

    def create_namespace(self, name: str) -> subprocess.CompletedProcess[str]:
        return self.temporal("operator", "namespace", "create", "--namespace", name)

    def has_namespace(self, name: str) -> bool:
        return self.temporal("operator", "namespace", "describe", "--namespace", name).returncode == 0

    def only_service(self) -> Service:
        [service] = self.engine.services(self.stack)
        return service


def wait_for(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "waited 20 s in vain"
        time.sleep(0.01)
