"""The manifests beside the values."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
from unit.export.conftest import manifests_in

from devenv.errors import ExportInvalidError, InvalidInputError
from devenv.export.kubernetes.texts import template
from devenv.scaffold.names import Language
from devenv.scaffold.service import ProjectLayout, ServiceRequest, plan_service

if TYPE_CHECKING:
    from pathlib import Path

    from unit.export.conftest import Cluster

SEEDS = """\
namespaces:
  - name: orders
    retention: 30d
    description: It's "theirs"
    data: {team: checkout}
    search_attributes: {CustomerId: Keyword}
nexus_endpoints: [{name: pay, target: {namespace: orders, task_queue: pay}}]
schedules:
  - {id: nightly, namespace: orders, workflow: W, task_queue: q, cron: "0 2 * * *", schedule_memo: {by: me}}
  - {id: hourly, namespace: orders, workflow: W, task_queue: q, interval: 1h, exclude: {hour: "3"}}
task_queues: [{name: q, namespace: orders, rate_limit: 2.5}]
"""


def add_service(root: Path, name: str, language: Language = Language.BOTH) -> None:
    """Write what `new-service` writes."""
    plan = plan_service(ServiceRequest(name, language), ProjectLayout(root.resolve()))
    for path, content in plan.files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content)


def test_cloudnativepg_makes_both_databases(cluster: Cluster) -> None:
    spec = cluster.objects()["Cluster/temporal-postgres"]["spec"]
    assert spec["instances"] == 1
    assert spec["bootstrap"]["initdb"]["database"] == "temporal"
    assert spec["bootstrap"]["initdb"]["secret"] == {"name": "temporal-postgres"}
    assert spec["bootstrap"]["initdb"]["postInitSQL"] == [
        "CREATE DATABASE temporal_visibility OWNER temporal"
    ]
    assert spec["postgresql"]["parameters"]["shared_buffers"] == "128MB"
    assert "plugins" not in spec


def test_ha_has_a_commit_on_two_nodes(cluster: Cluster) -> None:
    spec = cluster.objects('size = "ha"')["Cluster/temporal-postgres"]["spec"]
    assert (spec["instances"], spec["postgresql"]["synchronous"]) == (3, {"method": "any", "number": 1})


def test_backups_go_to_the_bucket_and_are_kept_for_a_fortnight(cluster: Cluster) -> None:
    """The archive of the WAL too; the keys come from a Secret."""
    objects = cluster.objects('postgres.backups = "s3://backups/temporal"')
    store = objects["ObjectStore/temporal-postgres"]["spec"]
    assert store["retentionPolicy"] == "14d"
    assert store["configuration"]["destinationPath"] == "s3://backups/temporal"
    [plugin] = objects["Cluster/temporal-postgres"]["spec"]["plugins"]
    assert plugin["isWALArchiver"] is True
    assert plugin["parameters"] == {"barmanObjectName": "temporal-postgres"}
    assert objects["ScheduledBackup/temporal-postgres"]["spec"]["method"] == "plugin"


def test_an_external_postgres_needs_no_operator(cluster: Cluster) -> None:
    settings = 'postgres = {by = "external", address = "db.example.com:5433", user = "app"}'
    assert not any(kind.startswith("Cluster/") for kind in cluster.objects(settings))
    store = cluster.values(settings)["server"]["config"]["persistence"]["datastores"]["default"]["sql"]
    assert (store["connectAddr"], store["user"]) == ("db.example.com:5433", "app")


def test_only_neighbours_and_workers_reach_the_frontend(cluster: Cluster) -> None:
    """Unless it is meant to be reached from outside."""
    policy = cluster.objects('workers.namespace = "shop"')["NetworkPolicy/temporal-frontend"]["spec"]
    [rule] = policy["ingress"]
    names = [each["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"] for each in rule["from"]]
    assert names == ["temporal", "shop"]
    exposed = cluster.objects('grpc.expose = "load-balancer"')["NetworkPolicy/temporal-frontend"]["spec"]
    assert exposed["ingress"] == [{"ports": [{"port": 7233}, {"port": 7243}]}]


def test_postgres_is_reached_by_the_server_and_its_operator_alone(cluster: Cluster) -> None:
    ingress = cluster.objects()["NetworkPolicy/temporal-postgres"]["spec"]["ingress"]
    assert ingress[0]["ports"] == [{"port": 5432}]
    assert ingress[0]["from"] == [
        {"podSelector": {"matchLabels": {"app.kubernetes.io/instance": "temporal"}}}
    ]


def test_pods_are_at_least_baseline_and_workers_restricted(cluster: Cluster) -> None:
    objects = cluster.objects('workers.namespace = "shop"')
    server = objects["Namespace/temporal"]["metadata"]["labels"]
    assert server["pod-security.kubernetes.io/enforce"] == "baseline"
    workers = objects["Namespace/shop"]["metadata"]["labels"]
    assert workers["pod-security.kubernetes.io/enforce"] == "restricted"


def test_the_bootstrap_job_calls_a_function_for_each_declaration(cluster: Cluster) -> None:
    """Nothing that a shell could take for its own is left unquoted."""
    cluster.write("seeds/orders.yaml", SEEDS)
    export = cluster.export()
    lines = export.files["bootstrap/declared.sh"].decode().splitlines()
    calls = [shlex.split(line) for line in lines if not line.startswith("#")]
    assert calls[1] == [
        *("namespace", "orders", "--retention", "30d"),
        *("--description", 'It\'s "theirs"', "--data", "team=checkout"),
    ]
    assert ["search_attribute", "orders", "CustomerId", "Keyword"] in calls
    nightly = next(call for call in calls if call[0] == "schedule")
    assert nightly[1:3] == ["orders", "nightly"]
    assert nightly[nightly.index("--") :] == ["--", "--schedule-memo", 'by="me"']
    assert calls[-1][:5] == ["task_queue", "orders", "q", "--queue-rps-limit", "2.5"]


@pytest.mark.parametrize(
    ("declared", "flags"),
    [
        ("archival: true", ["enabled", "enabled"]),
        ("history_archival_state: enabled, history_archival_uri: s3://a", ["enabled", "s3://a"]),
    ],
)
def test_the_bootstrap_job_asks_for_the_archival_that_is_declared(
    cluster: Cluster, declared: str, flags: list[str]
) -> None:
    """Where to, the server of the cluster knows, unless it is declared."""
    cluster.write("seeds/orders.yaml", f"namespaces: [{{name: orders, {declared}}}]")
    lines = cluster.export().files["bootstrap/declared.sh"].decode().splitlines()
    [call] = [shlex.split(line) for line in lines if line.startswith("namespace orders")]
    assert [flag for flag in call[4:] if not flag.startswith("--")] == flags


def test_a_schedule_that_the_cli_cannot_make_is_left_out_and_told(cluster: Cluster) -> None:
    cluster.write("seeds/orders.yaml", SEEDS)
    export = cluster.export()
    assert b"hourly" not in export.files["bootstrap/declared.sh"]
    assert [note for note in export.notes if '"hourly"' in note and "exclude" in note]


def test_another_declaration_is_another_job(cluster: Cluster) -> None:
    """A Job cannot be changed; one of the same name would not run again."""
    [before] = manifests_in(cluster.export().files, "bootstrap/job.yaml")
    assert before == manifests_in(cluster.export().files, "bootstrap/job.yaml")[0]
    cluster.write("seeds/orders.yaml", SEEDS)
    [after] = manifests_in(cluster.export().files, "bootstrap/job.yaml")
    assert before["metadata"]["name"] != after["metadata"]["name"]


def test_the_bootstrap_job_names_a_secret_that_is_missing_or_a_placeholder() -> None:
    script = template("secrets.sh")
    command = ["sh", "-c", script, "secrets", "temporal-postgres/password", "temporal-ui-oidc/client-secret"]
    missing = subprocess.run(command, env={"SECRET_1": "x"}, capture_output=True, text=True, check=False)
    assert missing.returncode == 1
    assert "missing: temporal-ui-oidc/client-secret." in missing.stderr
    values = {"SECRET_1": "REPLACE-ME", "SECRET_2": "y"}
    placeholder = subprocess.run(command, env=values, capture_output=True, text=True, check=False)
    assert "temporal-postgres/password (a placeholder)" in placeholder.stderr
    values = {"SECRET_1": "x", "SECRET_2": "y"}
    assert subprocess.run(command, env=values, check=False).returncode == 0


def test_the_job_looks_at_every_key_of_every_secret(cluster: Cluster) -> None:
    """A key that is missing does not keep the container from starting: it is there to say so."""
    settings = (
        'postgres.backups = "s3://backups"\nui = {host = "t.example.com", oidc = "https://a.example.com"}'
    )
    objects = cluster.objects(settings)
    [job] = [each for name, each in objects.items() if name.startswith("Job/")]
    [check] = job["spec"]["template"]["spec"]["initContainers"]
    wanted = [f"{secret.name}/{key}" for secret in cluster.export(settings).secrets for key in secret.keys]
    assert check["command"][2:] == wanted
    assert len(check["env"]) == len(wanted) == 7
    assert all(each["valueFrom"]["secretKeyRef"]["optional"] for each in check["env"])


def test_external_secrets_come_from_the_store_by_name(cluster: Cluster) -> None:
    objects = cluster.objects('secrets = "external-secrets"\nsecret_path = "apps/temporal"')
    spec = objects["ExternalSecret/temporal-postgres"]["spec"]
    assert spec["secretStoreRef"] == {"kind": "ClusterSecretStore", "name": "vault"}
    [data] = spec["data"]
    assert data["remoteRef"] == {"key": "apps/temporal/temporal-postgres", "property": "password"}
    template = spec["target"]["template"]
    assert template["data"] == {"username": "temporal", "password": '{{ index . "password" }}'}


@pytest.mark.parametrize("source", ["placeholder", "sops"])
def test_nothing_applies_placeholders(cluster: Cluster, source: str) -> None:
    """They would overwrite the Secrets that somebody made."""
    files = cluster.export(f'secrets = "{source}"').files
    [secret] = manifests_in(files, "secrets.example.yaml")
    assert secret["stringData"] == {"username": "temporal", "password": "REPLACE-ME"}
    [kustomization] = manifests_in(files, "kustomization.yaml")
    assert "secrets.example.yaml" not in kustomization["resources"]


def test_flux_decrypts_what_sops_has_encrypted(cluster: Cluster) -> None:
    """Nobody else would read it: there it is no resource."""
    flux = cluster.export('secrets = "sops"\ngitops = "flux"\nage_recipient = "age1abc"').files
    [kustomization] = manifests_in(flux, "kustomization.yaml")
    assert "secrets.enc.yaml" in kustomization["resources"]
    assert manifests_in(flux, ".sops.yaml")[0]["creation_rules"][0]["age"] == "age1abc"
    [by_hand] = manifests_in(cluster.export('secrets = "sops"').files, "kustomization.yaml")
    assert "secrets.enc.yaml" not in by_hand["resources"]


def test_flux_gets_the_values_from_a_config_map_that_changes_with_them(cluster: Cluster) -> None:
    export = cluster.export('gitops = "flux"')
    objects = {each["kind"]: each for each in manifests_in(export.files, "flux/release.yaml")}
    assert objects["HelmRelease"]["spec"]["valuesFrom"] == [{"kind": "ConfigMap", "name": "temporal-values"}]
    assert objects["HelmRelease"]["spec"]["chart"]["spec"]["version"] == "1.6.0"
    assert "justfile" not in export.files


def test_argo_cd_reads_values_and_manifests_from_git(cluster: Cluster) -> None:
    settings = 'gitops = "argocd"\nrepository = "https://git.example.com/infra"\npath = "apps/temporal"'
    [application] = manifests_in(cluster.export(settings).files, "argocd/application.yaml")
    chart, git = application["spec"]["sources"]
    assert chart["helm"]["valueFiles"] == ["$export/apps/temporal/values.yaml"]
    assert (git["ref"], git["path"]) == ("export", "apps/temporal")


def test_workers_are_deployed_with_the_address_of_the_cluster(cluster: Cluster) -> None:
    """What `new-service` wrote, and what somebody has changed in it since."""
    add_service(cluster.root, "orders")
    image = 'registry = "harbor.example.com/shop", tag = "1.4"'
    settings = f'namespace = "flow"\nworkers = {{namespace = "shop", {image}}}'
    objects = cluster.objects(settings)
    for half in ("go", "python"):
        deployment = objects[f"Deployment/orders-{half}"]
        assert deployment["metadata"]["namespace"] == "shop"
        [container] = deployment["spec"]["template"]["spec"]["containers"]
        assert container["image"] == f"harbor.example.com/shop/orders-{half}:1.4"
        variables = {each["name"]: each["value"] for each in container["env"]}
        assert variables["TEMPORAL_ADDRESS"] == "temporal-frontend.flow.svc:7233"
        assert variables["TEMPORAL_NAMESPACE"] == "orders"


def test_a_worker_without_a_registry_runs_the_image_of_the_node(cluster: Cluster) -> None:
    add_service(cluster.root, "orders", Language.GO)
    [container] = cluster.objects()["Deployment/orders-go"]["spec"]["template"]["spec"]["containers"]
    assert (container["image"], container["imagePullPolicy"]) == ("orders-go:latest", "IfNotPresent")


def test_a_deployment_that_is_none_is_refused_with_its_path(cluster: Cluster) -> None:
    add_service(cluster.root, "orders", Language.GO)
    cluster.write("orders/go/deploy/deployment.yaml", "kind: Pod\n")
    with pytest.raises(
        ExportInvalidError, match=r"^orders/go/deploy/deployment.yaml: must be one Deployment"
    ):
        cluster.export()
    cluster.write("orders/go/deploy/deployment.yaml", "a: [\n")
    with pytest.raises(ExportInvalidError, match=r"^orders/go/deploy/deployment.yaml:2: is not YAML"):
        cluster.export()
    cluster.write("orders/.devenv-service.json", "{}")
    with pytest.raises(InvalidInputError, match="the record of a service"):
        cluster.export()


@pytest.mark.parametrize("gitops", ["just", "flux"])
@pytest.mark.skipif(shutil.which("kubectl") is None, reason="no kubectl")
def test_kustomize_builds_what_is_exported(cluster: Cluster, gitops: str) -> None:
    """The Job, and the release of Flux, name ConfigMaps with the hash of their content."""
    for path, content in cluster.export(f'gitops = "{gitops}"').files.items():
        cluster.write(f"deploy/{path}", content.decode())
    command = ["kubectl", "kustomize", str(cluster.root / "deploy")]
    built = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    objects = manifests_in({"built.yaml": built.encode()}, "built.yaml")
    maps = {each["metadata"]["name"] for each in objects if each["kind"] == "ConfigMap"}
    [job] = [each for each in objects if each["kind"] == "Job"]
    [scripts] = job["spec"]["template"]["spec"]["volumes"]
    assert scripts["configMap"]["name"] in maps
    for release in (each for each in objects if each["kind"] == "HelmRelease"):
        assert release["spec"]["valuesFrom"][0]["name"] in maps


def test_recipes_have_the_names_that_people_know(cluster: Cluster) -> None:
    justfile = cluster.export('size = "ha"').files["justfile"].decode()
    for recipe in ("install", "upgrade", "uninstall", "cluster-info", "scale-down", "scale-up"):
        assert f"\n{recipe}" in justfile
    assert "--replicas=5 deployment/temporal-worker\n" in justfile
