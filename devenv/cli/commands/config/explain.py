"""`devenv config explain`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from devenv.cli.answer import Answer
from devenv.cli.command import command
from devenv.cli.context import Call
from devenv.cli.options import option
from devenv.errors import DynamicConfigInvalidError, SeedsInvalidError, SettingsInvalidError
from devenv.events import warn

if TYPE_CHECKING:
    from devenv.dynamicconfig.catalog.model import Catalog, Setting
    from devenv.project.settings import Settings

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
    if namespace:
        _warn_of_undeclared(call, settings, namespace)
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


def _warn_of_undeclared(call: Call, settings: Settings, namespace: str) -> None:
    """Say that no seed declares `namespace`, of which the answer would be that of any unknown name."""
    from devenv.files.sentences import did_you_mean
    from devenv.seeds.kinds.namespace import NamespaceSpec
    from devenv.stack.desired import declared_seeds

    try:
        declared = [each.name for each in declared_seeds(call.project, settings).of(NamespaceSpec)]
    except SeedsInvalidError:  # whatever is wrong there, another command tells it
        return
    if namespace not in declared:
        guess = did_you_mean(namespace, declared)
        warn(call.reporter, f'no seed declares the namespace "{namespace}"{guess}')


def _checked(task_type: str) -> str:
    from devenv.dynamicconfig.constraints import objection

    reason = objection("taskType", task_type) if task_type else None
    if reason is not None:
        hint = "name one of Workflow, Activity and Nexus"
        raise SettingsInvalidError(reason, place="--task-type", hint=hint)
    return task_type
