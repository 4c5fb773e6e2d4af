"""What `up`, `start`, `restart`, `status`, `down` and `ls` answer: how a stack is, or all of them are."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from devenv.cli.output.advice import addressed, advice
from devenv.cli.output.visible import escape
from devenv.cli.views.declared_state import any_change_line, changes_document
from devenv.cli.views.task_queues import print_queues, queue_document
from devenv.stack.report import StackState

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta

    from devenv.cli.options import GlobalOptions
    from devenv.cli.output.terminal import SafeConsole
    from devenv.cli.views.declared_state import AnyChange
    from devenv.engines.protocol import Service
    from devenv.project.locate import Project
    from devenv.stack.endpoints import Endpoints
    from devenv.stack.lifecycle import DownReport
    from devenv.stack.members import Member
    from devenv.stack.report import NamespaceReport, StackReport
    from devenv.stack.status import ListedStack

GIBIBYTE = 2**10
STATE_STYLES = {StackState.READY: "good", StackState.STARTING: "warn", StackState.DEGRADED: "bad"}


def report_document(report: StackReport) -> dict[str, Any]:
    """Return the fields of `up`, `start`, `restart` and `status`."""
    return {
        "engine": report.engine,
        "state": report.state.value,
        "endpoints": _endpoints_document(report.endpoints) if report.endpoints else None,
        "network": report.network,
        "services": [_service_document(service) for service in report.services],
        "namespaces": [_namespace_document(namespace) for namespace in report.namespaces],
        "timings": [asdict(timing) for timing in report.timings],
        "not_enforced": list(report.not_enforced),
        "drift": changes_document([*report.versions, *report.config, *report.drift]),
        "addons": list(report.addons),
        "pages": [{"name": page.name, "title": page.title, "url": page.url} for page in report.pages],
        "alerts": list(report.alerts),
        "task_queues": [queue_document(queue) for queue in report.task_queues],
    }


def _endpoints_document(endpoints: Endpoints) -> dict[str, Any]:
    return {
        "grpc": endpoints.grpc,
        "ui": endpoints.ui,
        "http": endpoints.http,
        "internal": endpoints.internal,
    }


def _service_document(service: Service) -> dict[str, Any]:
    return {
        "name": service.title,
        "state": service.state,
        "health": service.health,
        "image": service.image,
        "exit_code": service.exit_code,
    }


def _namespace_document(namespace: NamespaceReport) -> dict[str, Any]:
    return {
        "name": namespace.name,
        "state": namespace.state.value,
        "retention_seconds": int(namespace.retention.total_seconds()),
    }


def ready_text(console: SafeConsole, report: StackReport, project: Project, *, timings: bool = False) -> None:
    """Print where a ready stack is and what to do next."""
    if timings:
        _print_timings(console, report)
    _print_head(console, report)
    _print_not_enforced(console, report)
    _print_namespaces_line(console, report)
    _print_endpoints(console, report)
    _print_next_steps(console, report, project)


def _print_next_steps(console: SafeConsole, report: StackReport, project: Project) -> None:
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
    console.say("\nNext:")
    for command, reason in steps.items():
        console.say(f"  [hint]{escape(command.ljust(width))}[/]  {reason}")


def status_text(
    console: SafeConsole, report: StackReport, options: GlobalOptions, *, advises: bool = True
) -> None:
    """Print how a stack is, and with `advises` what to do if it is not as it should be."""
    _print_head(console, report)
    for version in report.versions:
        style = "bad" if version.is_refused else "warn"
        console.say(f"[{style}]drift:[/] {escape(version.text)}")
        if version.is_refused:
            console.say(f"  `devenv up` refuses it: {escape(version.hint)}")
    _print_parts(console, report)
    hint = advice(report)
    if hint is not None and advises:
        console.say(f"\n[hint]hint:[/] {escape(addressed(hint, options))}")


def _print_parts(console: SafeConsole, report: StackReport) -> None:
    _print_not_enforced(console, report)
    if report.services:
        _print_services(console, report)
    if report.namespaces:
        _print_namespaces(console, report)
    print_queues(console, report.task_queues)
    drift: list[AnyChange] = [*report.drift, *report.config]
    for change in drift:
        console.say(f"[warn]drift:[/] {escape(any_change_line(change))}")
    for alert in report.alerts:
        console.say(f"[warn]alert:[/] {escape(alert)}")
    if report.state in {StackState.READY, StackState.STARTING, StackState.DEGRADED}:
        _print_endpoints(console, report)


def _print_head(console: SafeConsole, report: StackReport) -> None:
    style = STATE_STYLES.get(report.state, "default")
    engine = f" on {report.engine}" if report.engine else ""
    console.say(f"[{style}]{report.state.value}[/]: stack {escape(report.stack)}{engine}")


def _print_endpoints(console: SafeConsole, report: StackReport) -> None:
    if report.endpoints is None:
        return
    console.say()
    places = {"gRPC": report.endpoints.grpc, "HTTP API": report.endpoints.http}
    # The address of a page with a query in it is too long for a person: JSON has it.
    places |= {
        page.title: f"devenv open {page.name}" if "?" in page.url else page.url for page in report.pages
    }
    width = max(map(len, places))
    for title, place in places.items():
        console.say(f"  {escape(title.ljust(width))}  {place}")


def _print_namespaces_line(console: SafeConsole, report: StackReport) -> None:
    names = ", ".join(namespace.name for namespace in report.namespaces)
    console.say(f"namespaces: {escape(names)}")


def _print_services(console: SafeConsole, report: StackReport) -> None:
    console.table(
        ("SERVICE", "STATE", "HEALTH", "IMAGE"),
        [
            (each.title, each.state_for_people, each.health or "-", each.image or "-")
            for each in report.services
        ],
    )
    now = [
        f"{each.title}: {each.activity}" for each in report.services if each.activity and not each.has_ended
    ]
    if now:
        console.say(f"now: {escape('; '.join(now))}")


def _print_namespaces(console: SafeConsole, report: StackReport) -> None:
    from devenv.files.durations import format_duration

    console.say()
    console.table(
        ("NAMESPACE", "STATE", "RETENTION"),
        [(each.name, each.state.value, format_duration(each.retention)) for each in report.namespaces],
    )


def _print_not_enforced(console: SafeConsole, report: StackReport) -> None:
    for sentence in report.not_enforced:
        console.say(f"[warn]not enforced:[/] {escape(sentence)}")


def _print_timings(console: SafeConsole, report: StackReport) -> None:
    console.table(
        ("STEP", "STARTED", "TOOK"),
        [(each.step, f"{each.started_s:.2f} s", f"{each.seconds:.2f} s") for each in report.timings],
    )
    console.say()


def down_document(report: DownReport) -> dict[str, Any]:
    """Return the fields of `down`."""
    return {
        "removed": report.was_there,
        "data_kept": report.keeps_data,
        "used_by": list(report.used_by),
        "namespaces_deleted": list(report.namespaces_deleted),
    }


def down_text(console: SafeConsole, report: DownReport) -> None:
    """Print what became of the stack and of its data."""
    if report.namespaces_deleted:
        deleted = ", ".join(report.namespaces_deleted)
        console.say(f"The namespaces of this worktree are deleted: {escape(deleted)}.")
    if report.used_by:
        others = ", ".join(report.used_by)
        kept = "" if report.namespaces_deleted else "; the namespaces of this worktree are kept"
        console.say(f"The stack {report.stack} stays up for {escape(others)}{kept}.")
        return
    done = "is down" if report.was_there else "was not running"
    if report.keeps_data:
        data = "its data is kept: `devenv up` brings it back"
    elif report.deleted:
        data = f"its data is deleted ({', '.join(report.deleted)})"
    else:
        data = "no data is left"
    console.say(f"The stack {report.stack} {done}; {data}.")


def stacks_document(stacks: Sequence[ListedStack]) -> dict[str, Any]:
    """Return the fields of `ls`."""
    return {"stacks": [_stack_document(stack) for stack in stacks]}


def _stack_document(stack: ListedStack) -> dict[str, Any]:
    document = asdict(stack)
    document["members"] = [_member_document(each) for each in stack.members]
    document["memory_bytes"] = document.pop("memory")
    age = document.pop("age")
    return document | {"age_seconds": None if age is None else int(age.total_seconds())}


def _member_document(member: Member) -> dict[str, Any]:
    return {
        "worktree": member.worktree,
        "exists": not member.is_gone,
        "up": member.is_up,
        "namespaces": list(member.namespaces),
        "used_at": member.used_at.isoformat(),
    }


def stacks_text(console: SafeConsole, stacks: Sequence[ListedStack]) -> None:
    """Print a row for each stack."""
    if not stacks:
        console.say("No stacks. `devenv up` makes one.")
        return
    rows = [
        (
            each.name,
            each.state,
            each.engine,
            each.grpc or "",
            _memory(each.memory),
            _age(each.age),
            ", ".join(each.addons),
            _project(each),
        )
        for each in stacks
    ]
    console.columns([("STACK", "STATE", "ENGINE", "ADDRESS", "MEMORY", "AGE", "ADD-ONS", "PROJECT"), *rows])
    for stack in stacks:
        if stack.members:
            console.say(f"\n{escape(stack.name)} is shared by worktrees:")
            console.columns([("WORKTREE", "USES IT", "LAST UP", "NAMESPACES"), *map(_member, stack.members)])


def _member(member: Member) -> tuple[str, str, str, str]:
    uses = "gone" if member.is_gone else "yes" if member.is_up else "no"
    age = _age(datetime.now(UTC) - member.used_at)
    return member.worktree, uses, f"{age} ago", ", ".join(member.namespaces)


def _memory(size: int | None) -> str:
    if size is None:
        return ""
    mebibytes = size / 2**20
    return f"{mebibytes:.0f} MiB" if mebibytes < GIBIBYTE else f"{mebibytes / GIBIBYTE:.1f} GiB"


def _age(age: timedelta | None) -> str:
    """Return the largest unit of `age` alone: `3d`, `4h`, `12m`."""
    if age is None:
        return ""
    seconds = max(int(age.total_seconds()), 0)
    units = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
    unit = next((unit for unit, length in units.items() if seconds >= length), "s")
    return f"{seconds // units[unit]}{unit}"


def _project(stack: ListedStack) -> str:
    return stack.project if stack.project_exists else f"{stack.project} (gone)"
