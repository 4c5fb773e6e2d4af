"""The values for the official chart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from devenv.errors import DynamicConfigInvalidError, ExportInvalidError, SettingsInvalidError
from devenv.export.kubernetes.charts import charts
from devenv.export.kubernetes.sizes import SERVER_ROLES, SIZES, most_connections

if TYPE_CHECKING:
    from unit.export.conftest import Cluster

EVERYTHING = """
size = "ha"
gitops = "argocd"
repository = "https://git.example.com/infra"
monitoring = true
ingress_class = "nginx"
opensearch = "https://search.example.com"
roles.history = {replicas = 7, cpu = "3"}
[kubernetes.postgres]
by = "external"
address = "db.example.com:5433"
tls = true
[kubernetes.ui]
host = "temporal.example.com"
oidc = "https://auth.example.com/realms/shop"
[kubernetes.grpc]
expose = "ingress"
host = "grpc.example.com"
[kubernetes.tls]
issuer = "letsencrypt"
server = "cert-manager"
"""


def test_by_default_there_is_one_of_each_role_over_cloudnativepg(cluster: Cluster) -> None:
    values = cluster.values()
    assert [values["server"][role]["replicaCount"] for role in SERVER_ROLES] == [1, 1, 1, 1]
    persistence = values["server"]["config"]["persistence"]
    assert persistence["numHistoryShards"] == 512
    store = persistence["datastores"]["default"]["sql"]
    assert store["connectAddr"] == "temporal-postgres-rw.temporal.svc:5432"
    assert (store["existingSecret"], store["secretKey"]) == ("temporal-postgres", "password")
    assert values["schema"]["useHelmHooks"] is True


def test_ha_is_spread_and_survives_the_drain_of_a_node(cluster: Cluster) -> None:
    server = cluster.values('size = "ha"')["server"]
    assert [server[role]["replicaCount"] for role in SERVER_ROLES] == [3, 3, 3, 5]
    for role in SERVER_ROLES:
        assert server[role]["podDisruptionBudget"] == {"maxUnavailable": 1}
        [preferred] = server[role]["affinity"]["podAntiAffinity"][
            "preferredDuringSchedulingIgnoredDuringExecution"
        ]
        labels = preferred["podAffinityTerm"]["labelSelector"]["matchLabels"]
        assert labels["app.kubernetes.io/component"] == role


def test_a_role_can_have_more_than_its_size(cluster: Cluster) -> None:
    """What is not written stays."""
    history = cluster.values('roles.history = {replicas = 2, cpu = "3"}')["server"]["history"]
    assert history["replicaCount"] == 2
    assert history["resources"]["requests"] == {"cpu": "3", "memory": "512Mi"}


def test_everything_of_the_server_is_restricted(cluster: Cluster) -> None:
    """As Pod Security has it; the Web UI is not, since its image writes as its own user."""
    values = cluster.values()
    for pod in (values["server"], values["admintools"], values["schema"]):
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    containers = [values["server"][role] for role in SERVER_ROLES]
    for container in (*containers, values["admintools"], values["schema"], values["web"]):
        context = container["containerSecurityContext"]
        assert context == {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
    [waiting] = values["admintools"]["additionalInitContainers"]
    assert waiting["securityContext"]["allowPrivilegeEscalation"] is False


def test_dynamic_config_is_that_of_the_project_alone(cluster: Cluster) -> None:
    """What devenv ships is for development; values for namespaces are constrained to them."""
    cluster.write("seeds/orders.yaml", "namespaces: [{name: orders}]\n")
    cluster.write("dynamicconfig/all.yaml", "frontend.keepAliveMaxConnectionAge: [{value: 1h}]\n")
    cluster.write("dynamicconfig/namespaces/orders.yaml", "limit.blobSize.error: 3000000\n")
    assert cluster.values()["server"]["dynamicConfig"] == {
        "frontend.keepAliveMaxConnectionAge": [{"value": "1h"}],
        "limit.blobSize.error": [{"value": 3000000, "constraints": {"namespace": "orders"}}],
    }


def test_dynamic_config_that_the_server_refuses_is_not_exported(cluster: Cluster) -> None:
    cluster.write("dynamicconfig/all.yaml", "frontend.keepAliveMaxConnectionAge: [{value: soon}]\n")
    with pytest.raises(DynamicConfigInvalidError, match=r"dynamicconfig/all.yaml:1:\d+: "):
        cluster.export()


def test_people_log_in_where_the_web_ui_is(cluster: Cluster) -> None:
    """The secret of the client comes from a Secret; the cookie against CSRF is for https."""
    web = cluster.values(EVERYTHING)["web"]
    variables = {each["name"]: each for each in web["additionalEnv"]}
    assert (
        variables["TEMPORAL_AUTH_CALLBACK_URL"]["value"] == "https://temporal.example.com/auth/sso/callback"
    )
    assert variables["TEMPORAL_CORS_ORIGINS"]["value"] == "https://temporal.example.com"
    assert variables["TEMPORAL_CSRF_COOKIE_INSECURE"]["value"] == "false"
    assert variables["TEMPORAL_AUTH_CLIENT_SECRET"]["valueFrom"]["secretKeyRef"] == {
        "name": "temporal-ui-oidc",
        "key": "client-secret",
    }
    assert web["ingress"]["className"] == "nginx"
    assert web["ingress"]["annotations"] == {"cert-manager.io/cluster-issuer": "letsencrypt"}


@pytest.mark.parametrize("gitops", ["flux", "argocd"])
def test_only_helm_runs_hooks(cluster: Cluster, gitops: str) -> None:
    """Elsewhere the schema's job would wait for a Postgres that comes after it."""
    schema = cluster.values(f'gitops = "{gitops}"\nrepository = "https://git.example.com/infra"')["schema"]
    assert schema["useHelmHooks"] is False


