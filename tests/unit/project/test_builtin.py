from __future__ import annotations

from typing import TYPE_CHECKING, get_args

import pytest

from devenv.project.builtin import BuiltinName, builtin_dir, is_builtin

if TYPE_CHECKING:
    from pathlib import Path

NAMES: tuple[BuiltinName, ...] = get_args(BuiltinName)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The package in a checkout, or as an editable install reads it: the defaults lie beside it."""
    for name in ("devenv", *NAMES):
        (tmp_path / "checkout" / name).mkdir(parents=True)
    return tmp_path / "checkout" / "devenv"


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """The package as a wheel installs it, beside a stranger's directory of the same name."""
    package = tmp_path / "site-packages" / "devenv"
    for name in NAMES:
        (package / "_builtin" / name).mkdir(parents=True)
        (tmp_path / "site-packages" / name).mkdir()
    return package


@pytest.mark.parametrize("name", NAMES)
def test_an_installed_devenv_reads_what_its_wheel_carries(installed: Path, name: BuiltinName) -> None:
    """Top-level directories of other distributions are never taken for the defaults."""
    assert builtin_dir(name, package=installed) == installed / "_builtin" / name


@pytest.mark.parametrize("name", NAMES)
def test_a_checkout_reads_its_own_directories(checkout: Path, name: BuiltinName) -> None:
    """An edit in the checkout works at once."""
    assert builtin_dir(name, package=checkout) == checkout.parent / name


@pytest.mark.parametrize("name", NAMES)
def test_this_devenv_has_its_defaults(name: BuiltinName) -> None:
    """Every directory that can be asked for is there."""
    assert builtin_dir(name).is_dir()


def test_a_default_directory_is_recognised_through_a_link(tmp_path: Path, checkout: Path) -> None:
    """What matters is which directory it is, not how it is spelt."""
    link = tmp_path / "link"
    link.symlink_to(checkout.parent / "seeds")
    assert is_builtin(link, "seeds", package=checkout)


def test_a_copy_of_a_default_directory_is_recognised(checkout: Path, installed: Path) -> None:
    """A wheel that was built in a checkout carries one; an edit in the checkout makes it a project's own."""
    (installed / "_builtin" / "seeds" / "default.yaml").write_text("namespaces: []\n")
    own = checkout.parent / "seeds" / "default.yaml"
    own.write_text("namespaces: []\n")
    assert is_builtin(own.parent, "seeds", package=installed)
    own.write_text("namespaces: [ ]\n")
    assert not is_builtin(own.parent, "seeds", package=installed)
    own.unlink()
    assert not is_builtin(own.parent, "seeds", package=installed)


@pytest.mark.parametrize("relative", ["seeds/orders.yaml", ".", "../seeds", "dynamicconfig"])
def test_other_places_are_no_default_directories(checkout: Path, relative: str) -> None:
    """A file within, the checkout itself, a namesake elsewhere and another default are to be loaded."""
    (checkout.parent / "dynamicconfig" / "development.yaml").touch()
    assert not is_builtin(checkout.parent / relative, "seeds", package=checkout)
