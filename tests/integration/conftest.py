"""What the tests of the embedded engine share."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from integration.embedded_sandbox import BINARY, Sandbox

from devenv.engines.embedded import record
from devenv.engines.embedded.engine import EmbeddedEngine
from devenv.engines.host import processes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    """Yield a stack that does not exist yet; whatever became of it is gone afterwards."""
    directory = tmp_path / "state" / "shop"
    made = Sandbox(directory, EmbeddedEngine(BINARY, lambda _: directory))
    yield made
    known = record.load(made.files.record)
    if known is not None:
        processes.terminate(known.process, timedelta(0))
    made.engine.remove(made.stack, volumes=True)
