"""The JSON Schema of devenv.toml."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from devenv.project.settings import settings_schema


def lookup(schema: dict[str, Any], *path: str) -> Any:
    for key in path:
        schema = schema["properties"][key]
        if "$ref" in schema:
            schema = settings_schema()["$defs"][schema["$ref"].rpartition("/")[2]]
    return schema


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (("engine",), {"default": "auto", "enum": ["auto", "compose", "embedded"]}),
        (("timeout",), {"default": "2m", "type": "string"}),
        (("ports", "grpc"), {"default": 7233, "type": "integer", "minimum": 1, "maximum": 65535}),
        (("versions", "postgres"), {"default": "17", "enum": ["16", "17", 16, 17]}),
        (("versions", "ui"), {"default": "2.55.0", "type": "string"}),
        (("paths", "seeds"), {"default": "seeds", "type": "string"}),
        (("compose", "overlays"), {"default": [], "type": "array"}),
        (("services",), {"type": "object"}),
    ],
)
def test_the_schema_tells_an_editor_what_may_be_written(
    path: tuple[str, ...], expected: dict[str, object]
) -> None:
    """Types, choices and defaults are those of the file, not of Python."""
    found = lookup(settings_schema(), *path)
    assert {key: found.get(key) for key in expected} == expected


@pytest.mark.parametrize("table", [(), ("versions",), ("ports",), ("paths",), ("compose",)])
def test_the_schema_refuses_unknown_settings(table: tuple[str, ...]) -> None:
    """An editor marks a misspelt key before devenv has to."""
    assert lookup(settings_schema(), *table)["additionalProperties"] is False


def test_importing_the_settings_reads_no_file_and_no_heavy_library() -> None:
    """`devenv --help` pays nothing for settings that it does not need."""
    code = (
        "import sys, devenv.project.settings as settings, devenv.project.versions as versions\n"
        "assert versions.shipped_components.cache_info().misses == 0\n"
        "assert not {'yaml', 'docker', 'temporalio', 'typer'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
