"""What `export kubernetes` answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from devenv.cli.output.visible import escape
from devenv.cli.views.project import export_document, export_text
from devenv.files.text import display_path

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from devenv.cli.output.terminal import SafeConsole
    from devenv.export.kubernetes.files import KubernetesExport
    from devenv.export.kubernetes.secrets import NeededSecret
    from devenv.files.exported import ExportedFile


def kubernetes_document(
    directory: Path,
    files: Sequence[ExportedFile],
    export: KubernetesExport,
    checked: Sequence[str] = (),
    cluster: str | None = None,
) -> dict[str, Any]:
    """Return the fields of `export kubernetes`."""
    secrets = [
        {
            "name": each.name,
            "namespace": each.namespace,
            "keys": list(each.keys),
            "why": each.why,
            "place": each.place or None,
            "command": each.command or None,
        }
        for each in export.secrets
    ]
    document = export_document(directory, files)
    asked = {"checked": list(checked), "cluster": cluster}
    return {**document, "secrets": secrets, "notes": list(export.notes), **asked}


def kubernetes_text(
    console: SafeConsole, directory: Path, files: Sequence[ExportedFile], export: KubernetesExport
) -> None:
    """Print each file, what the export leaves out, the Secrets that have to exist, and where to go on."""
    export_text(console, files)
    for note in export.notes:
        console.say(f"\nNote: {escape(note)}")
    console.say("\nThese Secrets have to exist; none of them is in the files:")
    for secret in export.secrets:
        console.say(f"\n  {escape(secret.name)}: {escape(secret.why)}")
        console.plain(f"    {secret.command or _in_store(secret)}")
    readme = escape(display_path(directory / "README.md"))
    console.say(f"\nNext: {readme} says what the cluster needs, and how to install it.")


def checked_text(
    console: SafeConsole, checked: Sequence[str], export: KubernetesExport, server: str | None
) -> None:
    """Print what was checked, and by what."""
    cluster = export.cluster
    console.say(
        f"All files are current. Kubernetes {cluster.version}, operators and chart {cluster.chart} take the "
        f"{len(checked)} that are for them."
    )
    if server is not None:
        console.say(f"The cluster at {escape(server)} takes them, too; nothing of it was changed.")


def _in_store(secret: NeededSecret) -> str:
    keys = [key for key in secret.keys if key not in secret.known]
    return f"in the store of External Secrets, at {secret.place}: {', '.join(keys)}"
