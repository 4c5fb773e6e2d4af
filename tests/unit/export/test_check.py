"""`export kubernetes --check`: what is not current, and what Kubernetes, an operator or the chart refuses."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from devenv.errors import ExportInvalidError
from devenv.export.kubernetes.check import check, refusals
from devenv.export.kubernetes.files import RECORD
from devenv.export.kubernetes.schemas import DIRECTORY, known_versions
from devenv.files.exported import export_files
from tools.kubernetes_schemas import custom_resources, kubernetes_schemas

if TYPE_CHECKING:
    from pathlib import Path

    from unit.export.conftest import Cluster

CONFIG_MAP = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}}
EVERYTHING = """
size = "ha"
gitops = "flux"
monitoring = true
secrets = "external-secrets"
postgres.backups = "s3://backups/temporal"
grpc = {expose = "ingress", host = "grpc.example.com"}
tls = {issuer = "letsencrypt", server = "cert-manager"}
ui = {host = "temporal.example.com", oidc = "https://auth.example.com"}
workers = {namespace = "shop"}
"""

SOPS = """
secrets = "sops"
gitops = "argocd"
repository = "https://git.example.com/infra"
tls.server = "secrets"
"""


def exported(cluster: Cluster, settings: str = "") -> Path:
    """Write the export, and return where."""
    export_files(cluster.root / "deploy", cluster.export(settings).files, RECORD)
    return cluster.root / "deploy"


def checked(cluster: Cluster, settings: str = "") -> list[str]:
    return check(cluster.root / "deploy", cluster.export(settings))


def problems(cluster: Cluster, settings: str = "") -> list[str]:
    with pytest.raises(ExportInvalidError) as refused:
        checked(cluster, settings)
    return [refused.value.message, *refused.value.details]


@pytest.mark.parametrize("settings", ["", EVERYTHING, SOPS], ids=["defaults", "everything", "sops"])
@pytest.mark.parametrize("version", known_versions())
def test_what_is_exported_is_what_its_readers_take(cluster: Cluster, settings: str, version: str) -> None:
    settings = f'version = "{version}"\n{settings}'
    exported(cluster, settings)
    assert {"values.yaml", "postgres.yaml", "bootstrap/job.yaml"} <= set(checked(cluster, settings))


def test_a_directory_without_an_export_is_not_current(cluster: Cluster) -> None:
    assert "deploy/values.yaml: is not what the project declares now" in problems(cluster)


def test_what_is_declared_otherwise_since_is_not_current(cluster: Cluster) -> None:
    """What somebody edited is theirs: it is looked at, and not compared."""
    deploy = exported(cluster)
    network = deploy / "network.yaml"
    network.write_text(network.read_text().replace('"Ingress"', "Ingress") + "# mine\n")
    assert checked(cluster)
    found = problems(cluster, 'size = "ha"')
    assert "deploy/postgres.yaml: is not what the project declares now" in found
    assert not any("network.yaml" in each for each in found)


def test_a_file_that_is_exported_no_longer_is_not_current(cluster: Cluster) -> None:
    exported(cluster, 'grpc.expose = "load-balancer"')
    assert "deploy/exposure.yaml: is not what the project declares now" in problems(cluster)


@pytest.mark.parametrize(
    ("file", "before", "after", "problem"),
    [
        ("postgres.yaml", "instances: 1", "instances: many", "Cluster temporal-postgres, spec.instances: "),
        ("postgres.yaml", "storage:", "store:", "'store' was unexpected"),
        ("network.yaml", "policyTypes:", "policyType:", "'policyType' was unexpected"),
        ("network.yaml", "port: 5432", "port: [1]", "NetworkPolicy temporal-postgres, spec.ingress[0]"),
        ("namespace.yaml", "kind: Namespace", "kind: Namespaces", "devenv knows no Namespaces of v1"),
        ("namespace.yaml", "metadata:", "meta:", "is no object of Kubernetes"),
        ("namespace.yaml", "metadata:", "metadata: [", "is not YAML"),
        ("values.yaml", "replicaCount", "replicas", "chart 1.6.0 knows no server.frontend.replicas"),
        (
            "values.yaml",
            "numHistoryShards",
            "shards",
            "chart 1.6.0 knows no server.config.persistence.shards",
        ),
    ],
)
def test_an_edit_that_a_reader_would_refuse_is_told_with_its_file(
    cluster: Cluster, file: str, before: str, after: str, problem: str
) -> None:
    path = exported(cluster) / file
    path.write_text(path.read_text().replace(before, after))
    assert any(each.startswith(f"deploy/{file}") and problem in each for each in problems(cluster))


def test_files_of_others_beside_the_export_are_theirs(cluster: Cluster) -> None:
    """They may be of operators that nobody here knows, or no YAML at all."""
    deploy = exported(cluster)
    (deploy / "mine.yaml").write_text("kind: Widget\nspec: [")
    assert "mine.yaml" not in checked(cluster)


def test_a_version_of_kubernetes_that_is_not_known_is_refused_with_those_that_are(cluster: Cluster) -> None:
    with pytest.raises(ExportInvalidError) as refused:
        cluster.export('version = "1.20"')
    assert refused.value.message.startswith('devenv.toml:2: "kubernetes.version" is 1.20')
    assert "1.33, 1.34, 1.35" in refused.value.message


def test_nothing_that_is_written_changes_the_directory(cluster: Cluster) -> None:
    deploy = exported(cluster)
    before = {path: path.read_bytes() for path in deploy.rglob("*") if path.is_file()}
    checked(cluster)
    assert {path: path.read_bytes() for path in deploy.rglob("*") if path.is_file()} == before


def test_a_custom_resource_refuses_what_its_server_would_drop() -> None:
    """Unless it says that it keeps what it does not know."""
    schema = {
        "type": "object",
        "properties": {
            "spec": {
                "type": "object",
                "description": "words",
                "properties": {"description": {"type": "string"}},
            },
            "any": {"type": "object", "properties": {}, "x-kubernetes-preserve-unknown-fields": True},
        },
    }
    version = {"name": "v1", "served": True, "schema": {"openAPIV3Schema": schema}}
    definition = {"spec": {"group": "x.io", "names": {"kind": "X"}, "versions": [version]}}
    found = custom_resources(definition, "here")["x.io/v1/X"]
    assert found["source"] == "here"
    spec = found["schema"]["properties"]["spec"]
    assert spec == {
        "type": "object",
        "properties": {"description": {"type": "string"}},
        "additionalProperties": False,
    }
    assert "additionalProperties" not in found["schema"]["properties"]["any"]


@pytest.mark.parametrize("version", known_versions())
def test_the_schemas_are_those_of_the_package(version: str) -> None:
    """`just kubernetes-schemas` records them."""
    assert json.loads((DIRECTORY / f"kubernetes-{version}.json").read_bytes()) == kubernetes_schemas(version)


def test_a_kind_that_nobody_knows_is_no_pass() -> None:
    assert list(refusals({**CONFIG_MAP, "kind": "Widget"}, "1.34")) == ["devenv knows no Widget of v1"]
