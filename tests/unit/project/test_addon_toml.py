"""What `addon.toml` can say, and what is wrong with one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from fakes.addons import add_static

from devenv.errors import AddonInvalidError, SettingsInvalidError
from devenv.overlays.addon_files import load_addon
from devenv.project.addon_reading import find_addons
from devenv.project.locate import find_project
from devenv.project.settings import load_settings

if TYPE_CHECKING:
    from pathlib import Path

    from devenv.project.addon_toml import Addon


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "devenv.toml").write_text("[addons]\nstatic = true\n")
    add_static(tmp_path)
    return tmp_path


def read(project: Path) -> Addon:
    folder = find_addons(project, project / "none")["static"]
    return load_addon("static", folder, load_settings(find_project(project)), is_builtin=False)


def test_the_example_is_read(project: Path) -> None:
    """Its folder is all of it."""
    addon = read(project)
    assert addon.definition.title == "A static web site"
    assert not addon.is_builtin
    assert addon.variables() == {"STATIC_GREETING": "hello"}
    assert list(addon.mounted()) == ["Dockerfile", "site/index.html"]


def test_settings_and_ports_are_chosen_in_devenv_toml(project: Path) -> None:
    """A port written there is one that never moves."""
    (project / "devenv.toml").write_text('[addons.static]\ngreeting = "hi"\nports = {site = 9001}\n')
    addon = read(project)
    assert addon.variables() == {"STATIC_GREETING": "hi"}
    assert addon.ports == {"site": 9001}


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("greting = 'x'", 'devenv.toml:2: unknown setting "addons.static.greting"; did you mean "greeting"?'),
        ("greeting = 3", 'devenv.toml:2: "addons.static.greeting" must be a text'),
        ("ports = {sight = 9001}", 'devenv.toml:2: unknown setting "addons.static.ports.sight"'),
        ("ports = {site = 0}", 'devenv.toml:2: "addons.static.ports.site" must be a port number from 1 to'),
        ("ports = 3", 'devenv.toml:2: "addons.static.ports" must be a table'),
    ],
)
def test_a_setting_that_the_add_on_does_not_take_is_refused(
    project: Path, written: str, message: str
) -> None:
    """With the place in devenv.toml."""
    (project / "devenv.toml").write_text(f"[addons.static]\n{written}\n")
    with pytest.raises(SettingsInvalidError) as caught:
        read(project)
    assert caught.value.message.startswith(message)


TOML = "compose/addons/static/addon.toml"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("title =", "titel =", f'{TOML}:2: unknown setting "titel"; did you mean "title"?'),
        ("default = 8090", "default = 'x'", f'{TOML}:10: "ports.site.default"'),
        ("[ports.site]", "[ports.grpc]", f'{TOML}:8: "ports" cannot have one called grpc'),
        ('static = "/index.html"', 'static = "index.html"', 'neither "healthy" nor a path'),
        ('static = "/index.html"', 'other = "/"', "has a path for other, which publishes no port"),
        ('dockerfile = "Dockerfile"', "", "must name an official image, a dockerfile, or both"),
        ('default = "hello"', "default = 3", "has a default that is no text"),
        ('default = "hello"', 'default = "hello"\nmemory = "1 MB"', "has memory, which only a switch adds"),
        ("title =", "# title", f'{TOML}: missing setting "title"'),
        ("[ports.site]", "[ports.Site]", '"ports.Site'),
        ("title =", "title = [", f"{TOML}:3: not valid TOML"),
        ('static = "/index.html"', 'statik = "healthy"', "ready.statik: no Compose file has the service"),
        ("[ports.site]", "[ports.place]", "ports.place: no Compose file uses ${PLACE_PORT}"),
        ("[ready]", '[compose]\n"a.yaml" = "greeting"\n[ready]', 'merges a.yaml for "greeting": no switch'),
        ("[ready]", '[compose]\n"a.yaml" = "ui"\n[ready]', f"{TOML}: there is no a.yaml beside it"),
        (
            "[ready]",
            '[pages.more]\nport = "place"\ntitle = "x"\n[ready]',
            'the page more on the port "place"',
        ),
        ("[ready]", '[pages.site]\nport = "site"\ntitle = "x"\n[ready]', "the page site, and a port of that"),
        ("[ready]", '[pages.ui]\nport = "site"\ntitle = "x"\n[ready]', '"pages" cannot have one called ui'),
        ("[settings.greeting]", "[settings.ui]", '"settings" cannot have one called ui'),
    ],
)
def test_a_wrong_definition_is_refused_with_its_place(
    project: Path, old: str, new: str, message: str
) -> None:
    path = project / TOML
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(AddonInvalidError) as caught:
        read(project)
    assert message in "\n".join([caught.value.message, *caught.value.details])


def test_a_definition_for_a_newer_devenv_says_to_upgrade(project: Path) -> None:
    """Whatever else it holds, which this devenv cannot know."""
    path = project / TOML
    path.write_text(path.read_text().replace("schema_version = 1", "schema_version = 2\nnew = 3"))
    with pytest.raises(AddonInvalidError, match=rf"{TOML}:1: was written for a newer devenv") as caught:
        read(project)
    assert "upgrade devenv" in caught.value.hint


def test_a_folder_without_a_compose_file_is_refused(project: Path) -> None:
    (project / "compose/addons/static/compose.yaml").unlink()
    with pytest.raises(AddonInvalidError, match=rf"{TOML}: there is no compose.yaml beside it"):
        read(project)


def test_an_environment_of_unknown_variables_is_refused(project: Path) -> None:
    """Those that there are, are named."""
    with pytest.raises(AddonInvalidError, match="is no variable of the add-on \\(those are A, B\\)"):
        read(project).environment({"A": "1", "B": "2"})


REPLICAS = """
[settings.replicas]
type = "number"
default = 2
range = [1, 4]
"""


def test_a_number_has_a_range(project: Path) -> None:
    """Its ends belong to it."""
    path = project / TOML
    path.write_text(f"{path.read_text()}{REPLICAS}")
    for number in (0, 5, 100):
        (project / "devenv.toml").write_text(f"[addons.static]\nreplicas = {number}\n")
        with pytest.raises(SettingsInvalidError, match=r"toml:2: .*replicas. must be a number from 1 to 4"):
            read(project)
    (project / "devenv.toml").write_text("[addons.static]\nreplicas = 4\n")
    assert read(project).places == {"replicas": "devenv.toml:2"}
    path.write_text(path.read_text().replace("[1, 4]", "[3, 4]"))
    with pytest.raises(AddonInvalidError, match="has a default that is no number from 3 to 4"):
        read(project)
