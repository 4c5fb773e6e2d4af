"""What a failed `up` leaves behind: logs, and whatever was there before it."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from devenv.engines.readable_log import readable_lines
from devenv.errors import DevenvError
from devenv.events import StepEvent, StepStatus, warn
from devenv.files.atomic import make_directory, write_atomically
from devenv.stack.data_versions import known_versions, versions_that_ran

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from devenv.engines.protocol import Engine, StackIdentity
    from devenv.project.state import StackRecord
    from devenv.stack.dependencies import Dependencies
    from devenv.stack.steps.context import UpContext

LOG_LINES = 2000


@contextmanager
def rolled_back(up: UpContext) -> Iterator[None]:
    """Undo what an `up` made since its ports were chosen, if the block fails with a DevenvError.

    Which versions have worked on older data is recorded first, and the logs are saved. With
    `keep_on_failure` everything stays. Ctrl-C undoes nothing: the next `up` goes on there.
    """
    try:
        yield
    except DevenvError as raised:
        error = up.engine.explain(raised, up.stack.identity)
        up.earlier = _with_versions_that_ran(up)
        if not up.request.keep_on_failure:
            error = error.with_details(f"logs: {_roll_back(up)}")
        if error is raised:
            raise
        raise error from raised


def _with_versions_that_ran(up: UpContext) -> StackRecord | None:
    """Record which versions came so far as to work on older data; return the earlier record with them."""
    store = up.deps.store
    record = store.load(up.stack.name)
    if up.earlier is None or record is None or up.images is None:
        return up.earlier
    try:
        services = up.engine.services(up.stack.identity)
    except DevenvError:  # nobody can tell: what was to run may have run
        return up.earlier.model_copy(update={"data_versions": record.data_versions})
    ran = versions_that_ran(services, up.images, up.desired.settings.stack_versions)
    noted = {"data_versions": {**known_versions(up.earlier), **ran}}
    store.save(record.model_copy(update=noted))
    return up.earlier.model_copy(update=noted)


def _roll_back(up: UpContext) -> Path:
    """Save the logs, then remove what was created since `up.before`; return where the logs are.

    The earlier record is saved again. Services that were there before stay, to be looked at; if none of them
    ran, they are stopped again.
    """
    identity, deps = up.stack.identity, up.deps
    # Only what is removed may be tried again, so else what failed is told before the logs are saved.
    step = "failure-logs" if up.before.had_services else "roll-back"
    up.reporter.report(StepEvent(step, StepStatus.STARTED))
    logs = _save_logs(up.engine, identity, deps)
    if not up.before.had_services:
        _remove_created(up)
    elif not up.before.running:
        _stop_started(up.engine, identity, deps)
    up.reporter.report(StepEvent(step, StepStatus.DONE, f"logs are in {logs}"))
    return logs


def _remove_created(up: UpContext) -> None:
    try:
        up.engine.remove(up.stack.identity, volumes=not up.before.had_data)
    except DevenvError as error:
        # The first failure is the one to tell; this one must not hide it.
        warn(up.reporter, f"roll-back: {error.message}; run `devenv down`")
    else:
        if up.earlier is not None:
            up.deps.store.save(up.earlier)
        elif not up.before.had_data:
            up.deps.store.forget_record(up.stack.name)


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
