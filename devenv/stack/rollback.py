"""What a failed `up` leaves behind: logs, and whatever was there before it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from devenv.engines.readable_log import readable_lines
from devenv.errors import DevenvError
from devenv.events import StepEvent, StepStatus, warn
from devenv.files.atomic import make_directory, write_atomically

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from devenv.engines.protocol import Engine, StackIdentity
    from devenv.project.state import StackRecord
    from devenv.stack.dependencies import Dependencies

LOG_LINES = 2000


@dataclass(frozen=True)
class Footprint:
    """What existed of a stack before something was done to it; `running` are the services that ran."""

    had_services: bool = False
    running: frozenset[str] = frozenset()
    had_data: bool = False

    @classmethod
    def of(cls, engine: Engine, stack: StackIdentity) -> Footprint:
        """Look at what exists now."""
        services = engine.services(stack)
        return cls(
            had_services=bool(services),
            running=frozenset(service.name for service in services if service.is_running),
            had_data=engine.has_data(stack),
        )


def roll_back(
    engine: Engine,
    stack: StackIdentity,
    footprint: Footprint,
    earlier: StackRecord | None,
    deps: Dependencies,
) -> Path:
    """Save the logs, then remove what was created since `footprint`; return where the logs are.

    The stack is remembered again as `earlier` says. Services that were there before stay, to be looked at; if
    none of them ran, they are stopped again.
    """
    deps.reporter.report(StepEvent("roll-back", StepStatus.STARTED))
    logs = _save_logs(engine, stack, deps)
    if not footprint.had_services:
        _remove_created(engine, stack, footprint, earlier, deps)
    elif not footprint.running:
        _stop_started(engine, stack, deps)
    deps.reporter.report(StepEvent("roll-back", StepStatus.DONE, f"logs are in {logs}"))
    return logs


def _remove_created(
    engine: Engine,
    stack: StackIdentity,
    footprint: Footprint,
    earlier: StackRecord | None,
    deps: Dependencies,
) -> None:
    try:
        engine.remove(stack, volumes=not footprint.had_data)
    except DevenvError as error:
        # The first failure is the one to tell; this one must not hide it.
        warn(deps.reporter, f"roll-back: {error.message}; run `devenv down`")
    else:
        if earlier is not None:
            deps.store.save(earlier)
        elif not footprint.had_data:
            deps.store.forget_record(stack.name)


def _save_lines(path: Path, lines: Sequence[str]) -> None:
    write_atomically(path, ("\n".join(lines) + "\n").encode(), 0o600)


def _stop_started(engine: Engine, stack: StackIdentity, deps: Dependencies) -> None:
    """Stop what this `up` has started of a stack that was stopped: nobody asked for a server that fails."""
    try:
        if any(service.is_running for service in engine.services(stack)):
            engine.stop(stack)
    except DevenvError as error:
        warn(deps.reporter, f"roll-back: {error.message}; run `devenv stop`")


def _save_logs(engine: Engine, stack: StackIdentity, deps: Dependencies) -> Path:
    directory = deps.store.create(stack.name) / "failed" / datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    lines: dict[str, list[str]] = {}
    try:
        for line in engine.logs(stack, tail=LOG_LINES):
            lines.setdefault(line.service or "stack", []).append(line.text)
    except DevenvError as error:
        warn(deps.reporter, f"the logs could not be read: {error.message}")
    try:
        for private in (directory.parent, directory):
            make_directory(private, 0o700)
        for service, texts in lines.items():
            _save_lines(directory / f"{service}.log", readable := readable_lines(texts))
            if readable != texts:
                # Nothing is lost, for who looks into the server itself.
                _save_lines(directory / f"{service}.jsonl", texts)
    except DevenvError as error:
        warn(deps.reporter, f"the logs could not be saved: {error.message}")
    return directory
