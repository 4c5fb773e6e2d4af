"""`up`: bring a stack to its declared state and return when it is proven usable."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from devenv.errors import DevenvError, PortTakenError, ServiceNotAppliedError
from devenv.stack.engine_choice import EngineRequest
from devenv.stack.inventory import forget_state_before
from devenv.stack.port_choice import DeclaredPorts
from devenv.stack.rollback import rolled_back
from devenv.stack.steps import addons, checks, config, declare, engine, launch, ports, services
from devenv.stack.steps.context import UpContext
from devenv.stack.way_out import helpful_hint

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from devenv.stack.desired import Desired
    from devenv.stack.report import StackReport
    from devenv.stack.stack import Stack

    Step = Callable[[UpContext], None]

# Nothing is touched before all of these have passed.
CHECKS: Sequence[Step] = (
    checks.check_declaration,
    checks.check_recorded_versions,
    addons.check_addons,
    engine.choose_engine,
    addons.fit_addons,
    checks.check_data,
    checks.check_exposure,
    checks.check_limits,
    checks.check_overlays,
)

MAKE_ROOM: Sequence[Step] = (
    engine.resume_paused,
    engine.leave_other_engines,
    engine.free_http_port,
)

# The ports are chosen; what these make is removed again if one of them fails.
LAUNCH: Sequence[Step] = (
    launch.write_files,
    config.deliver_config,
    launch.launch,
    declare.apply_declared,
    services.await_web_ui,
    addons.await_addons,
    config.confirm_config,
    services.await_services,
    services.save_proof,
)


@dataclass(frozen=True)
class UpRequest:
    """What `up` was asked, beside the declared state; `must_stay` forbids to leave another engine.

    `trust` is the hash of overlays that may do all that they can; `addons` are those switched on or off.
    """

    engine: EngineRequest = field(default_factory=EngineRequest)
    any_port: bool = False
    keep_on_failure: bool = False
    must_stay: bool = False
    trust: str | None = None
    addons: Mapping[str, bool] = field(default_factory=dict)


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
        forget_state_before(stack.name, stack.deps.store)
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
    """Check everything that can be checked before anything is touched.

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
    with rolled_back(up), ExitStack() as up.resources:
        for step in LAUNCH:
            step(up)
