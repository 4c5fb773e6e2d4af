"""The files of a new project."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from devenv.dynamicconfig.load import load_dynamic_config
from devenv.errors import DevenvError
from devenv.project.locate import find_project
from devenv.project.settings import Settings, load_settings
from devenv.scaffold.project import InitResult, init_project
from devenv.seeds.kinds.namespace import NamespaceSpec
from devenv.seeds.load import load_seeds

if TYPE_CHECKING:
    from pathlib import Path

FILES = ("devenv.toml", "seeds/orders.yaml", "dynamicconfig/namespaces/orders.yaml")


def files_of(root: Path) -> dict[str, str]:
    return {str(path.relative_to(root)): path.read_text() for path in root.rglob("*") if path.is_file()}


def test_an_empty_directory_becomes_a_project(tmp_path: Path) -> None:
    """With exactly these files."""
    assert init_project(tmp_path, "orders") == InitResult((*FILES, ".gitignore"), ())
    assert files_of(tmp_path).keys() == {*FILES, ".gitignore"}


def test_what_is_written_says_what_the_defaults_say(tmp_path: Path) -> None:
    """But for the one namespace that is declared, which clients use; every file can be read."""
    init_project(tmp_path, "orders")
    settings = load_settings(find_project(tmp_path))
    assert settings.model_dump() == Settings(namespace="orders").model_dump()
    [namespace] = load_seeds([tmp_path / "seeds"]).of(NamespaceSpec)
    assert (namespace.name, namespace.description) == ("orders", "Workflows of orders")
    assert load_dynamic_config([tmp_path / "dynamicconfig"]).entries == ()


def test_clients_are_led_to_no_namespace_that_init_did_not_declare(tmp_path: Path) -> None:
    """Seeds of others may declare anything."""
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds/orders.yaml").write_text("namespaces: [{name: checkout}]\n")
    init_project(tmp_path, "orders")
    assert load_settings(find_project(tmp_path)).model_dump() == Settings().model_dump()


def test_the_local_settings_are_ignored_by_git(tmp_path: Path) -> None:
    """They are one developer's."""
    init_project(tmp_path, "orders")
    assert (tmp_path / ".gitignore").read_text() == "devenv.local.toml\n"


@pytest.mark.parametrize("name", [*FILES, ".gitignore"])
def test_a_file_that_is_there_is_never_changed(tmp_path: Path, name: str) -> None:
    """It is named as kept, but for a `.gitignore`, of which nothing was promised."""
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("mine\n")
    result = init_project(tmp_path, "orders")
    assert path.read_text() == "mine\n"
    assert name not in result.written
    assert result.kept == (() if name == ".gitignore" else (name,))


def test_a_second_time_writes_nothing(tmp_path: Path) -> None:
    """And another namespace adds only its own files."""
    init_project(tmp_path, "orders")
    before = files_of(tmp_path)
    assert init_project(tmp_path, "orders") == InitResult((), FILES)
    assert files_of(tmp_path) == before
    assert init_project(tmp_path, "payments").written == (
        "seeds/payments.yaml",
        "dynamicconfig/namespaces/payments.yaml",
    )


def test_a_dangling_link_is_not_written_through(tmp_path: Path) -> None:
    """What it points to may be anywhere."""
    (tmp_path / "devenv.toml").symlink_to(tmp_path / "elsewhere")
    assert "devenv.toml" in init_project(tmp_path, "orders").kept
    assert not (tmp_path / "elsewhere").exists()


def test_a_directory_that_cannot_be_made_is_an_expected_error(tmp_path: Path) -> None:
    """With the path and a hint."""
    (tmp_path / "seeds").touch()
    with pytest.raises(DevenvError, match=r"seeds/orders\.yaml cannot be written") as caught:
        init_project(tmp_path, "orders")
    assert caught.value.hint
