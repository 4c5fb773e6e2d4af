"""The list of the values that a chart knows."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tools.chart_values import CHARTS, chart_values

VALUES = """\
server:
  image: {tag: "1.2.3"}
  resources: {}
  securityContext: {fsGroup: 1000}
  history: {enabled: true}
"""
TEMPLATE = """\
image: {{ $.Values.server.image.tag }}
replicas: {{ $serviceValues.replicaCount }}
{{- with $.Values.server.securityContext }}
securityContext:
  {{- toYaml . | nindent 8 }}
{{- end }}
{{- if $.Values.server.dynamicConfig }}
"""
DEPRECATED = "{{- if .Values.elasticsearch.enabled }}{{ fail }}{{ end }}\n"
# Directories with `charts/temporal` of versions that are recorded, as `just chart-values` takes them.
DIRECTORIES = [Path(each) for each in os.environ.get("TEMPORAL_DEVENV_TEST_CHARTS", "").split(":") if each]


@pytest.fixture
def chart(tmp_path: Path) -> Path:
    (tmp_path / "values.yaml").write_text(VALUES)
    (tmp_path / "Chart.yaml").write_text('version: 9.9.9\nappVersion: "1.2.3"\n')
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates/deployment.yaml").write_text(TEMPLATE)
    (tmp_path / "templates/_deprecations.tpl").write_text(DEPRECATED)
    return tmp_path


def test_what_templates_alone_read_is_known_too(chart: Path) -> None:
    """`helm show values` says nothing of it; what the chart refuses is not known."""
    recorded = chart_values(chart)
    assert {"server.dynamicConfig", "server.history.replicaCount"} <= set(recorded["open"])
    assert "server.image.tag" in recorded["paths"]
    assert not any("elasticsearch" in path for path in recorded["paths"] + recorded["open"])


def test_below_what_a_template_hands_on_anything_goes(chart: Path) -> None:
    """Whether values.yaml has it empty or not."""
    recorded = chart_values(chart)
    assert {"server.resources", "server.securityContext"} <= set(recorded["open"])
    assert "server.securityContext.fsGroup" not in recorded["paths"]


@pytest.mark.skipif(not DIRECTORIES, reason="TEMPORAL_DEVENV_TEST_CHARTS names no charts")
def test_the_record_is_that_of_the_charts() -> None:
    """`TEMPORAL_DEVENV_TEST_CHARTS=DIRECTORY:…` compares it with charts that somebody has."""
    recorded = json.loads(CHARTS.read_bytes())
    for directory in DIRECTORIES:
        assert chart_values(directory) in recorded.values(), directory
