"""`devenv export`: what it says of each file. tests/unit/files/test_exported.py has what becomes of them."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from cli.conftest import CommandLine


def test_what_was_edited_is_shown_and_stays(devenv: CommandLine) -> None:
    """With the way to overwrite it."""
    assert devenv("export", "grafana", "--into", "monitoring").code == 0
    rules = devenv.project / "monitoring/rules/temporal.yaml"
    exported = rules.read_text()
    rules.write_text(f"{exported}# mine\n")
    again = devenv("export", "grafana", "--into", "monitoring")
    assert "edited     rules/temporal.yaml\n" in again.out
    assert "unchanged  dashboards/server.json\n" in again.out
    assert "\n-# mine\n" in again.out
    assert "`--force`" in again.out
    assert rules.read_text().endswith("# mine\n")
    forced = devenv("export", "grafana", "--into", "monitoring", "--force", "-o", "json").document
    assert {"path": "rules/temporal.yaml", "state": "written", "diff": ""} in forced["files"]
    assert rules.read_text() == exported


def test_a_directory_that_cannot_be_used_is_invalid_input(devenv: CommandLine) -> None:
    devenv.write("monitoring", "a file")
    error = devenv("export", "grafana", "--into", "monitoring", "-o", "json").error
    assert (error["code"], error["exit_code"]) == ("export-directory", 3)


def test_each_dashboard_is_one_that_grafana_takes(devenv: CommandLine) -> None:
    """Its UID is its own, and every panel asks the source that people choose."""
    devenv("export", "grafana", "--into", "out")
    boards = [json.loads(path.read_bytes()) for path in (devenv.project / "out/dashboards").iterdir()]
    assert len({board["uid"] for board in boards}) == len(boards) >= 4
    for board in boards:
        assert board["id"] is None
        [variable] = board["templating"]["list"]
        source = {"type": "prometheus", "uid": f"${{{variable['name']}}}"}
        assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])
        for panel in board["panels"]:
            assert panel["title"]
            assert panel["description"]
            assert panel["fieldConfig"]["defaults"]["unit"]
            assert panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24
            assert {str(asked["datasource"]) for asked in (panel, *panel["targets"])} == {str(source)}
            assert all(target["expr"] and target["legendFormat"] for target in panel["targets"])


def test_an_export_for_kubernetes_ends_with_the_secrets_that_have_to_exist(devenv: CommandLine) -> None:
    """Each with the command that makes it; the files have placeholders."""
    exported = devenv("export", "kubernetes", "--into", "deploy")
    assert exported.code == 0
    assert "written    values.yaml\n" in exported.out
    command = (
        "    kubectl create secret generic temporal-postgres -n temporal --type kubernetes.io/basic-auth "
    )
    assert command in exported.out
    files = list((devenv.project / "deploy").rglob("*.yaml"))
    assert [path.name for path in files if "kind: Secret\n" in path.read_text()] == ["secrets.example.yaml"]
    assert "  password: REPLACE-ME\n" in (devenv.project / "deploy/secrets.example.yaml").read_text()


def test_an_export_for_kubernetes_is_the_same_each_time(devenv: CommandLine) -> None:
    devenv("export", "kubernetes", "--into", "deploy")
    again = devenv("export", "kubernetes", "--into", "deploy", "-o", "json").document
    assert {each["state"] for each in again["files"]} == {"unchanged"}


def test_values_that_somebody_edited_stay_until_they_are_forced(devenv: CommandLine) -> None:
    devenv("export", "kubernetes", "--into", "deploy")
    values = devenv.project / "deploy/values.yaml"
    exported = values.read_text()
    values.write_text(exported.replace("numHistoryShards: 512", "numHistoryShards: 4096"))
    again = devenv("export", "kubernetes", "--into", "deploy")
    assert "-      numHistoryShards: 4096\n+      numHistoryShards: 512\n" in again.out
    assert "numHistoryShards: 4096" in values.read_text()
    devenv("export", "kubernetes", "--into", "deploy", "--force")
    assert values.read_text() == exported


def test_what_cannot_be_exported_writes_nothing(devenv: CommandLine) -> None:
    devenv.write("devenv.toml", '[kubernetes]\nnamespace = "Shop"\n')
    error = devenv("export", "kubernetes", "--into", "deploy", "-o", "json").error
    assert (error["code"], error["exit_code"]) == ("settings-invalid", 3)
    assert not (devenv.project / "deploy").exists()


def test_a_check_writes_nothing_and_tells_what_is_not_current(devenv: CommandLine) -> None:
    """A pipeline fails by it, with every file at once."""
    error = devenv("export", "kubernetes", "--into", "deploy", "--check", "-o", "json").error
    assert (error["code"], error["exit_code"]) == ("export-invalid", 3)
    assert not (devenv.project / "deploy").exists()
    written = devenv("export", "kubernetes", "--into", "deploy")
    assert "deploy/README.md says what the cluster needs, and how to install it.\n" in written.out
    checked = devenv("export", "kubernetes", "--into", "deploy", "--check")
    assert checked.code == 0
    assert "Kubernetes 1.34, operators and chart 1.6.0 take the " in checked.out
    devenv.write("deploy/network.yaml", "kind: NetworkPolicy\n")
    edited = devenv("export", "kubernetes", "--into", "deploy", "--check")
    assert edited.code == 3
    assert "network.yaml: is no object of Kubernetes" in edited.err


KUBECTL = """\
#!/bin/sh
refused=$(dirname "$0")/../refused
case "$*" in
  *" config view "*) echo -n https://10.0.0.1:6443 ;;
  *--dry-run=server*) [ ! -e "$refused" ] || { cat "$refused" >&2; exit 1; } ;;
