"""How the report of a stack looks to people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.markup import escape
from rich.table import Table

from devenv.cli.output.advice import addressed, advice
from devenv.seeds.wording import change_line
from devenv.stack.report import StackState

if TYPE_CHECKING:
    from rich.console import Console

    from devenv.cli.globals import GlobalOptions
    from devenv.project.locate import Project
    from devenv.stack.report import StackReport

STATE_STYLES = {StackState.READY: "good", StackState.STARTING: "warn", StackState.DEGRADED: "bad"}


def ready_text(console: Console, report: StackReport, *, timings: bool, project: Project) -> None:
    """Print where a ready stack is and what to do next."""
    if timings:
        _print_timings(console, report)
    _print_head(console, report)
    _print_not_enforced(console, report)
    _print_namespaces_line(console, report)
    _print_endpoints(console, report)
    _print_next_steps(console, report, project)


def _print_next_steps(console: Console, report: StackReport, project: Project) -> None:
    namespace = report.namespaces[-1].name if report.namespaces else "default"
    steps = {
        'eval "$(devenv env)"': "point SDKs and the Temporal CLI here",
        f"devenv temporal workflow list -n {namespace}": "ask the server",
    }
    if project.settings_file is None:
        steps["devenv init"] = "declare namespaces of your own"
    else:
        steps["devenv status"] = "see it again, with drift"
    width = max(map(len, steps))
    console.print("\nNext:")
    for command, reason in steps.items():
        console.print(f"  [hint]{escape(command.ljust(width))}[/]  {reason}", soft_wrap=True)


def status_text(console: Console, report: StackReport, options: GlobalOptions) -> None:
    """Print how a stack is, and what to do if it is not as it should be."""
    _print_head(console, report)
    for version in report.versions:
        style = "bad" if version.is_refused else "warn"
        console.print(f"[{style}]drift:[/] {escape(version.text)}", soft_wrap=True)
        if version.is_refused:
            console.print(f"  `devenv up` refuses it: {escape(version.hint)}", soft_wrap=True)
    _print_parts(console, report)
    hint = advice(report)
    if hint is not None:
        console.print(f"\n[hint]hint:[/] {escape(addressed(hint, options))}", soft_wrap=True)


def _print_parts(console: Console, report: StackReport) -> None:
    _print_not_enforced(console, report)
    if report.services:
        _print_services(console, report)
    if report.namespaces:
        _print_namespaces(console, report)
    for line in (*map(change_line, report.drift), *(change.text for change in report.config)):
        console.print(f"[warn]drift:[/] {escape(line)}", soft_wrap=True)
    if report.state in {StackState.READY, StackState.STARTING, StackState.DEGRADED}:
        _print_endpoints(console, report)


def _print_head(console: Console, report: StackReport) -> None:
    style = STATE_STYLES.get(report.state, "default")
    engine = f" on {report.engine}" if report.engine else ""
    console.print(f"[{style}]{report.state.value}[/]: stack {escape(report.stack)}{engine}", soft_wrap=True)


def _print_endpoints(console: Console, report: StackReport) -> None:
    if report.endpoints is None:
        return
    console.print()
    console.print(f"  gRPC      {report.endpoints.grpc}", soft_wrap=True)
    console.print(f"  HTTP API  {report.endpoints.http}", soft_wrap=True)
    console.print(f"  Web UI    {report.endpoints.ui}", soft_wrap=True)


def _print_namespaces_line(console: Console, report: StackReport) -> None:
    names = ", ".join(namespace.name for namespace in report.namespaces)
    console.print(f"namespaces: {escape(names)}", soft_wrap=True)


def _print_services(console: Console, report: StackReport) -> None:
    table = Table("SERVICE", "STATE", "HEALTH", "IMAGE", box=None, pad_edge=False)
    for service in report.services:
        cells = [service.name, service.state, service.health or "-", service.image or "-"]
        table.add_row(*map(escape, cells))
    console.print(table)
    now = [
        f"{each.name}: {each.activity}" for each in report.services if each.activity and not each.has_ended
    ]
    if now:
        console.print(f"now: {escape('; '.join(now))}", soft_wrap=True)


def _print_namespaces(console: Console, report: StackReport) -> None:
    from devenv.files.durations import format_duration

    table = Table("NAMESPACE", "STATE", "RETENTION", box=None, pad_edge=False)
    for namespace in report.namespaces:
        table.add_row(escape(namespace.name), namespace.state.value, format_duration(namespace.retention))
    console.print()
    console.print(table)


def _print_not_enforced(console: Console, report: StackReport) -> None:
    for sentence in report.not_enforced:
        console.print(f"[warn]not enforced by the embedded engine:[/] {escape(sentence)}", soft_wrap=True)


def _print_timings(console: Console, report: StackReport) -> None:
    table = Table("STEP", "STARTED", "TOOK", box=None, pad_edge=False)
    for timing in report.timings:
        table.add_row(escape(timing.step), f"{timing.started_s:.2f} s", f"{timing.seconds:.2f} s")
    console.print(table)
    console.print()