@pytest.mark.parametrize("version", list(charts()))
@pytest.mark.parametrize("settings", ["", EVERYTHING], ids=["defaults", "everything"])
def test_every_value_is_one_that_the_chart_knows(cluster: Cluster, version: str, settings: str) -> None:
    values = cluster.values(f'chart = "{version}"\n{settings}')
    assert charts()[version].unknown(values) == []


def test_a_value_that_the_chart_does_not_know_is_found() -> None:
    """Also beside ones that it does know; below what it hands on, anything goes."""
    values = {"server": {"replica": 1, "nodeSelector": {"disk": "ssd"}, "image": {"tags": "1"}}, "ui": {}}
    assert charts()["1.6.0"].unknown(values) == ["server.replica", "server.image.tags", "ui"]


def test_a_chart_that_is_not_known_is_refused_with_those_that_are(cluster: Cluster) -> None:
    with pytest.raises(ExportInvalidError) as refused:
        cluster.export('chart = "0.52.0"')
    assert refused.value.message.startswith('devenv.toml:2: "kubernetes.chart" is 0.52.0')
    assert "1.5.0, 1.6.0" in refused.value.message


def test_search_attributes_that_postgres_has_no_room_for_are_refused(cluster: Cluster) -> None:
    attributes = ", ".join(f"Total{number}: Double" for number in range(4))
    cluster.write(
        "seeds/orders.yaml", f"namespaces: [{{name: orders, search_attributes: {{{attributes}}}}}]\n"
    )
    with pytest.raises(ExportInvalidError, match=r"seeds/orders.yaml:1:\d+: .* declares 4 .* Double"):
        cluster.export()
    assert cluster.export('opensearch = "https://search.example.com"').files


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ('namespace = "Shop"', 'devenv.toml:2: "kubernetes.namespace" cannot be "Shop": Kubernetes takes'),
        ('release = "my_temporal"', 'devenv.toml:2: "kubernetes.release" cannot be "my_temporal"'),
        ('workers.namespace = "a.b"', 'devenv.toml:2: "kubernetes.workers.namespace" cannot be "a.b"'),
        ('ui.host = "https://x"', 'devenv.toml:2: "kubernetes.ui.host" must be a host name'),
        ('postgres.by = "external"', 'devenv.toml:2: "kubernetes.postgres" is external and has no address'),
        ('gitops = "argocd"', 'devenv.toml:2: "kubernetes" is "argocd", which reads a git repository'),
        ('ui.oidc = "https://x"', 'devenv.toml:2: "kubernetes.ui" sends people back'),
        ('ingress_class = "Nginx"', 'devenv.toml:2: "kubernetes.ingress_class" cannot be "Nginx"'),
        ('sise = "ha"', 'devenv.toml:2: unknown setting "kubernetes.sise"; did you mean "kubernetes.size"?'),
        ("shards = 0", 'devenv.toml:2: "kubernetes.shards" must be 1 or more, not 0'),
        ("roles.histry = {replicas = 2}", 'devenv.toml:2: unknown setting "kubernetes.roles.histry"'),
        (
            "roles.history = {replicas = 0}",
            'devenv.toml:2: "kubernetes.roles.history.replicas" must be 1 or more',
        ),
        ('postgres.storage = "10 GB"', 'devenv.toml:2: "kubernetes.postgres.storage" must be a quantity'),
    ],
)
def test_a_setting_that_no_cluster_takes_is_told_with_its_line(
    cluster: Cluster, settings: str, reason: str
) -> None:
    with pytest.raises(SettingsInvalidError) as refused:
        cluster.export(settings)
    assert refused.value.message.startswith(reason)


def test_a_mistake_below_kubernetes_concerns_the_export_alone(cluster: Cluster) -> None:
    """`up` does not read it; `devenv.toml` as a whole is still one that can be read."""
    from devenv.project.locate import find_project
    from devenv.project.settings import load_settings

    cluster.write("devenv.toml", '[kubernetes]\nsise = "ha"\n')
    assert load_settings(find_project(cluster.root)).kubernetes == {"sise": "ha"}


def test_postgres_takes_the_connections_of_a_rolling_update() -> None:
    """Each role begins a quarter of its pods anew before old ones end: 8 pods of `small`, and 19 of `ha`."""
    assert most_connections(SIZES["small"]) == 100
    assert most_connections(SIZES["ha"]) == 400
