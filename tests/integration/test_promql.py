"""Prometheus' own tool reads what `devenv export grafana` writes."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
import toolchain

from devenv.addons.observability.dashboards import folder
from devenv.addons.observability.grafana import RULES, grafana_files
from devenv.files.yaml_documents import write_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

pytestmark = pytest.mark.toolchain

RULE_TESTS = toolchain.REPOSITORY / "tests/addons/observability/rules.test.yaml"


@pytest.fixture(scope="module")
def promtool() -> Path:
    return toolchain.promtool()


@pytest.fixture(scope="module")
def exported() -> Mapping[str, bytes]:
    return grafana_files(["my-orders", 'odd"\\name'])


def test_every_query_of_a_dashboard_is_promql(
    exported: Mapping[str, bytes], promtool: Path, tmp_path: Path
) -> None:
    """As the expression of a rule, with a window in the place of Grafana's variable."""
    boards = [json.loads(data) for name, data in exported.items() if name.startswith("dashboards/")]
    queries = [
        target["expr"].replace("$__rate_interval", "1m")
        for board in boards
        for panel in board["panels"]
        for target in panel["targets"]
    ]
    rules = [{"record": f"panel:{number}", "expr": query} for number, query in enumerate(queries)]
    file = tmp_path / "panels.yaml"
    file.write_text(write_yaml({"groups": [{"name": "panels", "rules": rules}]}))
    said = toolchain.succeed(promtool, "check", "rules", file, cwd=tmp_path)
    assert f"{len(queries)} rules found" in said


def test_the_rules_say_the_same_in_prometheus(
    exported: Mapping[str, bytes], promtool: Path, tmp_path: Path
) -> None:
    """The tests that vmalert passes: PromQL is stricter, and its `increase` extrapolates."""
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "temporal.yaml").write_bytes(exported[RULES])
    (rules / "volumes.yaml").write_bytes((folder() / "rules/volumes.yaml").read_bytes())
    tests = tmp_path / "tests.yaml"
    # vmalert-tool needs the name of the group, and promtool knows none.
    text = re.sub(r"groupname: \w+(, )?", "", RULE_TESTS.read_text())
    tests.write_text(text.replace("/rules/", f"{rules}/"))
    assert "SUCCESS" in toolchain.succeed(promtool, "test", "rules", tests, cwd=tmp_path)
