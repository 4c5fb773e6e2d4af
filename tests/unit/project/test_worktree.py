"""Worktrees that share a stack: whose it is, and what is called how there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from fakes.worktrees import add_worktree, make_bare_repository, make_repository

from devenv.errors import SettingsInvalidError
from devenv.project.locate import find_project
from devenv.project.worktree import Names, Worktree, sharing_worktree

if TYPE_CHECKING:
    from pathlib import Path

SHARING = 'isolate = "namespace"\n'


def declare(directory: Path, text: str = SHARING) -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "devenv.toml").write_text(text)
    return directory


def worktree_at(directory: Path) -> Worktree | None:
    return sharing_worktree(find_project(directory))


def sharing_at(directory: Path) -> Worktree:
    found = worktree_at(declare(directory))
    assert found is not None
    return found


def test_the_stack_is_that_of_the_main_worktree(tmp_path: Path) -> None:
    """Its own names are as they are written; those of the others have what git calls the worktree."""
    shop = make_repository(tmp_path / "shop")
    feature = add_worktree(shop, tmp_path / "elsewhere" / "feature")
    main, linked = sharing_at(shop), sharing_at(feature)
    assert (main.stack_root, main.suffix) == (shop, "")
    assert (linked.stack_root, linked.suffix, linked.project) == (shop, "feature", feature)
    assert main.suffixes == linked.suffixes == {"feature"}


def test_each_project_of_a_repository_has_a_stack_of_its_own(tmp_path: Path) -> None:
    """Found by its way below the worktree; the main worktree need not have it."""
    shop = make_repository(tmp_path / "shop")
    feature = add_worktree(shop, tmp_path / "feature")
    assert sharing_at(feature / "services" / "api").stack_root == shop / "services" / "api"
    assert sharing_at(feature / "services" / "web").stack_root == shop / "services" / "web"


def test_a_bare_repository_has_a_stack_for_its_worktrees(tmp_path: Path) -> None:
    """All of them have a suffix."""
    bare = make_bare_repository(tmp_path / "shop.git")
    one, two = (sharing_at(add_worktree(bare, tmp_path / name)) for name in ("one", "two"))
    assert (one.stack_root, one.suffix) == (bare, "one")
    assert (two.stack_root, two.suffix) == (bare, "two")


def test_two_clones_never_meet(tmp_path: Path) -> None:
    """Neither do worktrees of the one and of the other."""
    roots = []
    for clone in ("a", "b"):
        shop = make_repository(tmp_path / clone / "shop")
        roots += [sharing_at(add_worktree(shop, tmp_path / clone / "feature")).stack_root]
    assert len(set(roots)) == 2


def test_a_submodule_shares_with_its_own_worktrees(tmp_path: Path) -> None:
    """Its `.git` is a file, too, and its repository lies in that of the project around it."""
    outer = make_repository(tmp_path / "outer")
    modules = outer / ".git" / "modules" / "lib"
    modules.mkdir(parents=True)
    lib = declare(outer / "lib")
    (lib / ".git").write_text("gitdir: ../.git/modules/lib\n")
    main = sharing_at(lib)
    assert (main.stack_root, main.suffix) == (modules, "")
    linked = sharing_at(add_worktree(modules, tmp_path / "lib-2"))
    assert (linked.stack_root, linked.suffix) == (modules, "lib-2")


@pytest.mark.parametrize("text", ["", 'isolate = "stack"\n', 'isolate = "nmaespace"\n', "isolate = 1\n"])
def test_without_the_setting_each_worktree_has_a_stack_of_its_own(tmp_path: Path, text: str) -> None:
    """A mistake is told by whoever reads all settings."""
    feature = add_worktree(make_repository(tmp_path / "shop"), tmp_path / "feature")
    assert worktree_at(declare(feature, text)) is None


def test_the_local_file_can_decide_otherwise(tmp_path: Path) -> None:
    """As for any other setting, it wins."""
    feature = add_worktree(make_repository(tmp_path / "shop"), tmp_path / "feature")
    declare(feature)
    (feature / "devenv.local.toml").write_text('isolate = "stack"\n')
    assert worktree_at(feature) is None


def test_outside_git_the_setting_is_refused_with_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There are no worktrees that could share anything."""
    monkeypatch.chdir(tmp_path)
    declare(tmp_path, f"# mine\n{SHARING}")
    with pytest.raises(SettingsInvalidError, match=r"devenv\.toml:2.*worktrees of a git repository"):
        worktree_at(tmp_path)


