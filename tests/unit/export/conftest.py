from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from devenv.export.kubernetes.files import KubernetesExport, kubernetes_export
from devenv.files.yaml_documents import read_manifests
from devenv.project.locate import find_project
from devenv.project.settings import load_settings
from devenv.stack.desired import load_desired

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


class Cluster:
    """A project whose export a test looks at."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def write(self, name: str, text: str) -> None:
        """Write a file of the project."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def export(self, settings: str = "") -> KubernetesExport:
        """Return the export of a project with these settings below `[kubernetes]`."""
        self.write("devenv.toml", f"[kubernetes]\n{settings}\n")
        project = find_project(self.root)
        return kubernetes_export(load_desired(project, load_settings(project)), self.root)

    def objects(self, settings: str = "") -> dict[str, dict[str, Any]]:
        """Return every object of the export, as `Kind/name`."""
        files = self.export(settings).files
        found = [each for path in files if path.endswith(".yaml") for each in manifests_in(files, path)]
        return {f"{each['kind']}/{each['metadata']['name']}": each for each in found if "metadata" in each}

    def values(self, settings: str = "") -> dict[str, Any]:
        """Return the values for the chart."""
        [values] = manifests_in(self.export(settings).files, "values.yaml")
        return values


def manifests_in(files: Mapping[str, bytes], path: str) -> list[dict[str, Any]]:
    """Return the documents of an exported file."""
    return read_manifests(files[path].decode(), path)


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cluster:
    monkeypatch.chdir(tmp_path)
    return Cluster(tmp_path)
