"""`devenv config lint`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from devenv.cli.answer import Answer
from devenv.cli.command import command
from devenv.cli.context import Call
from devenv.cli.options import option
from devenv.errors import DynamicConfigInvalidError, ExitCode, SeedsInvalidError, SettingsInvalidError

if TYPE_CHECKING:
    from devenv.dynamicconfig.findings import Finding
    from devenv.project.settings import Settings
    from devenv.seeds.seeds import Seeds


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


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "lint")(lint)


def _style(text: str) -> LintFormat:
    try:
        return LintFormat(text)
    except ValueError:
        advice = "; JSON is `-o json`" if text in {"json", "jsonl"} else ""
        raise typer.BadParameter(f"'{text}' is not one of 'text', 'github'{advice}") from None


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
    image = server_image(settings.stack_versions, kind, call.wiring.image_store())
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
