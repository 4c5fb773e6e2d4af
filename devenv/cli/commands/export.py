"""`devenv export`: files for what a team has already, made of what the project declares."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from devenv.cli.answer import Answer
from devenv.cli.command import command, group
from devenv.cli.context import Call
from devenv.cli.options import flag_only, option

if TYPE_CHECKING:
    from devenv.files.exported import ExportedFile

GROUP = group("export", panel="Project", help="Files for what a team has already, made of what is declared.")

Into = Annotated[Path, option("--into", help="Directory to write into; it is made", metavar="DIR")]
Force = Annotated[bool, flag_only("--force", help="Overwrite what was edited since, too")]


@command("grafana", group=GROUP)
def grafana(call: Call, into: Into, force: Force = False) -> Answer:
    """Write the dashboards for Grafana and the alert rules for Prometheus; needs neither, and no stack.

    Written again, files follow; one that was edited since stays, and what differs is shown.

    Examples: devenv export grafana --into monitoring · devenv export grafana --into monitoring --force
    """
    from devenv.addons.observability.grafana import RECORD, grafana_files
    from devenv.files.exported import export_files
    from devenv.stack.desired import services_namespaces

    files = grafana_files(services_namespaces(call.desired().seeds))
    directory = call.directory / into
    return _answer(directory, export_files(directory, files, RECORD, force=force))


def _answer(directory: Path, files: list[ExportedFile]) -> Answer:
    from devenv.cli.views.project import export_document, export_text

    return Answer(
        export_document(directory, files), lambda console: export_text(console, files), about_stack=False
    )
