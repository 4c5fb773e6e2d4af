"""What is generated is current, and links between pages lead somewhere."""

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
    """A new exit code cannot be forgotten in the reference."""
    assert set(docs.EXIT_MEANINGS) == set(ExitCode)


def test_a_missing_block_is_told() -> None:
    """A table that an edit of a page lost is not lost in silence."""
    with pytest.raises(ValueError, match="a block `commands`"):
        docs.with_blocks("# devenv\n", ["commands"])


PAGES = [*docs.ROOT.glob("*.md"), *docs.DOCS.rglob("*.md")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(docs.ROOT)))
def test_links_to_files_lead_somewhere(page: Path) -> None:
    """Every relative link names a file of the repository."""
    targets = [link for link in re.findall(r"\]\(([^)#]+)", page.read_text("utf-8")) if "://" not in link]
    assert [target for target in targets if not (page.parent / target).exists()] == []


def test_every_page_is_reached_from_the_readme() -> None:
    """A page that no other links to is found by nobody; decision records have a directory of their own."""
    linked: set[Path] = set()
    todo = [docs.ROOT / "README.md"]
    while todo:
        page = todo.pop()
        links = re.findall(r"\]\(([^)#]+\.md)", page.read_text("utf-8"))
        found = {(page.parent / link).resolve() for link in links if "://" not in link}
        todo += found - linked
        linked |= found
    pages = {page for page in docs.DOCS.rglob("*.md") if page.parent.name != "adr"}
    assert pages - linked == set()
