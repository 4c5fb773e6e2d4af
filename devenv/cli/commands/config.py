"""`devenv config`: the dynamic config of the project."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from devenv.cli.answer import Answer
from devenv.cli.command import command, group
from devenv.cli.context import Call
from devenv.cli.options import option, up_request
from devenv.errors import DynamicConfigInvalidError, ExitCode, SeedsInvalidError, SettingsInvalidError
from devenv.events import warn

if TYPE_CHECKING:
    from devenv.dynamicconfig.catalog.model import Catalog, Setting
    from devenv.dynamicconfig.findings import Finding
    from devenv.project.settings import Settings
    from devenv.seeds.seeds import Seeds


GROUP = group(
    "config", panel="Project", help="Dynamic config: check it, explain it, repair it, bring it into effect."
)


class LintFormat(StrEnum):
    """How findings are written."""

    TEXT = "text"
    GITHUB = "github"


Paths = Annotated[
    list[Path] | None,
    typer.Argument(metavar="PATH", help="Files in the server's form; without one, the project's own"),
]


Server = Annotated[
    bool, option("--server", help="Ask the server in its image too, which needs a Docker engine")
]


def _style(text: str) -> LintFormat:
    try:
        return LintFormat(text)
    except ValueError:
        advice = "; JSON is `-o json`" if text in {"json", "jsonl"} else ""
        raise typer.BadParameter(f"'{text}' is not one of 'text', 'github'{advice}") from None


@command("lint", group=GROUP)
def lint(
    call: Call,
    paths: Paths = None,
    server: Server = False,
    style: Annotated[
        LintFormat, option("--format", help="How to write findings", metavar="text|github", parser=_style)
    ] = LintFormat.TEXT,
) -> Answer:
    """Find what the server would reject or silently ignore in dynamic config; needs no server and no Docker.

    Examples: devenv config lint · devenv config lint old.yaml · devenv config lint --format github
    """
    from devenv.cli.views.config import annotations_text, findings_document, findings_text

    findings = _findings(call, paths or [])
    if server:
        findings += _verdict(call, paths or [])
    errors = [each for each in findings if each.code.severity == "error"]
    fields = findings_document(findings)
    if errors:
        fields |= _failure(errors)
    return Answer(
        fields,
        lambda console: (annotations_text if style is LintFormat.GITHUB else findings_text)(
            console, findings
        ),
        exit_code=ExitCode.INVALID_INPUT if errors else ExitCode.OK,
        about_stack=False,
    )


def _findings(call: Call, paths: list[Path]) -> list[Finding]:
    from devenv.dynamicconfig.lint.run import lint_files, lint_layers
    from devenv.stack.desired import dynamic_config_layers, knowledge_of

    if paths:
        return lint_files(paths, knowledge_of(_settings_for_files(call), None).catalog)
    settings = call.settings()
    knowledge = knowledge_of(settings, _seeds(call))
    return lint_layers(dynamic_config_layers(call.project, settings), knowledge, call.project.root)


def _settings_for_files(call: Call) -> Settings:
    """Return the project's settings, or the defaults: files stand for themselves, whatever surrounds them."""
    from devenv.project.settings import Settings

    try:
        return call.settings()
    except SettingsInvalidError:
        return Settings()


def _verdict(call: Call, paths: list[Path]) -> list[Finding]:
    from devenv.dynamicconfig.load import merge_layers, read_layers
    from devenv.stack.desired import dynamic_config_layers
    from devenv.stack.server_verdict import ask_server, server_image, source_of_config, source_of_file

    settings = _settings_for_files(call) if paths else call.settings()
    if paths:
        sources = [source for source in map(source_of_file, paths) if source is not None]
    else:
        layers = read_layers(dynamic_config_layers(call.project, settings), call.project.root)
        sources = [source_of_config(merge_layers(layers), str(settings.paths.dynamicconfig))]
    record = call.deps.store.load(call.stack_name)
    kind = record.image_family if record is not None else None
    image = server_image(settings.stack_versions, kind, call.deps.images())
    return ask_server(sources, image, call.wiring.server_validator())


def _seeds(call: Call) -> Seeds | None:
    """Return the seeds, or None if they are broken: somebody else's finding."""
    from devenv.stack.desired import declared_seeds

    try:
        return declared_seeds(call.project, call.settings())
    except SeedsInvalidError:
        return None


