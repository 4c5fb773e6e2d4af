from __future__ import annotations

import re
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest

from devenv.errors import NameInvalidError
from devenv.project.names import check_stack_name, default_stack_name

if TYPE_CHECKING:
    from pathlib import Path


def test_a_stack_is_called_after_its_directory_and_path(tmp_path: Path) -> None:
    """The name is the directory's and six hex digits of the sha256 of the whole path."""
    root = tmp_path / "shop"
    assert default_stack_name(root) == f"shop-{sha256(str(root).encode()).hexdigest()[:6]}"


@pytest.mark.parametrize(
    ("directory", "stem"),
    [
        ("Shop", "shop"),
        ("my shop (v2)", "my-shop-v2"),
        ("shop_api.v1", "shop_api-v1"),
        ("2024", "2024"),
        ("a" * 50, "a" * 40),
        ("a" * 39 + " b", "a" * 39),
        ("...", "stack"),
        ("商店", "stack"),
        ("-shop", "stack-shop"),
        ("_shop", "stack_shop"),
        ("caf\udce9", "caf"),
    ],
)
def test_any_directory_makes_a_valid_name(tmp_path: Path, directory: str, stem: str) -> None:
    """Whatever a directory is called, its stack's name is one that Compose takes."""
    name = default_stack_name(tmp_path / directory)
    assert re.fullmatch(rf"{stem}-[0-9a-f]{{6}}", name)
    assert check_stack_name(name) == name


def test_two_checkouts_never_share_a_stack(tmp_path: Path) -> None:
    """Directories of one name in two places have stacks of two names."""
    assert default_stack_name(tmp_path / "one" / "shop") != default_stack_name(tmp_path / "two" / "shop")


def test_the_way_to_a_project_does_not_matter(tmp_path: Path) -> None:
    """Through a link a project has the stack it always has."""
    (tmp_path / "shop").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "shop")
    assert default_stack_name(tmp_path / "link") == default_stack_name(tmp_path / "shop")


@pytest.mark.parametrize("name", ["shop", "0", "shop-3f2a1c", "a_b", "a" * 63])
def test_a_valid_name_is_returned(name: str) -> None:
    """A name that Compose takes passes unchanged."""
    assert check_stack_name(name) == name


@pytest.mark.parametrize(
    "name", ["", "Shop", "-shop", "_shop", "shop/api", "../shop", ".", "shop\n", "läden", "a" * 64]
)
def test_an_invalid_name_is_refused(name: str) -> None:
    """A name that is no Compose project name, or would leave the state directory, is an error."""
    with pytest.raises(NameInvalidError):
        check_stack_name(name)


def test_a_refusal_quotes_the_name_and_tells_the_rule() -> None:
    """The user sees what was refused and what would not be."""
    with pytest.raises(NameInvalidError, match="My Shop") as caught:
        check_stack_name("My Shop")
    assert "lower-case" in caught.value.hint
