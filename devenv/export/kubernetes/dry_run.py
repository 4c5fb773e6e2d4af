"""`export kubernetes --check --kubeconfig`: whether the API server of a cluster takes the manifests.

The server goes through all that it does with an object, admission included, and keeps nothing:
https://kubernetes.io/docs/reference/using-api/api-concepts/#dry-run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from devenv.engines.host.programs import run_for_output
from devenv.errors import CommandFailedError, ExportInvalidError, PrerequisiteError

if TYPE_CHECKING:
    from pathlib import Path

_SERVER = "jsonpath={.clusters[0].cluster.server}"


def dry_run(directory: Path, kubeconfig: Path) -> str:
    """Return the address of the cluster that takes what is in `directory`.

    Raises:
        PrerequisiteError: There is no kubectl.
        ExportInvalidError: The file names no cluster, or its server refuses an object; with its address.
    """
    if not kubeconfig.is_file():
        hint = "name the file of a cluster with `--kubeconfig`"
        raise ExportInvalidError("there is no such file", place=kubeconfig, hint=hint)
    kubectl = ["kubectl", "--kubeconfig", str(kubeconfig)]
    try:
        server = run_for_output([*kubectl, "config", "view", "--minify", "--output", _SERVER])
    except FileNotFoundError as error:
        hint = "install kubectl, or check without `--kubeconfig`"
        raise PrerequisiteError("There is no command `kubectl`", hint=hint) from error
    except CommandFailedError as error:
        raise ExportInvalidError("names no cluster", place=kubeconfig, details=error.details) from error
    try:
        run_for_output([*kubectl, "apply", "--dry-run=server", "--kustomize", str(directory)])
    except CommandFailedError as error:
        raise ExportInvalidError(
            f"The cluster at {server} does not take the export",
            details=error.details,
            hint="operators and Kubernetes namespaces have to be there first: README.md of the export",
        ) from error
    return server