def _failure(errors: list[Finding]) -> dict[str, Any]:
    from devenv.cli.output.documents import failure_fields

    sentences = [each.sentence for each in errors]
    return failure_fields(DynamicConfigInvalidError(sentences[0], details=sentences[1:]))


@command("show", group=GROUP)
def show(call: Call) -> Answer:
    """Print the dynamic config file that the server reads, with the place where each value was written.

    Examples: devenv config show · devenv config show -o json
    """
    from devenv.cli.views.config import config_document
    from devenv.dynamicconfig.render import render_with_places

    config = call.desired().dynamic_config
    text = render_with_places(config)
    return Answer(config_document(text, config), lambda console: console.data(text), about_stack=False)


Key = Annotated[str, typer.Argument(metavar="KEY", help="A dynamic config key, in any case")]
Namespace = Annotated[str, option("-n", "--namespace", help="For this Temporal namespace", metavar="NAME")]
TaskQueue = Annotated[str, option("--task-queue", help="For this task queue", metavar="NAME")]
TaskType = Annotated[
    str, option("--task-type", help="For this kind of tasks: Workflow, Activity or Nexus", metavar="KIND")
]


@command("explain", group=GROUP)
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
    from devenv.dynamicconfig.lint.namespaces import undeclared_namespace
    from devenv.files.sentences import did_you_mean
    from devenv.seeds.kinds.namespace import NamespaceSpec
    from devenv.stack.desired import declared_seeds

    try:
        declared = [each.name for each in declared_seeds(call.project, settings).of(NamespaceSpec)]
    except SeedsInvalidError:  # whatever is wrong there, another command tells it
        return
    undeclared = undeclared_namespace(namespace, declared)
    if undeclared is not None:
        warn(call.reporter, f"{undeclared}{did_you_mean(namespace, declared)}")


def _checked(task_type: str) -> str:
    from devenv.dynamicconfig.constraints import objection

    reason = objection("taskType", task_type) if task_type else None
    if reason is not None:
        hint = "name one of Workflow, Activity and Nexus"
        raise SettingsInvalidError(reason, place="--task-type", hint=hint)
    return task_type


Pattern = Annotated[
    str, typer.Argument(metavar="PATTERN", help="Words that a key must have, all of them; `*` is any text")
]


@command("keys", group=GROUP)
def keys(call: Call, pattern: Pattern = "") -> Answer:
    """List the dynamic config keys of the project's server version, with type, precedence and default.

    Examples: devenv config keys · devenv config keys blobSize · devenv config keys "namespace rps"
    """
    from devenv.cli.views.config import keys_document, keys_text
    from devenv.stack.desired import knowledge_of

    settings = knowledge_of(call.settings(), None).catalog.search(pattern)
    return Answer(keys_document(settings), lambda console: keys_text(console, settings), about_stack=False)


@command("migrate", group=GROUP)
def migrate(
    call: Call,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A dynamic config file in the server's form")],
) -> Answer:
    """Print a corrected version of an old dynamic config file, without errors; the file stays as it is.

    Examples: devenv config migrate old.yaml > dynamicconfig/limits.yaml
    """
    from devenv.dynamicconfig.migrate import migrate as migrate_file
    from devenv.stack.desired import knowledge_of

    migrated = migrate_file(file, knowledge_of(call.settings(), None).catalog)
    fields = {"text": migrated.text, "changes": list(migrated.changes)}
    return Answer(fields, lambda console: console.data(migrated.text), about_stack=False)


Restart = Annotated[
    bool, option("--restart", help="Restart the server where a changed value needs that to take effect")
]


@command("apply", group=GROUP)
def apply(call: Call, restart: Restart = False) -> Answer:
    """Bring the project's dynamic config into effect, and wait until the server says that it is.

    Values that the server refuses are taken back. The embedded engine reads values only when it starts.

    Examples: devenv config apply · devenv config apply --restart · devenv config apply -o json
    """
    from devenv.cli.views.config import applied_config_document, applied_config_text
    from devenv.stack.config_apply import apply_config, restart_for_config

    desired = call.desired()
    applied = apply_config(call.stack, desired)
    if restart and applied.needs_restart:
        applied = restart_for_config(call.stack, applied, desired, up_request())
    return Answer(applied_config_document(applied), lambda console: applied_config_text(console, applied))