@pytest.mark.parametrize("pointer", ["gitdir: /gone/.git/worktrees/feature\n", "rubbish", "\udcff"])
def test_a_worktree_that_lost_its_repository_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pointer: str
) -> None:
    """Nobody can say which stack is meant."""
    monkeypatch.chdir(tmp_path)
    declare(tmp_path)
    (tmp_path / ".git").write_bytes(pointer.encode(errors="surrogateescape"))
    with pytest.raises(SettingsInvalidError, match=r"devenv\.toml:1.*lost its git repository") as caught:
        worktree_at(tmp_path)
    assert "git worktree repair" in caught.value.hint


def test_of_settings_that_cannot_be_read_only_a_linked_worktree_needs_to_know(tmp_path: Path) -> None:
    """The main worktree has the same stack in either case, and can be taken down."""
    shop = make_repository(tmp_path / "shop")
    feature = add_worktree(shop, tmp_path / "feature")
    assert worktree_at(declare(shop, "isolate =")) is None
    with pytest.raises(SettingsInvalidError):
        worktree_at(declare(feature, "isolate ="))


def test_what_cannot_be_in_a_suffix_is_replaced_and_kept_apart(tmp_path: Path) -> None:
    """Names of Nexus endpoints take letters, digits and dashes only; a hash tells equal ones apart."""
    shop = make_repository(tmp_path / "shop")
    names = ("a-b", "a.b", "a_b", "Feature", "übung", "---")
    suffixes = [sharing_at(add_worktree(shop, tmp_path / name)).suffix for name in names]
    assert suffixes[0] == "a-b"
    assert suffixes[3] == "Feature"
    assert len(set(suffixes)) == len(names)
    assert all(each.replace("-", "").isascii() and each.strip("-") == each != "" for each in suffixes)


FEATURE = Names("feature", is_shared=True, others=frozenset({"x-feature"}), gone=frozenset({"old"}))
MAIN = Names("", is_shared=True, others=frozenset({"feature", "x-feature"}), gone=frozenset({"old"}))


@pytest.mark.parametrize("name", ["orders", "orders-feature"])
def test_a_name_is_meant_as_it_is_written_or_as_the_server_has_it(name: str) -> None:
    """Both lead to the worktree's own, never to that of the main worktree."""
    assert FEATURE.meant(name) == "orders-feature"
    assert FEATURE.written("orders-feature") == "orders"


@pytest.mark.parametrize("name", ["default", "temporal-system"])
def test_what_all_worktrees_have_keeps_its_name_and_is_nobodys_to_delete(name: str) -> None:
    """Alone, a project may do there what it likes."""
    assert FEATURE.on_server(name) == name
    for names in (FEATURE, MAIN):
        assert not names.is_own(name)
        assert not names.is_foreign(name)
        assert not names.may_delete(name)
    assert Names().may_delete(name)


def test_a_name_belongs_to_the_worktree_with_the_longest_suffix() -> None:
    """`orders-x-feature` ends with `-feature`, and is that of `x-feature`."""
    own = {name: FEATURE.is_own(name) for name in ("orders", "orders-feature", "orders-x-feature", "a-old")}
    assert own == {"orders": False, "orders-feature": True, "orders-x-feature": False, "a-old": False}
    assert [name for name in own if FEATURE.is_foreign(name)] == ["orders", "orders-x-feature"]
    assert [name for name in own if MAIN.is_own(name)] == ["orders"]
    assert [name for name in own if MAIN.may_delete(name)] == ["orders", "a-old"]


def test_a_name_that_another_worktree_declares_is_its_own() -> None:
    """The main worktree may declare `orders-feature`."""
    names = Names("feature", is_shared=True, taken=frozenset({"orders-feature"}))
    assert not names.may_delete("orders-feature")
    assert names.is_foreign("orders-feature")


def test_of_a_stack_that_nobody_shares_everything_is_ones_own() -> None:
    """Whatever it is called."""
    assert Names().on_server("orders") == "orders"
    assert Names().is_own("orders-feature")
    assert not Names().is_foreign("orders-feature")
