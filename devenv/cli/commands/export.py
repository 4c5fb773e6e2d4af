"""`devenv export`: files for what a team has already, made of what the project declares."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from devenv.cli.answer import Answer
from devenv.cli.command import command, group
from devenv.cli.context import Call
from devenv.cli.options import flag_only, option
from devenv.errors import UsageMistakeError

if TYPE_CHECKING:
    from devenv.export.kubernetes.files import KubernetesExport
    from devenv.files.exported import ExportedFile

GROUP = group("export", panel="Project", help="Files for what a team has already, made of what is declared.")

Into = Annotated[Path, option("--into", help="Directory to write into; it is made", metavar="DIR")]
Check = Annotated[
    bool, flag_only("--check", help="Write nothing; fail if the files are not current or not valid")
]
Kubeconfig = Annotated[
    Path | None,
    option(
        "--kubeconfig",
        help="With --check: ask the cluster of this file, too; it keeps nothing",
        metavar="FILE",
    ),
]
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


@command("kubernetes", group=GROUP)
def kubernetes(
    call: Call, into: Into, force: Force = False, check: Check = False, kubeconfig: Kubeconfig = None
) -> Answer:
    """Write values for the official Helm chart, and manifests of what belongs to it; needs no cluster.

    What is written is for people to review and for git to keep. Written again, files follow what is declared;
    one that was edited since stays, and what differs is shown. No secret is written: the end of the answer
    names those that have to exist.

    Examples: devenv export kubernetes --into deploy · devenv export kubernetes --into deploy --check
    """
    from devenv.cli.views.kubernetes import kubernetes_document, kubernetes_text
    from devenv.export.kubernetes.files import RECORD, kubernetes_export
    from devenv.files.exported import export_files

    if kubeconfig is not None and not check:
        raise UsageMistakeError(
            "--kubeconfig is for --check: an export asks no cluster",
            hint="add `--check`, or leave `--kubeconfig` out",
        )
    directory = call.directory / into
    export = kubernetes_export(call.written(), call.project.root)
    if check:
        return _checked(directory, export, kubeconfig and call.directory / kubeconfig)
    files = export_files(directory, export.files, RECORD, force=force)
    return Answer(
        kubernetes_document(directory, files, export),
        lambda console: kubernetes_text(console, directory, files, export),
        about_stack=False,
    )


def _checked(directory: Path, export: KubernetesExport, kubeconfig: Path | None) -> Answer:
    from devenv.cli.views.kubernetes import checked_text, kubernetes_document
    from devenv.export.kubernetes.check import check
    from devenv.export.kubernetes.dry_run import dry_run

    checked = check(directory, export)
    server = dry_run(directory, kubeconfig) if kubeconfig is not None else None
    return Answer(
        kubernetes_document(directory, [], export, checked, server),
        lambda console: checked_text(console, checked, export, server),
        about_stack=False,
    )


def _answer(directory: Path, files: list[ExportedFile]) -> Answer:
    from devenv.cli.views.project import export_document, export_text

    return Answer(
        export_document(directory, files), lambda console: export_text(console, files), about_stack=False
    )
