"""`devenv config explain`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from devenv.cli.answer import Answer
from devenv.cli.command import command
from devenv.cli.context import Call
from devenv.cli.options import option
from devenv.errors import DynamicConfigInvalidError, SettingsInvalidError

if TYPE_CHECKING:
    from devenv.dynamicconfig.catalog.model import Catalog, Setting

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
    from devenv.cli.views.config import explanation_document, explanation_text
    from devenv.dynamicconfig.explain import explain as explain_setting
    from devenv.dynamicconfig.load import read_layers
    from devenv.stack.desired import dynamic_config_layers, knowledge_of

    settings = call.settings()
    setting = _setting(key, knowledge_of(settings, None).catalog)
    request = {"namespace": namespace, "taskQueueName": task_queue, "taskType": _checked(task_type)}
    layers = read_layers(dynamic_config_layers(call.project, settings), call.project.root)
    found = explain_setting(setting, layers, request)
    return Answer(
        explanation_document(found),
        lambda console: explanation_text(console, found, request),
        about_stack=False,
    )


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
