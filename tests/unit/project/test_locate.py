from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from devenv.project.locate import Project, find_project

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def below(tmp_path: Path) -> Path:
    directory = tmp_path / "shop" / "services" / "orders"
    directory.mkdir(parents=True)
    return directory


def test_the_nearest_devenv_toml_upwards_marks_the_project(tmp_path: Path, below: Path) -> None:
    """Of several `devenv.toml` the nearest decides, also against a git root that is nearer still."""
    (tmp_path / "devenv.toml").touch()
    settings_file = tmp_path / "shop" / "devenv.toml"
    settings_file.touch()
    (below / ".git").mkdir()
    assert find_project(below) == Project(tmp_path / "shop", settings_file)


def test_a_project_may_begin_where_the_search_begins(tmp_path: Path) -> None:
    """A `devenv.toml` in the directory itself counts."""
    (tmp_path / "devenv.toml").touch()
    assert find_project(tmp_path).root == tmp_path


def test_without_settings_a_git_checkout_is_the_project(tmp_path: Path, below: Path) -> None:
    """The root of the checkout is the project, and it has no settings file."""
    (tmp_path / "shop" / ".git").mkdir()
    assert find_project(below) == Project(tmp_path / "shop", None)


def test_a_linked_worktree_is_its_own_project(tmp_path: Path, below: Path) -> None:
    """Where `.git` is a file the search ends, so that two worktrees are two projects."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "shop" / ".git").write_text("gitdir: elsewhere\n")
    assert find_project(below).root == tmp_path / "shop"


def test_outside_git_the_directory_itself_is_the_project(below: Path) -> None:
    """With no mark anywhere upwards devenv works where it stands."""
    assert find_project(below) == Project(below, None)


def test_links_are_followed_before_anything_is_decided(tmp_path: Path, below: Path) -> None:
    """Two ways into one directory are one project."""
    (tmp_path / "shop" / "devenv.toml").touch()
    shortcut = tmp_path / "shortcut"
    shortcut.symlink_to(below)
    assert find_project(shortcut) == find_project(below)


@pytest.mark.parametrize("name", ["devenv.yaml", "devenv.nix", ".devenv"])
def test_files_of_another_tool_called_devenv_mean_nothing(tmp_path: Path, below: Path, name: str) -> None:
    """The files of cachix/devenv neither mark a project nor stand in its way."""
    (below / name).touch()
    (tmp_path / "shop" / "devenv.toml").touch()
    assert find_project(below).root == tmp_path / "shop"


def test_a_directory_called_devenv_toml_is_no_settings_file(tmp_path: Path, below: Path) -> None:
    """Only a file can hold settings."""
    (below / "devenv.toml").mkdir()
    assert find_project(below) == Project(below, None)
