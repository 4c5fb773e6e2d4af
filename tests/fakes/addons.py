"""The add-on of the tests in a project, and others that are like it but for what a test changes."""

from __future__ import annotations

import shutil
from pathlib import Path

STATIC = Path(__file__).parents[1] / "addons" / "static"


def add_static(project: Path, name: str = "static", **replaced: str) -> Path:
    """Copy the example below `compose/addons/` of a project; `replaced` are texts in both descriptions."""
    directory = project / "compose" / "addons" / name
    shutil.copytree(STATIC, directory)
    for file in ("addon.toml", "compose.yaml"):
        text = (directory / file).read_text()
        for old, new in replaced.items():
            text = text.replace(old, new)
        (directory / file).write_text(text)
    return directory
