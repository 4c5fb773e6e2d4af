"""All files of an export, and what has to be said of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING

from devenv.errors import ExportInvalidError
from devenv.export.kubernetes.bootstrap import bootstrap
from devenv.export.kubernetes.charts import charts
from devenv.export.kubernetes.declaration import Declaration
from devenv.export.kubernetes.exposure import exposure
from devenv.export.kubernetes.gitops import NAMES_IN_RELEASES, argocd, flux
from devenv.export.kubernetes.kustomization import FILE, NAMES, VALUES, kustomization
from devenv.export.kubernetes.monitoring import dashboards, monitoring
from devenv.export.kubernetes.namespace import namespaces
from devenv.export.kubernetes.network import policies
from devenv.export.kubernetes.postgres import postgres
from devenv.export.kubernetes.schemas import known_versions
from devenv.export.kubernetes.secret_sources import example_files, external_secrets
from devenv.export.kubernetes.secrets import needed_secrets
from devenv.export.kubernetes.texts import texts
from devenv.export.kubernetes.tls import certificates
from devenv.export.kubernetes.values import values_of
from devenv.export.kubernetes.workers import workers
from devenv.files.yaml_documents import write_manifests
from devenv.project.builtin import builtin_dir
from devenv.project.kubernetes import read_kubernetes
from devenv.project.locate import LOCAL_SETTINGS_FILE
from devenv.project.visibility import VISIBILITY_STORES
from devenv.seeds.fit import beyond_columns, unfit_for_index
from devenv.seeds.kinds.user import UserSpec
from devenv.stack.desired import services_namespaces

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from devenv.dynamicconfig.model import DynamicConfig
    from devenv.export.kubernetes.secrets import NeededSecret
    from devenv.project.kubernetes import Kubernetes
    from devenv.project.settings import Settings
    from devenv.seeds.seeds import Seeds
    from devenv.stack.desired import Desired

RECORD = ".devenv-kubernetes.json"

_ABOUT_VALUES = """\
Values of the Helm chart temporalio/temporal {chart}, written by `devenv export kubernetes`.
numHistoryShards can never be changed once the server has run.
createDatabase is false: the databases temporal and temporal_visibility are made with Postgres.
The Web UI is the one pod that is not restricted: its image writes a file of its own at start.
"""
# What does in a cluster what an add-on does in a stack, below `[kubernetes]`; None where it is always done.
_COUNTERPARTS: Mapping[str, str | None] = {
    "backups": "postgres.backups",
    "login": "ui.oidc",
    "observability": "monitoring",
    "roles": None,
    "tls": "tls.server",
}
_OFF = ("", False, "no")


@dataclass(frozen=True)
class KubernetesExport:
    """The files by path, the Secrets that they name, and sentences on what they leave out."""

    cluster: Kubernetes
    files: Mapping[str, bytes]
    secrets: Sequence[NeededSecret]
    notes: Sequence[str]


def kubernetes_export(desired: Desired, root: Path) -> KubernetesExport:
    """Return what `desired` of the project at `root` is in a cluster; the same gives the same bytes.

    Raises:
        InvalidInputError: With the place of what cannot be exported.
    """
    declared = declaration_of(desired)
    cluster = declared.cluster
    job = bootstrap(declared)
    secrets = needed_secrets(cluster)
    deployments = workers(root, cluster)
    boards = dashboards(cluster, services_namespaces(desired.seeds))
    resources = {
        path: documents
        for path, documents in {
            "namespace.yaml": namespaces(cluster),
            "secrets.yaml": external_secrets(secrets, cluster),
            "postgres.yaml": postgres(declared),
            "certificates.yaml": certificates(cluster),
            "network.yaml": policies(cluster),
            "exposure.yaml": exposure(cluster),
            "bootstrap/job.yaml": [job.job],
            **{f"workers/{name}.yaml": each for name, each in deployments.items()},
            "monitoring/prometheus.yaml": monitoring(cluster, has_workers=bool(deployments)),
            "flux/release.yaml": flux(cluster),
        }.items()
        if documents
    }
    texts_by_path = {
        VALUES: write_manifests([values_of(declared)], _ABOUT_VALUES.format(chart=cluster.chart)),
        FILE: write_manifests([kustomization(cluster, list(resources), job.files, boards)]),
        **{path: write_manifests(documents) for path, documents in resources.items()},
        **job.files,
        **example_files(secrets, cluster),
        **_of_controllers(cluster),
        **texts(cluster, secrets),
    }
    files = {path: text.encode() for path, text in texts_by_path.items()} | dict(boards)
    return KubernetesExport(cluster, files, secrets, [*_notes(desired.settings, declared), *job.left_out])


def _of_controllers(cluster: Kubernetes) -> dict[str, str]:
    """Return the files of GitOps controllers that Kustomize does not list."""
    files = {}
    if cluster.gitops == "flux":
        files[NAMES] = write_manifests([NAMES_IN_RELEASES])
    if application := argocd(cluster):
        files["argocd/application.yaml"] = write_manifests(application)
    return files


def declaration_of(desired: Desired) -> Declaration:
    """Return what a cluster gets of `desired`.

    Raises:
        InvalidInputError: With the place of what it cannot get.
    """
    settings = desired.settings
    cluster = read_kubernetes(settings)
    _check_version("chart", cluster.chart, list(charts()), settings)
    _check_version("version", cluster.version, known_versions(), settings)
    _check_attributes(desired.seeds, cluster)
    return Declaration(
        cluster=cluster,
        versions=dict(settings.versions),
        ui=settings.ui,
        namespace=settings.namespace,
        seeds=desired.seeds,
        dynamic_config=_own(desired.dynamic_config),
    )


def _own(config: DynamicConfig) -> DynamicConfig:
    """Return what the project says itself: what devenv ships is for development."""
    shipped = str(builtin_dir("dynamicconfig").absolute())
    return replace(config, entries=tuple(entry for entry in config.entries if entry.layer != shipped))


def _check_version(name: str, version: str, known: Sequence[str], settings: Settings) -> None:
    if version not in known:
        raise ExportInvalidError(
            f'"kubernetes.{name}" is {version}, and devenv knows {", ".join(known)}',
            place=settings.place_of("kubernetes", name),
            hint=f'write one of these, as {name} = "{known[-1]}"',
        )


def _check_attributes(seeds: Seeds, cluster: Kubernetes) -> None:
    """Refuse search attributes that the visibility store of the cluster has no room for."""
    problems = (
        unfit_for_index(seeds) if cluster.opensearch else beyond_columns(seeds, VISIBILITY_STORES["postgres"])
    )
    if problems:
        raise ExportInvalidError(
            problems[0],
            details=problems[1:],
            hint="declare fewer of that type, or name an OpenSearch: opensearch = URL below [kubernetes]",
        )


def _notes(settings: Settings, declared: Declaration) -> Iterator[str]:
    if settings.visibility == "opensearch" and not declared.cluster.opensearch:
        yield (
            "visibility is in Postgres, the stack here has it in OpenSearch: `kubernetes.opensearch` names "
            "one that the cluster can reach"
        )
    for name in (name for name, value in settings.addons.items() if value is not False):
        if name not in _COUNTERPARTS:
            yield f'the add-on "{name}" has no counterpart in the export: set up by hand what it does'
        elif (counterpart := _COUNTERPARTS[name]) and attrgetter(counterpart)(declared.cluster) in _OFF:
            yield f'the add-on "{name}" is on here: in the cluster `kubernetes.{counterpart}` does that'
    if declared.seeds.of(UserSpec):
        yield "users that are declared are left out: the OpenID Connect provider of the cluster has its own"
    if any(Path(layer.source).name == LOCAL_SETTINGS_FILE and layer.table for layer in settings.layers):
        yield f"{LOCAL_SETTINGS_FILE} counts, too: where there is another one, the files differ"
