"""`devenv up`, `down`, `stop`, `start` and `restart`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from devenv.cli import options
from devenv.cli.answer import Answer
from devenv.cli.command import command
from devenv.cli.context import Call
from devenv.cli.options import NoSnapshot, Services, Timeout, Trust, flag_only, option
from devenv.cli.questions import with_trust

if TYPE_CHECKING:
    from devenv.stack.leaving import Departure

Keep = Annotated[bool, option("--keep-on-failure", help="Leave everything as it is when it fails")]
Pull = Annotated[bool, option("--pull", help="Pull images even if local ones will do")]
Offline = Annotated[bool, option("--offline", help="Never ask an image registry")]
# Without a variable: TEMPORAL_DEVENV_PROFILE is that of `plan --profile NAME`.
ClientProfile = Annotated[
    bool | None,
    flag_only(
        "--profile/--no-profile",
        help="Write a profile of the stack's name into Temporal's configuration file, until `down`",
        show_default=False,
    ),
]
Snapshot = Annotated[
    str | None, flag_only("--snapshot", help="Replace the data by that of a snapshot", metavar="NAME")
]
Timings = Annotated[bool, option("--timings", help="Show how long each step took")]


@command("up", panel="Stack")
def up(
    call: Call,
    engine: options.Engine = None,
    timeout: Timeout = None,
    any_port: options.AnyPort = False,
    keep_on_failure: Keep = False,
    pull: Pull = False,
    offline: Offline = False,
    timings: Timings = False,
    trust: Trust = None,
    with_: options.With = None,
    without: options.Without = None,
    profile: ClientProfile = None,
    snapshot: Snapshot = None,
    no_snapshot: NoSnapshot = False,
) -> Answer:
    """Bring the stack up and wait until it is usable.

    Running it again changes nothing, or what you changed in the meantime.

    Examples: devenv up · devenv up --with observability · devenv up --engine embedded · devenv up
    --timeout 5m -o json
    """
    from devenv.cli.views.stack import ready_text, report_document
    from devenv.stack.up import bring_up

    desired = call.desired(options.overrides(engine, timeout))
    request = options.up_request(
        any_port=any_port,
        keep_on_failure=keep_on_failure,
        pull=pull,
        offline=offline,
        trust=trust,
        addons=options.switched(with_ or [], without or []),
        profile=profile,
        snapshot=None if snapshot is None else options.chosen_snapshot(call, snapshot),
        no_snapshot=no_snapshot,
    )
    report = with_trust(call, lambda: bring_up(call.stack, desired, request))
    return Answer(
        report_document(report),
        lambda console: ready_text(console, report, call.project, timings=timings),
    )


@command("down", panel="Stack")
def down(
    call: Call,
    volumes: Annotated[bool, flag_only("--volumes", help="Delete the data too")] = False,
    no_snapshot: NoSnapshot = False,
) -> Answer:
    """Stop and remove the stack; its data stays, unless `--volumes` is given.

    A stack that worktrees share stays up as long as another one uses it; `--volumes` deletes the namespaces
    of this one.

    A snapshot is saved of data that is deleted, the last three of a stack are kept; in CI there is none.

    Examples: devenv down · devenv down --volumes --yes · devenv down --volumes --no-snapshot
    """
    from devenv.cli.views.stack import down_document, down_text
    from devenv.stack.leaving import leave, plan_departure
    from devenv.stack.lifecycle import down as take_down
    from devenv.stack.sharing import is_shared

    departure = plan_departure(call.stack) if is_shared(call.stack) else None
    if volumes:
        _confirm_deletion(call, departure)
    saves_data = options.saves_data(no_snapshot=no_snapshot)
    remove = leave if departure is not None else take_down
    report = remove(call.stack, volumes=volumes, saves_data=saves_data)
    return Answer(down_document(report), lambda console: down_text(console, report))


def _confirm_deletion(call: Call, departure: Departure | None) -> None:
    from devenv.cli.questions import confirm_by_typing

    record = call.stack.record
    what = f"Deleting all data of the stack {call.stack_name}"
    details = [f"with it {addon.data}" for addon in (record.addons if record else ()) if addon.data]
    if departure is not None and not departure.is_last:
        what = "Deleting the namespaces of this worktree with all their workflows"
        details = [*departure.namespaces]
    confirm_by_typing(call, what, call.stack_name, details=details)


@command("stop", panel="Stack")
def stop(call: Call, services: Services = None) -> Answer:
    """Stop the stack without removing anything.

    Examples: devenv stop · devenv stop opensearch
    """
    from devenv.stack.lifecycle import stop as stop_services

    stop_services(call.stack, services or ())
    stopped = ", ".join(services or ()) or "The stack"
    return Answer(
        {"stopped": services or []},
        lambda console: console.say(f"{stopped} is stopped; `devenv start` brings it back."),
    )


@command("start", panel="Stack")
def start(call: Call, services: Services = None, timeout: Timeout = None, trust: Trust = None) -> Answer:
    """Start a stopped stack and wait until it is usable.

    Examples: devenv start · devenv start opensearch
    """
    from devenv.cli.views.stack import ready_text, report_document
    from devenv.stack.lifecycle import start as start_services

    desired, request = call.desired(options.overrides(None, timeout)), options.up_request(trust=trust)
    report = with_trust(call, lambda: start_services(call.stack, services or (), desired, request))
    return Answer(report_document(report), lambda console: ready_text(console, report, call.project))


@command("restart", panel="Stack")
def restart(call: Call, services: Services = None, timeout: Timeout = None, trust: Trust = None) -> Answer:
    """Stop the stack, start it again, and wait until it is usable.

    Examples: devenv restart · devenv restart temporal
    """
    from devenv.cli.views.stack import ready_text, report_document
    from devenv.stack.lifecycle import restart as restart_services

    desired, request = call.desired(options.overrides(None, timeout)), options.up_request(trust=trust)
    report = with_trust(call, lambda: restart_services(call.stack, services or (), desired, request))
    return Answer(report_document(report), lambda console: ready_text(console, report, call.project))
