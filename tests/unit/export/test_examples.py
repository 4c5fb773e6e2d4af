"""The examples: each is a few lines of devenv.toml, and a golden export says what becomes of them.

`TEMPORAL_DEVENV_TEST_GOLDENS=write` writes the goldens anew, for a review to see the difference.
"""

from __future__ import annotations

import os
import shutil
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from unit.export.conftest import manifests_in

from devenv.export.kubernetes.charts import charts
from devenv.export.kubernetes.check import refusals
from devenv.export.kubernetes.files import KubernetesExport, kubernetes_export
from devenv.export.kubernetes.schemas import known_versions
from devenv.project.locate import find_project
from devenv.project.settings import load_settings
from devenv.stack.desired import load_desired

if TYPE_CHECKING:
    from collections.abc import Mapping

EXAMPLES = Path(__file__).parents[3] / "examples/kubernetes"
NAMES = sorted(path.parent.name for path in EXAMPLES.glob("*/devenv.toml"))
GOLDENS = Path(__file__).parent / "goldens"
IS_WRITTEN = os.environ.get("TEMPORAL_DEVENV_TEST_GOLDENS") == "write"
# Read by neither Kubernetes nor an operator.
FOR_OTHERS = ("values.yaml", "kustomization.yaml", "flux/kustomizeconfig.yaml", ".sops.yaml")


@cache
def export_of(name: str) -> KubernetesExport:
    project = find_project(EXAMPLES / name)
    return kubernetes_export(load_desired(project, load_settings(project)), EXAMPLES / name)


def golden_files(export: KubernetesExport) -> Mapping[str, bytes]:
    """Return the files of an export that are its own: not scripts, alerts and dashboards, which all have."""
    shared = ("bootstrap/bootstrap.sh", "bootstrap/secrets.sh")
    return {
        path: content
        for path, content in export.files.items()
        if path not in shared and not path.startswith("monitoring/")
    }


@pytest.mark.parametrize("name", NAMES)
def test_an_example_is_at_most_25_lines(name: str) -> None:
    assert len((EXAMPLES / name / "devenv.toml").read_text().splitlines()) <= 25


@pytest.mark.parametrize("name", NAMES)
def test_the_export_of_an_example_is_the_golden_one(name: str) -> None:
    files = golden_files(export_of(name))
    golden = GOLDENS / name
    if IS_WRITTEN:
        shutil.rmtree(golden, ignore_errors=True)
        for path, content in files.items():
            (golden / path).parent.mkdir(parents=True, exist_ok=True)
            (golden / path).write_bytes(content)
    kept = {path.relative_to(golden).as_posix() for path in golden.rglob("*") if path.is_file()}
    assert kept == set(files)
    for path, content in files.items():
        assert content == (golden / path).read_bytes(), path


@pytest.mark.parametrize("version", known_versions())
@pytest.mark.parametrize("name", NAMES)
def test_kubernetes_and_operators_take_the_export_of_an_example(name: str, version: str) -> None:
    files = export_of(name).files
    for path in (path for path in files if path.endswith(".yaml") and path not in FOR_OTHERS):
        for document in manifests_in(files, path):
            assert list(refusals(document, version)) == [], path


@pytest.mark.parametrize("name", NAMES)
def test_every_chart_knows_the_values_of_an_example(name: str) -> None:
    [values] = manifests_in(export_of(name).files, "values.yaml")
    for chart in charts().values():
        assert chart.unknown(values) == []
