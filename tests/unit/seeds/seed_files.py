"""Seeds files of tests, and how they are refused."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from devenv.errors import SeedsInvalidError
from devenv.seeds.kinds.namespace import NamespaceSpec
from devenv.seeds.load import load_seeds

if TYPE_CHECKING:
    from devenv.seeds.seeds import Seeds


def write(path: str, content: str) -> Path:
    """Write a seeds file below the working directory and return its layer."""
    file = Path(path)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content)
    return file.parent


def refusals(*layers: Path) -> list[str]:
    with pytest.raises(SeedsInvalidError) as caught:
        load_seeds(layers)
    return [caught.value.message, *caught.value.details]


def names(seeds: Seeds) -> list[str]:
    return [namespace.name for namespace in seeds.of(NamespaceSpec)]
