"""`devenv export`: what it says of each file. tests/unit/files/test_exported.py has what becomes of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

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
