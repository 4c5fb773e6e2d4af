"""Engines are told apart by their traits: only its own package knows the name of one."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import devenv
from devenv.registry import ENGINES

ROOT = Path(devenv.__file__).parent

# Every other file that has the name of an engine as a text, and why that decides nothing about engines.
NAMED_IN = {
    "registry.py": "the list of engines",
    "wiring.py": "who publishes a port, and which images are local, is asked of the Docker engine",
    "project/addon_toml.py": "the directories compose/ of this repository and of a project",
    "project/addon_reading.py": "the directory compose/ of a project",
    "project/builtin.py": "the directory compose/ of this repository",
    "project/versions.py": "the directory compose/ of this repository",
    "stack/members.py": "the table [compose] of devenv.toml",
    "images/catalog.py": "the directory compose/ of this repository",
    "engines/docker/versions.py": "the command `docker compose`",
}


def names_in(source: str) -> set[str]:
    """Return the names of engines that are texts of their own in a module."""
    constants = (node.value for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Constant))
    return {value for value in constants if isinstance(value, str)} & set(ENGINES)


def test_no_module_but_those_of_an_engine_knows_its_name() -> None:
    """A branch on a name would have to be found again for a third engine."""
    packages = [ROOT / "engines" / name for name in ENGINES]
    found = {
        str(path.relative_to(ROOT))
        for path in ROOT.rglob("*.py")
        if "templates" not in path.parts and not any(path.is_relative_to(each) for each in packages)
        if names_in(path.read_text(encoding="utf-8"))
    }
    assert found == set(NAMED_IN)


@pytest.mark.parametrize(
    "branch", ['engine.name == "compose"', 'engine in {"embedded"}', 'match name:\n    case "compose": ...']
)
def test_a_branch_would_be_noticed(branch: str) -> None:
    """In whatever form it is written."""
    assert names_in(branch)
