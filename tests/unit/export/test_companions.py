"""What people and programs outside need: ways in, certificates, alerts and dashboards."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from unit.export.conftest import manifests_in
from unit.export.test_manifests import add_service

from devenv.scaffold.names import Language

if TYPE_CHECKING:
    from unit.export.conftest import Cluster

MUTUAL = 'tls.server = "cert-manager"'


def test_nobody_outside_reaches_the_frontend_by_default(cluster: Cluster) -> None:
    assert "exposure.yaml" not in cluster.export().files


def test_a_load_balancer_has_the_name_that_external_dns_gives_it(cluster: Cluster) -> None:
    objects = cluster.objects('grpc = {expose = "load-balancer", host = "grpc.example.com"}')
    service = objects["Service/temporal-frontend-external"]
    assert service["spec"]["type"] == "LoadBalancer"
    assert service["metadata"]["annotations"] == {
        "external-dns.alpha.kubernetes.io/hostname": "grpc.example.com"
    }


def test_an_ingress_speaks_grpc_and_has_a_certificate(cluster: Cluster) -> None:
    """From the issuer, or from a Secret that has to exist."""
    settings = 'ingress_class = "nginx"\ngrpc = {expose = "ingress", host = "grpc.example.com"}\n'
    ingress = cluster.objects(settings + 'tls.issuer = "letsencrypt"')["Ingress/temporal-frontend-external"]
    assert ingress["metadata"]["annotations"] == {
        "nginx.ingress.kubernetes.io/backend-protocol": "GRPC",
        "cert-manager.io/cluster-issuer": "letsencrypt",
    }
    assert ingress["spec"]["tls"] == [{"hosts": ["grpc.example.com"], "secretName": "temporal-grpc-tls"}]
    assert "temporal-grpc-tls" in {secret.name for secret in cluster.export(settings).secrets}


def test_members_and_clients_of_a_server_with_tls_show_certificates(cluster: Cluster) -> None:
    """Those of clients are others: who has the server's could be the server."""
    values = cluster.values(MUTUAL)
    sections = values["server"]["config"]["tls"]
    assert all(section["server"]["requireClientAuth"] for section in sections.values())
    assert sections["frontend"]["client"]["serverName"] == "temporal-frontend.temporal.svc"
    mounted = [volume["secret"]["secretName"] for volume in values["server"]["additionalVolumes"]]
    assert mounted == ["temporal-frontend-tls", "temporal-internode-tls"]
    for client in (values["web"], values["admintools"]):
        [volume] = client["additionalVolumes"]
        assert volume["secret"] == {"secretName": "temporal-client-tls"}
        variables = {each["name"]: each.get("value") for each in client["additionalEnv"]}
        assert variables["TEMPORAL_TLS_SERVER_NAME"] == "temporal-frontend.temporal.svc"


def test_cert_manager_makes_all_of_them_with_an_authority_of_their_own(cluster: Cluster) -> None:
    objects = cluster.objects(MUTUAL)
    for name in ("frontend", "internode", "client"):
        spec = objects[f"Certificate/temporal-{name}-tls"]["spec"]
        assert spec["issuerRef"] == {"kind": "Issuer", "name": "temporal-ca"}
        assert f"temporal-{name}.temporal.svc" in spec["dnsNames"]
    assert objects["Certificate/temporal-client-tls"]["spec"]["usages"] == ["client auth"]
    assert objects["Issuer/temporal-ca"]["spec"] == {"ca": {"secretName": "temporal-ca"}}
    assert [secret.name for secret in cluster.export(MUTUAL).secrets] == ["temporal-postgres"]


def test_without_cert_manager_the_certificates_are_secrets_that_have_to_exist(cluster: Cluster) -> None:
    export = cluster.export('tls.server = "secrets"')
    assert [secret.name for secret in export.secrets][1:] == [
        *("temporal-frontend-tls", "temporal-internode-tls", "temporal-client-tls")
    ]
    assert "certificates.yaml" not in export.files


def test_workers_and_the_bootstrap_job_are_clients_with_certificates(cluster: Cluster) -> None:
    """A namespace of their own needs a copy, which is told."""
    add_service(cluster.root, "orders", Language.GO)
    settings = f'{MUTUAL}\nworkers.namespace = "shop"'
    objects = cluster.objects(settings)
    [job] = [each for name, each in objects.items() if name.startswith("Job/")]
    for each in (job, objects["Deployment/orders-go"]):
        pod = each["spec"]["template"]["spec"]
        assert "temporal-client-tls" in [
            volume.get("secret", {}).get("secretName") for volume in pod["volumes"]
        ]
        [container] = pod["containers"]
        assert {"name": "TEMPORAL_TLS", "value": "true"} in container["env"]
        assert "/etc/temporal/tls/client" in [mount["mountPath"] for mount in container["volumeMounts"]]
    copies = [secret for secret in cluster.export(settings).secrets if secret.namespace == "shop"]
    assert [secret.name for secret in copies] == ["temporal-client-tls"]


