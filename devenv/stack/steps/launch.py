"""The engine starts what does not run as declared, and all of it is seen to be up."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from devenv.stack.config_delivery import Delivery, beside_others
from devenv.stack.credentials import own_credentials
from devenv.stack.endpoints import endpoints_of
from devenv.stack.overlay_trust import accept_overlays
from devenv.stack.progress import Deadline, ServiceMonitor, Waiter, as_missing
from devenv.stack.readiness import record_proof
from devenv.stack.status import report_ready

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devenv.engines.protocol import Launch
    from devenv.stack.steps.context import UpContext


def write_files(up: UpContext) -> None:
    """Write what the engine launches from, with the overlays as they are accepted for the chosen ports."""
    up.spec = up.desired.launch_spec(up.stack.identity, up.record.ports, up.images)
    reviewed = accept_overlays(up.spec, up.engine, up.deps, known=up.overlays)
    up.fingerprint = up.engine.prepare(up.spec, reviewed)


def deliver_config(up: UpContext) -> None:
    """Write the dynamic config before a launch: a server that starts now reads it at once."""
    config = beside_others(up.desired.dynamic_config, up.stack)
    up.delivery = Delivery(up.observe(), config)
    up.delivery.begin()


def launch(up: UpContext) -> None:
    """Launch what does not run as declared, and wait until no running service is going to be replaced.

    Such a service would answer one question and be gone at the next. The timeout of the settings begins here.
    If a later step fails, the launch ends before the roll-back removes anything.
    """
    clock, settings = up.deps.clock, up.desired.settings
    deadline = Deadline(clock, clock.now(), settings.timeout.total_seconds())
    with up.progress.step("launch") as step:
        up.launch = None if _runs_as_declared(up) else up.engine.launch(up.spec, up.reporter)
        if up.launch is not None:
            up.resources.enter_context(_ended_on_failure(up.launch))
            Waiter(deadline, up.launch.check).until(step, up.launch.replacing)
        step.outcome = "services are starting" if up.launch else "runs as declared"
    up.monitor = ServiceMonitor(up.engine, up.stack.identity, up.launch, up.progress, clock)
    up.waiter = Waiter(deadline, up.monitor, up.monitor.last_seen_not_up)


def await_web_ui(up: UpContext) -> None:
    """Wait for the Web UI and the HTTP API, on ports that the stack itself holds."""
    endpoints = endpoints_of(up.record, up.engine)
    ownership, shown = up.ownership, own_credentials(up.record, up.deps)
    with up.progress.step("web-ui") as step:
        up.waiter.until(step, lambda: as_missing(ownership.problem("ui") or ownership.problem("http")))
        up.waiter.until(step, lambda: as_missing(up.deps.web_problem(endpoints.ui_health, shown)))
        # The Web UI is healthy before it has a connection to the frontend: its pages would show an error.
        up.waiter.until(step, lambda: as_missing(up.deps.web_problem(endpoints.http_health, shown)))


def confirm_config(up: UpContext) -> None:
    """Wait until a server that was running already says that it uses the dynamic config."""
    up.delivery.finish(up.progress)


def await_services(up: UpContext) -> None:
    """Wait until every service is up, and the engine has nothing left to start."""
    with up.progress.step("services") as step:
        up.waiter.until(step, up.monitor.not_up)
    if up.launch is not None:
        up.launch.wait()


def save_proof(up: UpContext) -> None:
    """Record that this run of the server was seen to be usable, and report it."""
    now = up.observe()
    record_proof(now, up.fingerprint, up.namespaces)
    up.report = report_ready(now, up.desired, up.progress.timings)


def _runs_as_declared(up: UpContext) -> bool:
    """Tell whether all services run as the record's proof says they were launched."""
    now = up.observe()
    are_up = now.exists and all(each.is_running or each.has_finished for each in now.services)
    return up.is_proven_as_declared and are_up and not now.removed


@contextmanager
def _ended_on_failure(launch: Launch) -> Iterator[None]:
    try:
        yield
    except BaseException:
        launch.end()
        raise
