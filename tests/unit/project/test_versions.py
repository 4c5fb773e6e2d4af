from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from devenv.project.versions import Component, read_components, shipped_components

if TYPE_CHECKING:
    from pathlib import Path

ANY = Component("2.55.0")
LISTED = Component("17", supported=("16", "17"), refused={"18": "it keeps its data elsewhere"})


@pytest.mark.parametrize("version", ["2.55.0", "2.56", "10.0.12"])
def test_without_a_list_every_release_is_let_through(version: str) -> None:
    """A version of two or three numbers needs no entry."""
    assert ANY.objection(version) is None


@pytest.mark.parametrize("version", ["latest", "2", "v2.55.0", "2.55.0-rc.1", "2.55.0\n", ""])
def test_without_a_list_only_releases_are_let_through(version: str) -> None:
    """What is not a release number is refused with an example of one."""
    assert ANY.objection(version) == f'must be a version such as "2.55.0", not "{version}"'


def test_a_list_is_the_whole_choice() -> None:
    """A version outside the list is refused with the list."""
    assert LISTED.objection("16") is None
    assert LISTED.objection("15") == 'must be "16" or "17", not "15"'


@pytest.mark.parametrize("version", ["18", "18.1"])
def test_a_refused_version_is_refused_with_its_reason(version: str) -> None:
    """The reason goes for every minor version too, and what can be used instead is named."""
    assert LISTED.objection(version) == f'cannot be {version}: it keeps its data elsewhere; use "16" or "17"'


def test_every_shipped_default_is_one_that_can_be_used() -> None:
    """The file that devenv ships agrees with itself."""
    objections = {name: each.objection(each.default) for name, each in shipped_components().items()}
    assert set(objections.values()) == {None}


def test_every_shipped_version_says_how_far_it_was_tried() -> None:
    """Nobody has to guess what was verified."""
    assert all(component.verified for component in shipped_components().values())


def test_every_version_on_offer_was_tried() -> None:
    """On a day that docs/reference/versions.md names: `just verify-all-versions`."""
    for name, component in shipped_components().items():
        on_offer = {component.default, *component.supported, *component.class_data_sharing}
        assert name == "cli" or on_offer <= set(component.tried)


def test_other_tables_of_the_file_are_left_alone(tmp_path: Path) -> None:
    """Who builds images can keep more in the same file."""
    path = tmp_path / "versions.toml"
    names = ("temporal", "ui", "postgres", "opensearch", "cli")
    path.write_text(
        "[build]\njdk = 21\n" + "".join(f'[{name}]\ndefault = "1.0"\ntag = "x"\n' for name in names)
    )
    assert read_components(path) == dict.fromkeys(names, Component("1.0"))