def test_alerts_are_those_of_the_addon_for_the_jobs_of_the_cluster(cluster: Cluster) -> None:
    """Not those about exporters that it has not, nor commands of devenv."""
    rule = cluster.objects("monitoring = true")["PrometheusRule/temporal-alerts"]
    rules = [each for group in rule["spec"]["groups"] for each in group["rules"]]
    names = {each["alert"] for each in rules}
    assert {"TemporalServerDown", "WorkflowsFail", "PersistenceErrors"} <= names
    assert not names & {"PostgresDown", "PostgresConnections", "OpenSearchDown"}
    assert all('job="temporal"' not in each["expr"] for each in rules)
    assert all("devenv" not in json.dumps(each["annotations"]) for each in rules)


def test_metrics_tell_the_namespace_of_temporal_not_that_of_the_pod(cluster: Cluster) -> None:
    """A monitor would rename the label that alerts and dashboards ask for."""
    metrics = cluster.values("monitoring = true")["server"]["metrics"]
    [relabeling] = metrics["serviceMonitor"]["metricRelabelings"]
    assert relabeling["sourceLabels"] == ["exported_namespace"]
    assert relabeling["targetLabel"] == "namespace"
    assert metrics["annotations"] == {"enabled": False}


def test_grafana_finds_the_dashboards_by_their_label(cluster: Cluster) -> None:
    cluster.write("seeds/orders.yaml", "namespaces: [{name: Orders_EU}]\n")
    files = cluster.export("monitoring = true").files
    [kustomization] = manifests_in(files, "kustomization.yaml")
    boards = [each for each in kustomization["configMapGenerator"] if "options" in each]
    assert all(each["options"]["labels"] == {"grafana_dashboard": "1"} for each in boards)
    written = {path for path in files if path.startswith("monitoring/dashboards/")}
    assert {path for each in boards for path in each["files"]} == written
    assert any("service-orders_eu" in path for path in written)


def test_prometheus_asks_workers_and_postgres_too(cluster: Cluster) -> None:
    """Not the server's own workers, which have a label of the same value."""
    add_service(cluster.root, "orders", Language.GO)
    objects = cluster.objects("monitoring = true")
    selector = objects["PodMonitor/temporal-workers"]["spec"]["selector"]
    assert selector["matchLabels"] == {"app.kubernetes.io/component": "worker"}
    assert selector["matchExpressions"] == [{"key": "app.kubernetes.io/part-of", "operator": "DoesNotExist"}]
    assert "PodMonitor/temporal-postgres" in objects


@pytest.mark.parametrize(
    ("addon", "said"),
    [
        ("observability = true", "`kubernetes.monitoring` does that"),
        ("tls = true", "`kubernetes.tls.server` does that"),
        ("object-store = {size = 1}", 'the add-on "object-store" has no counterpart'),
    ],
)
def test_an_addon_without_a_counterpart_is_told(cluster: Cluster, addon: str, said: str) -> None:
    assert [note for note in cluster.export(f"[addons]\n{addon}").notes if said in note]


def test_users_of_the_stack_are_left_out_and_told(cluster: Cluster) -> None:
    cluster.write("seeds/users.yaml", "namespaces: [{name: a}]\nusers: [{name: ann, roles: {a: read}}]\n")
    export = cluster.export()
    assert [note for note in export.notes if note.startswith("users that are declared are left out")]
    assert not any(b"ann" in each for path, each in export.files.items() if path.endswith("declared.sh"))


def test_settings_of_this_machine_alone_are_told(cluster: Cluster) -> None:
    """Git keeps the files, and not those settings."""
    assert not [note for note in cluster.export().notes if "devenv.local.toml" in note]
    cluster.write("devenv.local.toml", '[versions]\nui = "2.54.0"\n')
    assert [note for note in cluster.export().notes if "devenv.local.toml counts" in note]


def test_an_addon_whose_counterpart_is_there_needs_no_word(cluster: Cluster) -> None:
    notes = cluster.export(
        "monitoring = true\n[addons]\nobservability = true\nroles = true\nlogin = false"
    ).notes
    assert [note for note in notes if "add-on" in note] == []
