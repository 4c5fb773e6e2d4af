"""The recipes of an exported justfile, and what waits in pods, with programs that note their calls."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from unit.export.conftest import Cluster

PROGRAMS = ("kubectl", "helm", "sops")
# `kubectl kustomize` writes what another one reads.
NOTES = '#!/bin/sh\necho "$(basename "$0") $*" >> "$CALLS"\n'
JUST = Path(sys.executable).with_name("just")


class Recipes:
    """An exported justfile in a directory with programs that note their calls."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.programs = root / "programs"
        self.programs.mkdir()
        for name in PROGRAMS:
            self.add(name, NOTES)

    def add(self, name: str, script: str) -> None:
        (self.programs / name).write_text(script)
        (self.programs / name).chmod(0o755)

    def environment(self, **variables: str) -> dict[str, str]:
        calls = str(self.root / "calls")
        path = f"{self.programs}:{os.environ['PATH']}"
        return {"PATH": path, "HOME": str(self.root), "CALLS": calls, **variables}

    def run(self, *arguments: str, **variables: str) -> list[str]:
        """Run a recipe, and return the calls."""
        (self.root / "calls").write_text("")
        command = [str(JUST), "--justfile", str(self.root / "deploy/justfile"), *arguments]
        done = subprocess.run(
            command, env=self.environment(**variables), capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done
        return (self.root / "calls").read_text().splitlines()


@pytest.fixture
def recipes(cluster: Cluster) -> Recipes:
    return Recipes(cluster.root)


def export(cluster: Cluster, settings: str = "") -> None:
    for path, content in cluster.export(settings).files.items():
        cluster.write(f"deploy/{path}", content.decode())


def test_install_applies_the_manifests_and_then_the_chart(cluster: Cluster, recipes: Recipes) -> None:
    """The bootstrap Job of the last time goes, so that it runs again; upgrade is the same."""
    export(cluster, 'namespace = "flow"\nrelease = "shop"')
    calls = recipes.run("install")
    job = "--selector app.kubernetes.io/component=bootstrap --ignore-not-found"
    chart = "temporal --repo https://go.temporal.io/helm-charts --version 1.6.0"
    assert calls == [
        f"kubectl delete job --namespace flow {job}",
        "kubectl apply --kustomize .",
        f"helm upgrade --install shop {chart} --namespace flow --values values.yaml --wait --timeout 15m",
    ]
    assert recipes.run("upgrade") == calls
    assert (
        "helm upgrade --install shop /charts/temporal --namespace"
        in recipes.run("install", TEMPORAL_CHART="/charts/temporal")[-1]
    )


def test_uninstall_keeps_the_data_unless_it_is_told_otherwise(cluster: Cluster, recipes: Recipes) -> None:
    export(cluster)
    kept = "app.kubernetes.io/component in (database, namespace, secret)"
    deletes = [call for call in recipes.run("uninstall") if call.startswith("kubectl delete")]
    assert len(deletes) == 1
    assert "--selector app.kubernetes.io/component notin (database, namespace, secret)" in deletes[0]
    deletes = [call for call in recipes.run("uninstall", "true") if call.startswith("kubectl delete")]
    assert len(deletes) == 2
    assert f"--selector {kept}" in deletes[1]


def test_scaled_to_zero_the_data_stays_and_comes_back(cluster: Cluster, recipes: Recipes) -> None:
    """Postgres hibernates, and has to be ready before the server begins again with as many as before."""
    export(cluster, 'size = "ha"')
    down = recipes.run("scale-down")
    assert "--replicas=0 deployment/temporal-frontend" in down[0]
    assert down[1].endswith("temporal-postgres cnpg.io/hibernation=on")
    up = recipes.run("scale-up")
    assert up[0].endswith("cnpg.io/hibernation=off")
    assert up[1].startswith("kubectl wait --namespace temporal --for=condition=Ready")
    assert "kubectl scale --namespace temporal --replicas=5 deployment/temporal-worker" in up


def test_temporal_is_asked_in_the_pod_of_the_admin_tools(cluster: Cluster, recipes: Recipes) -> None:
    export(cluster)
    [call] = recipes.run("create-temporal-namespace", "it's mine", "7d")
    assert call.endswith("operator namespace create --namespace it's mine --retention 7d")
    assert recipes.run("list-temporal-namespaces")[0].endswith("temporal operator namespace list")
    assert recipes.run("cluster-info")[0].endswith("temporal operator cluster health")


def test_secrets_under_sops_are_decrypted_on_the_way(cluster: Cluster, recipes: Recipes) -> None:
    export(cluster, 'secrets = "sops"')
    calls = recipes.run("install")
    assert "sops --decrypt secrets.enc.yaml" in calls
    assert "kubectl apply --filename namespace.yaml --filename -" in calls


def test_what_waits_for_postgres_says_so_and_ends_with_the_reason(cluster: Cluster, recipes: Recipes) -> None:
    [waiting] = cluster.values()["admintools"]["additionalInitContainers"]
    recipes.add("sleep", "#!/bin/sh\n")
    recipes.add("nc", '#!/bin/sh\n[ -e "$HOME/postgres" ]\n')
    failed = subprocess.run(
        waiting["command"], env=recipes.environment(), capture_output=True, text=True, check=False
    )
    assert failed.returncode == 1
    where = "temporal-postgres-rw.temporal.svc:5432"
    assert failed.stdout.startswith(f"waiting for Postgres at {where}\n")
    assert failed.stderr == f"Postgres does not answer at {where}, for a quarter of an hour\n"
    (recipes.root / "postgres").touch()
    assert subprocess.run(waiting["command"], env=recipes.environment(), check=False).returncode == 0
