"""What is written for a service is what was reviewed: `just goldens` after a change of a template."""

from __future__ import annotations

import pytest

from devenv.scaffold.names import Language
from tools.goldens import GOLDENS, rendered


@pytest.mark.parametrize("language", Language)
def test_a_service_is_exactly_its_golden(language: Language) -> None:
    """Every file with every byte, none missing and none too many."""
    root = GOLDENS / language.value
    golden = {
        path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()
    }
    assert {str(path): data for path, data in rendered(language).items()} == golden
