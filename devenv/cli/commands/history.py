"""`devenv history`: histories of workflows of the running stack."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from devenv.cli.answer import Answer
from devenv.cli.command import command, group
from devenv.cli.context import Call
from devenv.cli.options import flag_only, option

GROUP = group("history", panel="Stack", help="Histories of workflows, as files.")

WorkflowId = Annotated[
    str | None, option("--workflow-id", help="Of this workflow: its latest run", metavar="ID")
]
RunId = Annotated[str | None, option("--run-id", help="Of this run of the workflow", metavar="ID")]
Query = Annotated[str | None, option("--query", help="Of what this visibility query finds", metavar="QUERY")]
Namespace = Annotated[
    str | None,
    option("-n", "--namespace", help="In this Temporal namespace, not in the project's own", metavar="NAME"),
]
Into = Annotated[Path, option("--into", help="Directory to write into; it is made", metavar="DIR")]
Limit = Annotated[int, option("--limit", help="The newest so many runs", metavar="N", min=1, max=10_000)]
Force = Annotated[bool, flag_only("--force", help="Overwrite files that have something else")]


@command("export", group=GROUP)
def export(
    call: Call,
    workflow_id: WorkflowId = None,
    run_id: RunId = None,
    query: Query = None,
    namespace: Namespace = None,
    into: Into = Path("histories"),
    limit: Limit = 100,
    force: Force = False,
) -> Answer:
    """Write histories as JSON files, which the SDKs replay and the Web UI imports.

    Without a workflow or a query these are the newest runs of the namespace. A file that is there stays: with
    the same history that is fine, with anything else it is a failure.

    Examples: devenv history export --workflow-id order-1 · devenv history export --query
    'WorkflowType="OrderSaga" AND ExecutionStatus="Running"' -n orders --into tests/histories
    """
    from devenv.cli.views.histories import exported_document, exported_text, failure_of
    from devenv.errors import ExitCode
    from devenv.stack.history_export import Asked, export_histories

    _check(workflow_id, run_id, query)
    meant = call.names.meant(namespace) if namespace else call.namespace
    directory = call.directory / into
    asked = Asked(meant, workflow_id or "", run_id or "", query or "", limit)
    export = export_histories(call.stack, asked, directory, force=force)
    failure = failure_of(export)
    return Answer(
        {**exported_document(directory, meant, export), **failure},
        lambda console: exported_text(console, directory, meant, export),
        exit_code=ExitCode.FAILURE if failure else ExitCode.OK,
    )


def _check(workflow_id: str | None, run_id: str | None, query: str | None) -> None:
    """Raise for options that do not go together; an empty ID is a mistake of a script, not all workflows."""
    if "" in {workflow_id, run_id}:
        raise typer.BadParameter("the ID is empty")
    if workflow_id and query is not None:
        raise typer.BadParameter("give either --workflow-id or --query")
    if run_id and not workflow_id:
        raise typer.BadParameter("--run-id needs --workflow-id")
