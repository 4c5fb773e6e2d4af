"""What is written for a service is what was reviewed: `just goldens` after a change of a template."""

from __future__ import annotations

from pathlib import Path

import pytest

from devenv.scaffold.names import Language
from tools.goldens import GOLDENS, rendered

GO_CLIENT = Path(__file__).parents[1] / "e2e" / "go_client"


@pytest.mark.parametrize("language", Language)
def test_a_service_is_exactly_its_golden(language: Language) -> None:
    """Every file with every byte, none missing and none too many."""
    root = GOLDENS / language.value
    golden = {
        path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()
    }
    assert {str(path): data for path, data in rendered(language).items()} == golden


def test_the_go_client_of_the_tests_is_made_of_the_same_versions() -> None:
    """Else the whole SDK is compiled once more, for it alone."""
    assert requirements(GO_CLIENT) <= requirements(GOLDENS / "go/orders/go")


def requirements(module: Path) -> set[str]:
    lines = (module / "go.mod").read_text().splitlines()
    return {line.split("//")[0].strip() for line in lines if line.startswith("\t")}
