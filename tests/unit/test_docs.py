"""What is generated is current, and what the README says by hand is true."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from devenv.errors import ExitCode
from tools import docs

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("path", docs.current_files(), ids=lambda path: path.name)
def test_generated_files_are_current(path: Path) -> None:
    """A command, setting, version or error that changes takes its documentation along: `just docs`."""
    assert path.read_text(encoding="utf-8") == docs.current_files()[path]


def test_every_exit_code_is_explained() -> None:
    """A new exit code cannot be forgotten in the README."""
    assert set(docs.EXIT_MEANINGS) == set(ExitCode)


def test_a_missing_block_is_told() -> None:
    """A table that an edit of the README lost is not lost in silence."""
    with pytest.raises(ValueError, match="a block `commands`"):
        docs.with_blocks("# devenv\n")


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_links_to_files_lead_somewhere(page: str) -> None:
    """Every relative link names a file of the repository."""
    text = (docs.ROOT / page).read_text(encoding="utf-8")
    targets = [link for link in re.findall(r"\]\(([^)#]+)", text) if "://" not in link]
    assert [target for target in targets if not (docs.ROOT / target).exists()] == []
