"""Run stacks as development servers of the Temporal CLI."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

from devenv.engines.embedded import TRAITS, copies, database, logfile, record, server
from devenv.engines.embedded.launch import SERVICE, EmbeddedLaunch
from devenv.engines.embedded.record import ServerRecord, StackFiles, all_running, last_server, running_server
from devenv.engines.host import processes, temporal_cli
from devenv.engines.host.ports import any_free
from devenv.engines.host.programs import run_for_output, run_in_foreground
from devenv.engines.host.temporal_cli import client_of, with_client
from devenv.engines.protocol import LogLine, Service
from devenv.errors import (
    AddonNeedsEngineError,
    CommandFailedError,
    NameInvalidError,
    NotRunningError,
    TemporalBinaryError,
)
from devenv.events import LogEvent

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from pathlib import Path

    from devenv.engines.copying import SavedData
    from devenv.engines.host.processes import ProcessIdentity
    from devenv.engines.protocol import LaunchSpec, StackIdentity, Web
    from devenv.errors import DevenvError
    from devenv.events import Reporter
    from devenv.overlays.review import ReviewedOverlays
    from devenv.project.services import Ports

Answer = TypeVar("Answer")

_STOP_GRACE = timedelta(seconds=10)
_NO_GRACE = timedelta(0)
_FOLLOW_INTERVAL = timedelta(seconds=0.2)


class EmbeddedEngine:
    """One detached `temporal server start-dev` per stack, its SQLite database in the state directory.

    Everything known about a stack is in its directory; `binary` need not be there to stop or remove one.
    """

    def __init__(self, binary: Path, directory_of: Callable[[StackIdentity], Path]) -> None:
        self._binary = binary
        self._directory_of = directory_of

    name = "embedded"
    traits = TRAITS

    @property
    def publishing_s(self) -> float:
        """One second, for a server that has just ended: the process of the new one listens itself."""
        return 1.0

    def check_prerequisites(self) -> None:
        """Return if the Temporal CLI can be run.

        Raises:
            TemporalBinaryError: It is missing, or it is no program.
        """
        temporal_cli.check(self._binary)

    def check_data(self, stack: StackIdentity, reporter: Reporter) -> None:
        """Return: whether the database can be opened is found out when it is launched."""

    def review_overlays(self, spec: LaunchSpec, known: ReviewedOverlays | None = None) -> None:
        """Return None: there is no Compose file that overlays could be merged with."""

    def prepare(self, spec: LaunchSpec, reviewed: ReviewedOverlays | None) -> str:  # noqa: ARG002 - the Protocol's
        """Write nothing: the server gets everything on its command line."""
        declared = [spec.ports.to_document(), asdict(spec.web), spec.settings]
        text = json.dumps(declared, sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    def explain(self, error: DevenvError, stack: StackIdentity) -> DevenvError:  # noqa: ARG002 - as above
        """Return `error`: the server says itself why it ended."""
        return error

    def launch(self, spec: LaunchSpec, reporter: Reporter) -> EmbeddedLaunch:
        """Start the server and return at once; one that runs as declared is left alone.

        Its settings are command line arguments: when they changed, it is stopped and started again. One that
        a signal has stopped is continued.

        Raises:
            TemporalBinaryError: The CLI cannot run, or another version made the stack's database.
            DataDamagedError: SQLite says so of the stack's database.
        """
        files = self._files(spec.stack)
        running = running_server(files)
        if running is not None and not running.is_stopping:
            self.resume(spec.stack)
            if running.arguments == server.declared_arguments(spec, files.database):
                return EmbeddedLaunch(files, _adopted(files, running))
            reporter.report(LogEvent(SERVICE, "starting the server again: its settings have changed"))
        return self._relaunch(spec, files)

    def services(self, stack: StackIdentity) -> list[Service]:
        """Return the one service there is; empty before the first launch and after `remove`.

        A server that ended when it was told to has exit code 0, and counts as ended from then on. None is one
        that crashed unseen. One that a signal has stopped is paused.
        """
        files = self._files(stack)
        known = last_server(files)
        if known is None:
            return []
        if known.is_stopping:
            return [Service(SERVICE, "exited", exit_code=0, started_at=known.started_at)]
        if known.is_alive:
            return [Service(SERVICE, "paused" if known.is_paused else "running", started_at=known.started_at)]
        known = record.settle(files.record, known)
        return [Service(SERVICE, "exited", exit_code=known.exit_code, started_at=known.started_at)]

    def held_ports(self, stack: StackIdentity, ports: Collection[int]) -> frozenset[int]:
        """Return those of `ports` that the server's process listens on."""
        running = running_server(self._files(stack))
        return processes.listening_ports(running.process) & frozenset(ports) if running else frozenset()

    def reserved_ports(self, stack: StackIdentity) -> frozenset[int]:  # noqa: ARG002  the Protocol has it
        """Return none: a server listens as soon as it is launched."""
        return frozenset()

    def other_state(self, stack: StackIdentity) -> None:
        """Return None: all that is known of a stack here is in its state directory."""

    def stop(self, stack: StackIdentity, services: Sequence[str] = ()) -> None:
        """Stop the server; its database, log and record stay."""
        _check_names(services)
        _stop(self._files(stack))

    def start(self, spec: LaunchSpec, services: Sequence[str] = ()) -> None:
        """Start the server again on the same database and wait until it listens; leave a running one alone.

        Raises:
            TemporalBinaryError: As `launch`.
            DevenvError: It ended at once; the error carries the evidence.
        """
        _check_names(services)
        files = self._files(spec.stack)
        running = running_server(files)
        if running is None or running.is_stopping:
            self._relaunch(spec, files).wait()
        else:
            self.resume(spec.stack)

    def resume(self, stack: StackIdentity) -> list[str]:
        """Continue a server that a signal (SIGSTOP) has stopped; return its name if there was one."""
        running = running_server(self._files(stack))
        if running is None or not running.is_paused:
            return []
        processes.resume(running.process)
        return [SERVICE]

    def remove(self, stack: StackIdentity, *, volumes: bool) -> None:
        """Stop the server and forget it, and with `volumes` delete its database."""
        files = self._files(stack)
        # A server whose database is deleted need not end well.
        _stop(files, _NO_GRACE if volumes else _STOP_GRACE)
        files.remove_traces()
        if volumes:
            files.remove_database()

    def has_data(self, stack: StackIdentity) -> bool:
        """Whether the stack has a database, running or not."""
        return self._files(stack).database.exists()

    def had_data(self, stack: StackIdentity) -> bool:
        """As `has_data`: the database is in the state directory."""
        return self.has_data(stack)

    def secrets(self, stack: StackIdentity) -> list[str]:  # noqa: ARG002 - the Protocol's
        """Its server asks nobody for a password."""
        return []

    def database_version(self, stack: StackIdentity, image: str) -> str | None:  # noqa: ARG002 - the Protocol's
        """Its database is no Postgres, and notes its version itself."""
        return None

    def save_data(self, stack: StackIdentity, directory: Path, image: str | None) -> SavedData:  # noqa: ARG002 - the Protocol's
        """Copy the database, while the server goes on."""
        return copies.save(self._files(stack), directory)

    def check_copy(self, versions: Mapping[str, str]) -> None:
        """Return if this CLI has made the copy.

        Raises:
            TemporalBinaryError: Another version has; there is no migration.
        """
        copies.check_version(versions, temporal_cli.version(self._binary))

    def restore_data(self, stack: StackIdentity, directory: Path, image: str | None) -> None:  # noqa: ARG002 - as above
        """Replace the database by the copy."""
        files = self._files(stack)
        files.prepare()
        copies.restore(files, directory, temporal_cli.version(self._binary))

    def run_beside(
        self,
        stack: StackIdentity,  # noqa: ARG002 - the Protocol's
        image: str,  # noqa: ARG002 - as above
        script: str,  # noqa: ARG002 - as above
        environment: Mapping[str, str],  # noqa: ARG002 - as above
        *,
        is_connected: bool = False,  # noqa: ARG002 - as above
    ) -> str:
        """Raise: it runs no images."""
        raise AddonNeedsEngineError("backups", self.name, "compose")

    def adopt_data(self, stack: StackIdentity, image: str) -> None:  # noqa: ARG002 - as above
        """Raise: nothing was put beside the data."""
        raise AddonNeedsEngineError("backups", self.name, "compose")

    def settle_data(self, stack: StackIdentity, image: str | None) -> bool:  # noqa: ARG002 - as above
        """Finish or undo a restore; a save that was killed has left nothing of the stack."""
        return copies.settle(self._files(stack))

    def logs(
        self,
        stack: StackIdentity,
        services: Sequence[str] = (),
        *,
        follow: bool = False,
        tail: int | None = None,
        since: datetime | None = None,
    ) -> Iterator[LogLine]:
        """Yield log lines, oldest first; with `follow` until the server has ended."""
        _check_names(services)
        files = self._files(stack)
        if follow:
            lines = logfile.follow(
                files.log,
                tail=tail,
                since=since,
                interval=_FOLLOW_INTERVAL,
                is_over=lambda: running_server(files) is None,
            )
        else:
            lines = logfile.read(files.log, tail=tail, since=since)
        return (LogLine(SERVICE, line) for line in lines)

    def log_mark(self, stack: StackIdentity, service: str) -> str:
        """Return how long the log is now, in bytes; empty when there is none."""
        _check_names([service])
        log = self._files(stack).log
        return str(log.stat().st_size) if log.exists() else ""

    def log_since(self, stack: StackIdentity, service: str, mark: str) -> list[str]:
        """Return what the server said after `mark`, also if it was started again since."""
        _check_names([service])
        return list(logfile.read(self._files(stack).log, offset=int(mark or 0)))

    def execute(self, stack: StackIdentity, service: str, command: Sequence[str]) -> int:
        """Run `command` beside the server: the engine's `temporal` on its PATH, every client meant for it.

        Raises:
            NotRunningError: There is no server to run it beside.
            CommandFailedError: There is no such program.
        """
        return self._beside(stack, service, command, run_in_foreground)

    def output(self, stack: StackIdentity, service: str, command: Sequence[str]) -> str:
        """Run `command` as `execute` does, and return what it prints.

        Raises:
            NotRunningError: As `execute`.
            CommandFailedError: There is no such program, or it failed.
        """
        return self._beside(stack, service, command, run_for_output)

    def _beside(
        self,
        stack: StackIdentity,
        service: str,
        command: Sequence[str],
        run: Callable[[Sequence[str], Mapping[str, str]], Answer],
    ) -> Answer:
        _check_names([service])
        running = running_server(self._files(stack))
        if running is None:
            raise NotRunningError(stack.name)
        environment = server.client_environment(os.environ, running.ports)
        try:
            with client_of(environment["TEMPORAL_ADDRESS"], self._binary) as client:
                return run(command, with_client(environment, client))
        except OSError as error:
            raise CommandFailedError(f"{command[0]} cannot be run", command, [str(error)]) from error

    def internal_address(self, ports: Ports) -> str:
        """Return the frontend's `host:port`: there is no other network than the machine's own."""
        return ports.address("grpc")

    def http_port(self, ports: Ports, web: Web) -> int:
        """Return the server's own port if it is open, else that of the Web UI, which checks who asks."""
        return ports["http"] if web.has_open_api else ports["ui"]

    def stacks(self, owner: int) -> Mapping[str, str]:  # noqa: ARG002 - the Protocol's
        """Return none: all that is known of a stack here is in its state directory."""
        return {}

    def memory(self, stack: StackIdentity) -> int | None:
        """Return the memory of the server's process that is in RAM; 0 if there is none."""
        running = running_server(self._files(stack))
        return processes.memory(running.process) if running is not None else 0

    def network(self, stack: StackIdentity) -> str | None:  # noqa: ARG002 - the Protocol's
        """Return None: the server uses the machine's own."""
        return None

    def _files(self, stack: StackIdentity) -> StackFiles:
        return StackFiles(self._directory_of(stack))

    def _relaunch(self, spec: LaunchSpec, files: StackFiles) -> EmbeddedLaunch:
        temporal_cli.check(self._binary)
        version = temporal_cli.version(self._binary)
        files.prepare()
        database.claim(files, version)
        _stop(files)
        return EmbeddedLaunch(files, self._spawn(spec, files, version))

    def _spawn(self, spec: LaunchSpec, files: StackFiles, version: str) -> ServerRecord:
        arguments = server.declared_arguments(spec, files.database)
        metrics_port = any_free()
        log_offset = files.log.stat().st_size if files.log.exists() else 0
        process = self._spawn_process([*arguments, "--metrics-port", str(metrics_port)], files.log)
        spawned = ServerRecord(
            process=process,
            ports=spec.ports,
            metrics_port=metrics_port,
            arguments=arguments,
            version=version,
            started_at=datetime.now(UTC),
            log_offset=log_offset,
        )
        try:
            record.save(files.record, spawned)
        except BaseException:  # a server that no record knows would run for ever
            processes.terminate(process, _STOP_GRACE)
            raise
        return spawned

    def _spawn_process(self, arguments: Sequence[str], log: Path) -> ProcessIdentity:
        try:
            return processes.spawn_detached(
                [str(self._binary), *arguments], environment=server.environment(os.environ), output=log
            )
        except OSError as error:
            raise TemporalBinaryError(
                f"The Temporal CLI {self._binary} cannot be run",
                details=[str(error)],
                hint="run `devenv doctor`",
            ) from error


def _adopted(files: StackFiles, running: ServerRecord) -> ServerRecord:
    """Return `running`, recorded: the record may have been lost or damaged."""
    if record.load(files.record) != running:
        record.save(files.record, running)
    return running


def _stop(files: StackFiles, grace: timedelta = _STOP_GRACE) -> None:
    for running in all_running(files):
        # First the note: a devenv that is killed while it waits leaves a server that ends soon.
        record.save(files.record, running.model_copy(update={"is_stopping": True}))
        code = processes.terminate(running.process, grace)
        # Not our child, and it went when it was asked to: that is how the server ends with 0.
        ended = running.model_copy(update={"exit_code": code or 0, "is_stopping": False})
        record.save(files.record, ended)


def _check_names(services: Sequence[str]) -> None:
    for name in services:
        if name != SERVICE:
            raise NameInvalidError(
                f"There is no service {name}", hint=f"services on the embedded engine: {SERVICE}"
            )
