"""`up`: bring a stack to its declared state and return when it is proven usable."""

from __future__ import annotations

import os
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from devenv.errors import DevenvError, PortTakenError, ServiceNotAppliedError
from devenv.events import StepEvent, StepStatus, warn
from devenv.files.atomic import make_directory, write_atomically
from devenv.stack.data_versions import known_versions, versions_that_ran
from devenv.stack.ports import DeclaredPorts, helpful_hint
from devenv.stack.sharing import depart
from devenv.stack.steps import (
    addons,
    apply,
    checks,
    engine,
    launch,
    members,
    ports,
    profile,
    recovery,
    snapshot,
    visibility,
)
from devenv.stack.steps.context import UpContext
from devenv.temporal.server_log import readable_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from devenv.addons.backups.repository import RecoveryPlan
    from devenv.engines.protocol import Engine, StackIdentity
    from devenv.project.snapshots import Snapshot
    from devenv.project.state import StackRecord
    from devenv.stack.dependencies import Dependencies
    from devenv.stack.desired import Desired
    from devenv.stack.report import StackReport
    from devenv.stack.stack import Stack

    Step = Callable[[UpContext], None]

# Where `run` keeps what it restores; whoever brings the stack up for good has nothing restored.
STATE_BEFORE = "borrowed.json"

LOG_LINES = 2000

# No service, network or volume is touched before all of these have passed. They may pull images, take a lost
# password back, and remember that overlays are trusted.
CHECKS: Sequence[Step] = (
    checks.check_declaration,
    checks.check_recorded_versions,
    snapshot.check_fit,
    addons.check_addons,
    engine.choose_engine,
    members.check_members,
    snapshot.check_copy,
    addons.fit_addons,
    addons.check_settings,
    checks.check_data,
    checks.check_exposure,
    checks.check_limits,
    checks.check_overlays,
)

MAKE_ROOM: Sequence[Step] = (
    engine.resume_paused,
    snapshot.save_before_change,
    engine.leave_other_engines,
    engine.free_http_port,
)

# The ports are chosen; what these make is removed again if one of them fails.
LAUNCH: Sequence[Step] = (
    snapshot.restore_snapshot,
    recovery.recover,
    members.join,
    addons.end_dropped_addons,
    addons.prepare_addons,
    launch.write_files,
    launch.deliver_config,
    launch.launch,
    addons.await_archive,
    apply.apply_and_prove,
    visibility.rebuild,
    launch.await_web_ui,
    addons.await_addons,
    addons.finish_addons,
    launch.confirm_config,
    launch.await_services,
    launch.save_proof,
    profile.write_profile,
)


def in_ci() -> bool:
    """Whether this is a CI job, by the variable that all of them set."""
    return os.environ.get("CI", "").lower() not in {"", "0", "false"}


@dataclass(frozen=True)
class UpRequest:
    """What `up` was asked, beside the declared state; `must_stay` forbids to leave another engine.

    `in_ci` forbids to fall back to another one. `trust` is the hash of overlays that may do all that they
    can; `addons` are those switched on or off; `profile` asks for one or for none, whatever the settings say.
    `snapshot` is to become the data, or what `recovery` says; with `saves_data` data is saved before that,
    and before other versions work on it.
    """

    pull: bool = False
    offline: bool = False
    in_ci: bool = False
    any_port: bool = False
    keep_on_failure: bool = False
    must_stay: bool = False
    trust: str | None = None
    addons: Mapping[str, bool] = field(default_factory=dict)
    profile: bool | None = None
    snapshot: Snapshot | None = None
    recovery: RecoveryPlan | None = None
    saves_data: bool = False

    @property
    def replaces_data(self) -> bool:
        """Whether other data is to take the place of that of the stack."""
        return self.snapshot is not None or self.recovery is not None


def bring_up(stack: Stack, desired: Desired, request: UpRequest) -> StackReport:
    """Bring `stack` to `desired` and wait until it is ready; a second call on a ready stack changes nothing.

    A `run` that uses the stack leaves it up from now on.

    Raises:
        PrerequisiteError: Nothing was created.
        PortTakenError: Nothing was created.
        NotReadyError: The deadline passed; what this call created is removed.
        ServiceCrashedError: As NotReadyError.
    """
    desired.read_all()
    with stack.lock():
        stack.mend_record(is_claimed=True)
        _ = stack.record  # raises if it is another project's, of which nothing is forgotten
        stack.deps.store.remove_secret(stack.name, STATE_BEFORE)
        return bring_up_locked(stack, desired, request)


def bring_up_locked(stack: Stack, desired: Desired, request: UpRequest) -> StackReport:
    """Do the same for a caller who has the lock of the stack, and may not mean to keep the stack."""
    up = UpContext(stack, desired, request, stack.record)
    check(up)
    return launch_checked(up)


def apply_service(
    service: str, stack: Stack, desired: Callable[[], Desired], request: UpRequest
) -> StackReport:
    """Bring a stack that is up to the state that now includes `service`, whose files stay in any case.

    Raises:
        ServiceNotAppliedError: The stack does not take it, or the project cannot be read.
    """
    try:
        return bring_up(stack, desired(), request)
    except DevenvError as error:
        raise ServiceNotAppliedError(service, error) from error


def check(up: UpContext) -> None:
    """Check everything that can be checked before a service, network or volume is touched.

    Raises:
        DevenvError: The stack cannot be brought to its declared state.
    """
    for step in CHECKS:
        step(up)


def launch_checked(up: UpContext) -> StackReport:
    """Bring the stack up after `check`.

    Raises:
        DevenvError: As `bring_up`.
    """
    for step in MAKE_ROOM:
        step(up)
    try:
        _launch_twice_at_most(up)
    except DevenvError as error:
        hint = helpful_hint(
            error,
            DeclaredPorts.of(up.desired.settings, up.addons.on),
            any_port=up.request.any_port,
            keep_on_failure=up.request.keep_on_failure,
            was_running=bool(up.before.running),
        )
        raise error.with_hint(hint) from error
    return up.report


def _launch_twice_at_most(up: UpContext) -> None:
    steps_before = len(up.progress.timings)
    try:
        _launch(up)
    except PortTakenError as error:
        if not error.was_free or up.request.keep_on_failure or up.before.had_services:
            raise
        # All was rolled back. Now the port has a holder to name, or is one to move away from.
        del up.progress.timings[steps_before:]
        _launch(up)


def _launch(up: UpContext) -> None:
    ports.choose_ports(up)
    with _rolled_back(up), ExitStack() as up.resources:
        for step in LAUNCH:
            step(up)


@contextmanager
def _rolled_back(up: UpContext) -> Iterator[None]:
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
    if not up.was_user:
        depart(up.stack)
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
        addons.remove_stack(up.stack.identity, up.engine, up.deps, volumes=not up.before.had_data)
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
