"""Worktrees of a git repository, as gitrepository-layout(5) says that they lie on the disk; no git is run."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def make_repository(root: Path) -> Path:
    """Make a repository with a main worktree at `root`, and return that."""
    (root / ".git").mkdir(parents=True)
    return root


def make_bare_repository(root: Path) -> Path:
    """Make a repository without a main worktree."""
    root.mkdir(parents=True)
    return root


def add_worktree(repository: Path, root: Path, name: str | None = None) -> Path:
    """Add a worktree at `root` that git calls `name`, by default as its directory, and return `root`."""
    common = repository / ".git" if (repository / ".git").is_dir() else repository
    own = common / "worktrees" / (name or root.name)
    own.mkdir(parents=True)
    (own / "commondir").write_text("../..\n")
    root.mkdir(parents=True, exist_ok=True)
    (root / ".git").write_text(f"gitdir: {own}\n")
    (own / "gitdir").write_text(f"{root / '.git'}\n")
    return root
