"""What the embedded server said since a moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devenv.engines.embedded.engine import EmbeddedEngine
from devenv.engines.protocol import StackIdentity

if TYPE_CHECKING:
    from pathlib import Path


def test_only_what_was_said_after_a_mark_is_returned(tmp_path: Path) -> None:
    """The log goes on from one launch to the next; without one there is nothing."""
    stack = StackIdentity("shop", tmp_path, 1000)
    engine = EmbeddedEngine(tmp_path / "temporal", lambda _: tmp_path)
    nothing = engine.log_mark(stack, "temporal")
    assert nothing == ""
    assert engine.log_since(stack, "temporal", nothing) == []
    log = tmp_path / "logs" / "temporal.log"
    log.parent.mkdir()
    log.write_text("one\ntwo\n")
    mark = engine.log_mark(stack, "temporal")
    with log.open("a") as stream:
        stream.write("three\n")
    assert engine.log_since(stack, "temporal", mark) == ["three"]
    assert engine.log_since(stack, "temporal", nothing) == ["one", "two", "three"]
