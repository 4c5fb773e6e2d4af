"""`devenv config explain`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from devenv.cli.call import Answer, Call, command
from devenv.cli.commands.config.keys import setting_fields
from devenv.cli.options import option
from devenv.errors import DynamicConfigInvalidError, SettingsInvalidError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.console import Console

    from devenv.dynamicconfig.catalog.model import Catalog, Setting
    from devenv.dynamicconfig.explain import Candidate, Explanation

_READ = {"live": "takes effect live", "start": "read only when the server starts", "unknown": ""}

Key = Annotated[str, typer.Argument(metavar="KEY", help="A dynamic config key, in any case")]
Namespace = Annotated[str, option("-n", "--namespace", help="For this Temporal namespace", metavar="NAME")]
TaskQueue = Annotated[str, option("--task-queue", help="For this task queue", metavar="NAME")]
TaskType = Annotated[
    str, option("--task-type", help="For this kind of tasks: Workflow, Activity or Nexus", metavar="KIND")
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "explain")(explain)


def explain(
    call: Call, key: Key, namespace: Namespace = "", task_queue: TaskQueue = "", task_type: TaskType = ""
) -> Answer:
    """Show what a dynamic config key is, which value holds, where it was written, and what it beats.

    Examples: devenv config explain limit.blobSize.error --namespace orders
    """
    from devenv.dynamicconfig.explain import explain as explain_setting
    from devenv.dynamicconfig.load import read_layers
    from devenv.stack.desired import dynamic_config_layers, knowledge_of

    settings = call.settings()
    setting = _setting(key, knowledge_of(settings, None).catalog)
    request = {"namespace": namespace, "taskQueueName": task_queue, "taskType": _checked(task_type)}
    layers = read_layers(dynamic_config_layers(call.project, settings), call.project.root)
    found = explain_setting(setting, layers, request)
    return Answer(_fields(found), lambda console: _print(console, found, request), about_stack=False)


def _setting(key: str, catalog: Catalog) -> Setting:
    from devenv.dynamicconfig.lint.keys import advice_on_replaced_key, guess

    setting = catalog.find(key)
    if setting is None:
        raise DynamicConfigInvalidError(
            f'server {catalog.covers} has no key "{key}"',
            hint=advice_on_replaced_key(key) or guess(key, catalog) or "list all keys: `devenv config keys`",
        )
    return setting


def _checked(task_type: str) -> str:
    from devenv.dynamicconfig.constraints import objection

    reason = objection("taskType", task_type) if task_type else None
    if reason is not None:
        hint = "name one of Workflow, Activity and Nexus"
        raise SettingsInvalidError(reason, place="--task-type", hint=hint)
    return task_type


def _fields(found: Explanation) -> dict[str, Any]:
    from devenv.dynamicconfig.model import jsonable

    return setting_fields(found.setting) | {
        "value": jsonable(found.value),
        "winner": None if found.winner is None else found.winner.to_fields(),
        "beats": [each.to_fields() for each in found.beaten],
        "elsewhere": [each.to_fields() for each in found.elsewhere],
        "unreadable": [each.to_fields() for each in found.unreadable],
    }


def _print(console: Console, found: Explanation, request: Mapping[str, str]) -> None:
    from rich.markup import escape

    setting = found.setting
    facts = [f"{setting.type.value}, {_dependence(setting)}", _READ[setting.read]]
    console.print(f"[bold]{setting.key}[/]", soft_wrap=True)
    console.print(f"  {'; '.join(filter(None, facts))}", soft_wrap=True)
    for line in setting.description.splitlines():
        console.print(f"  [faint]{escape(line.strip())}[/]", soft_wrap=True)
    console.print()
    asked = escape(", ".join(f"{name} {value}" for name, value in request.items() if value))
    heading = f"value{f' for {asked}' if asked else ''}"
    if found.winner is None:
        console.print(f"{heading}: [bad]nobody can tell[/], because of", soft_wrap=True)
        for finding in found.unreadable:
            console.print(f"  {escape(finding.sentence)}", soft_wrap=True)
        _print_list(console, "without that, in this order", found.beaten)
    else:
        console.print(f"{heading}: {_in_words(found.winner)}", soft_wrap=True)
        if found.winner.objection:
            console.print(f"  [bad]not used:[/] {escape(found.winner.objection)}", soft_wrap=True)
        _print_list(console, "beats", found.beaten)
    _print_list(console, "for other requests", found.elsewhere)


def _dependence(setting: Setting) -> str:
    names = sorted(frozenset().union(*setting.precedence.constraint_sets))
    return f"can depend on {', '.join(names)}" if names else "one value for the whole server"


def _print_list(console: Console, title: str, candidates: tuple[Candidate, ...]) -> None:
    if candidates:
        console.print(f"{title}:")
        for each in candidates:
            console.print(f"  {_in_words(each)}", soft_wrap=True)


def _in_words(candidate: Candidate) -> str:
    from rich.markup import escape

    value = escape(json.dumps(candidate.value, default=str))
    held = ", ".join(f"{name}: {each}" for name, each in sorted(candidate.constraints.items()))
    where = escape(f" {{{held}}}") if held else ""
    source = escape(candidate.place) if candidate.place else "the server's default"
    return f"[good]{value}[/]{where}  [faint]{source}[/]"