esac
"""


@pytest.fixture
def kubectl(devenv: CommandLine, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """Yield a project with an export, on a machine with a kubectl that asks nobody."""
    devenv.write("bin/kubectl", KUBECTL)
    (devenv.project / "bin/kubectl").chmod(0o755)
    monkeypatch.setenv("PATH", f"{devenv.project}/bin:{os.environ['PATH']}")
    devenv.write("kubeconfig", "apiVersion: v1\n")
    devenv("export", "kubernetes", "--into", "deploy")
    return devenv


CHECK = ("export", "kubernetes", "--into", "deploy", "--check", "--kubeconfig", "kubeconfig")


def test_a_cluster_is_asked_whether_it_takes_the_export_and_named(kubectl: CommandLine) -> None:
    assert "The cluster at https://10.0.0.1:6443 takes them, too" in kubectl(*CHECK).out
    assert kubectl(*CHECK, "-o", "json").document["cluster"] == "https://10.0.0.1:6443"


def test_what_a_cluster_refuses_is_told_with_its_own_words(kubectl: CommandLine) -> None:
    kubectl.write(
        "refused", 'Error from server (Forbidden): jobs.batch is forbidden: User "me" cannot create\n'
    )
    error = kubectl(*CHECK, "-o", "json").error
    assert (error["code"], error["exit_code"]) == ("export-invalid", 3)
    assert error["message"] == "The cluster at https://10.0.0.1:6443 does not take the export"
    assert any("jobs.batch is forbidden" in line for line in error["details"])


def test_a_cluster_that_nobody_can_ask_is_told(kubectl: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    """No file, no kubectl, or no `--check`."""
    error = kubectl(*CHECK[:-1], "elsewhere", "-o", "json").error
    assert error["message"].endswith("elsewhere: there is no such file")
    assert kubectl("export", "kubernetes", "--into", "deploy", "--kubeconfig", "kubeconfig").code == 2
    monkeypatch.setenv("PATH", "/nowhere")
    error = kubectl(*CHECK, "-o", "json").error
    assert (error["exit_code"], error["message"]) == (4, "There is no command `kubectl`")
