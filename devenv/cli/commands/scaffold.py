"""`devenv new-service` and `remove-service`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from devenv.cli.answer import Answer
from devenv.cli.command import command
from devenv.cli.context import Call, working_directory
from devenv.cli.options import option, up_request
from devenv.cli.output.formats import OutputFormat

if TYPE_CHECKING:
    from devenv.scaffold.create import NextStep, OverlayAdvice
    from devenv.scaffold.names import Language
    from devenv.scaffold.service import ProjectLayout, ServicePlan


@command("new-service", panel="Project")
def new_service(
    call: Call,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the service, and of its namespace")],
    lang: Annotated[
        str | None,
        option("--lang", help="go, python or both; asked for on a terminal, else both", metavar="NAME"),
    ] = None,
    into: Annotated[
        Path | None,
        option("--into", help="Directory to make its folder in, instead of here", metavar="PARENT"),
    ] = None,
    module: Annotated[
        str | None, option("--module", help="Go module, instead of example.com/NAME", metavar="PATH")
    ] = None,
    dry_run: Annotated[bool, option("--dry-run", help="Only show what would be written")] = False,
    no_apply: Annotated[bool, option("--no-apply", help="Leave a stack that is up as it is")] = False,
) -> Answer:
    """Write a service that works: an order saga with its tests, image and deployment.

    Its namespace, search attributes and schedule are declared, and applied at once if the stack is up.

    Examples: devenv new-service orders · devenv new-service payments --lang go --module acme.dev/payments
    """
    from devenv.scaffold.create import advise, create, next_steps
    from devenv.scaffold.service import ServiceRequest, plan_service

    here = working_directory()
    request = ServiceRequest(name, _language(call, lang), call.directory / (into or ""), module)
    plan = plan_service(request, _layout(call))
    advice = advise(plan, call.project.settings_file, has_registry=call.stack.expects_registry)
    if dry_run:
        return _answer(plan, advice, [], is_dry=True, is_applied=False)
    advice = create(plan, call.project.settings_file, advice)
    _tell_missing_programs(call, plan.language)
    is_running = call.stack.is_serving
    if is_running and not no_apply:
        _apply(call, plan)
    steps = next_steps(plan, here, call.options.project, is_up=is_running and not no_apply)
    return _answer(plan, advice, steps, is_dry=False, is_applied=is_running and not no_apply)


def _language(call: Call, given: str | None) -> Language:
    from devenv.cli.output.terminal import is_interactive
    from devenv.scaffold.names import Language

    choices = [language.value for language in Language]
    if given is None and call.output is OutputFormat.TEXT and is_interactive(no_input=call.options.no_input):
        given = _ask(f"Language ({', '.join(choices)})", choices)
    if given is not None and given not in choices:
        raise typer.BadParameter(f"'{given}' is not one of {', '.join(choices)}", param_hint="--lang")
    return Language(given or Language.BOTH)


def _ask(question: str, choices: list[str]) -> str:
    try:
        while (answer := str(typer.prompt(question, err=True, default=choices[-1]))) not in choices:
            pass
    except typer.Abort:
        raise KeyboardInterrupt from None
    return answer


def _layout(call: Call) -> ProjectLayout:
    from devenv.scaffold.service import DeclaredNamespace, ProjectLayout
    from devenv.seeds.kinds.namespace import NamespaceSpec
    from devenv.seeds.kinds.schedule.spec import ScheduleSpec
    from devenv.seeds.load import load_seeds

    paths, root = call.settings().paths, call.project.root
    seeds = load_seeds([root / paths.seeds], root)
    declared = {
        namespace.name: DeclaredNamespace(
            _file_of(seeds.place_of(namespace.name)),
            {name: kind.value for name, kind in namespace.search_attributes.items()},
            [each.id for each in seeds.of(ScheduleSpec) if each.namespace == namespace.name],
        )
        for namespace in seeds.of(NamespaceSpec)
    }
    return ProjectLayout(root, paths.seeds, paths.dynamicconfig, declared)


def _file_of(place: str | None) -> str:
    """Return the file of a place, which is FILE:LINE:COLUMN."""
    return (place or "").rsplit(":", 2)[0]


def _apply(call: Call, plan: ServicePlan) -> None:
    from devenv.stack.up import apply_service

    apply_service(plan.name.text, call.stack, call.desired, up_request())


def _tell_missing_programs(call: Call, language: Language) -> None:
    from devenv.events import warn
    from devenv.scaffold.create import missing_programs

    for program, source in missing_programs(language).items():
        warn(call.reporter, f"`{program}` is not installed, and the recipes of the service need it: {source}")


def _answer(
    plan: ServicePlan, advice: OverlayAdvice, steps: list[NextStep], *, is_dry: bool, is_applied: bool
) -> Answer:
    from devenv.cli.views.project import new_service_document, new_service_text

    return Answer(
        new_service_document(plan, advice, steps, is_dry=is_dry, is_applied=is_applied),
        lambda console: new_service_text(console, plan, advice, steps, is_dry=is_dry),
        about_stack=is_applied,
    )


@command("remove-service", panel="Project")
def remove_service(
    call: Call,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the service")],
    into: Annotated[
        Path | None, option("--into", help="Where its folder lies, if not here", metavar="PARENT")
    ] = None,
) -> Answer:
    """Remove what `new-service` wrote; asks before it removes a file that was changed or added since.

    The server keeps the namespace and its workflows.

    Examples: devenv remove-service orders · devenv remove-service orders --yes
    """
    from devenv.cli.questions import confirm_by_typing
    from devenv.cli.views.project import removed_service_document, removed_service_text
    from devenv.scaffold.removal import forget_overlays, plan_removal, remove

    removal = plan_removal(name, call.directory / (into or ""), call.project.root)
    if removal.changed:
        what = f"Removing the service {name} with {len(removal.changed)} files of yours"
        confirm_by_typing(call, what, name, details=removal.changed)
    remove(removal)
    still_named = forget_overlays(removal, call.project.settings_file)
    return Answer(
        removed_service_document(removal, still_named=still_named),
        lambda console: removed_service_text(console, removal, still_named=still_named),
        about_stack=False,
    )
