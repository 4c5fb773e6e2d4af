"""The engine starts what does not run as declared."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from devenv.stack.launching import Plan, launch_if_needed, launch_spec
from devenv.stack.overlay_trust import accept_overlays
from devenv.stack.progress import Deadline, ServiceMonitor, Waiter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devenv.engines.protocol import Launch
    from devenv.stack.steps.context import UpContext


def write_files(up: UpContext) -> None:
    """Write what the engine launches from, with the overlays as they are accepted for the chosen ports."""
    spec = launch_spec(up.stack.identity, up.desired, up.record.ports, up.images)
    judged = accept_overlays(spec, up.engine, up.deps, known=up.overlays)
    up.plan = Plan(spec, up.engine.prepare(spec, judged))


def launch(up: UpContext) -> None:
    """Launch what does not run as declared, and wait until no running service is going to be replaced.

    Such a service would answer one question and be gone at the next. The timeout of the settings begins here.
    If a later step fails, the launch ends before the roll-back removes anything.
    """
    clock, settings = up.deps.clock, up.desired.settings
    deadline = Deadline(clock, clock.now(), settings.timeout.total_seconds())
    with up.progress.step("launch") as step:
        up.launch = launch_if_needed(up.engine, up.plan, up.record, up.reporter)
        if up.launch is not None:
            up.resources.enter_context(_ended_on_failure(up.launch))
            Waiter(deadline, up.launch.check).until(step, up.launch.replacing)
        step.outcome = "services are starting" if up.launch else "runs as declared"
    up.monitor = ServiceMonitor(up.engine, up.stack.identity, up.launch, up.progress, clock)
    up.waiter = Waiter(deadline, up.monitor, up.monitor.last_seen_not_up)


@contextmanager
def _ended_on_failure(launch: Launch) -> Iterator[None]:
    try:
        yield
    except BaseException:
        launch.end()
        raise
