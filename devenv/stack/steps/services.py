"""What else must be up before a stack is ready, and the record of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devenv.stack.progress import as_missing
from devenv.stack.readiness import record_proof
from devenv.stack.records import endpoints_of
from devenv.stack.status import report_ready

if TYPE_CHECKING:
    from devenv.stack.steps.context import UpContext


def await_web_ui(up: UpContext) -> None:
    """Wait for the Web UI and the HTTP API, on ports that the stack itself holds."""
    endpoints = endpoints_of(up.record, up.engine)
    web_problem, ownership = up.deps.web_problem, up.ownership
    with up.progress.step("web-ui") as step:
        up.waiter.until(step, lambda: as_missing(ownership.problem("ui") or ownership.problem("http")))
        up.waiter.until(step, lambda: as_missing(web_problem(endpoints.ui_health)))
        # The Web UI is healthy before it has a connection to the frontend: its pages would show an error.
        up.waiter.until(step, lambda: as_missing(web_problem(endpoints.http_health)))


def await_services(up: UpContext) -> None:
    """Wait until every service is up, and the engine has nothing left to start."""
    with up.progress.step("services") as step:
        up.waiter.until(step, up.monitor.not_up)
    if up.launch is not None:
        up.launch.wait()


def save_proof(up: UpContext) -> None:
    """Record that this run of the server was seen to be usable, and report it."""
    now = up.observe()
    record_proof(now, up.plan.fingerprint, up.namespaces)
    up.report = report_ready(now, up.desired, up.progress.timings)
