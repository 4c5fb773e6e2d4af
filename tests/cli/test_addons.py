"""Add-ons on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from fakes.addons import add_static

if TYPE_CHECKING:
    from cli.conftest import CommandLine


@pytest.fixture
def shop(devenv: CommandLine) -> CommandLine:
    """Return a command line whose project has the example."""
    add_static(devenv.project)
    return devenv


def test_a_page_whose_url_is_a_whole_query_is_shown_by_what_opens_it(devenv: CommandLine) -> None:
    """Nobody reads a query in a URL."""
    query = "/search?query=" + 8 * "%22words%22"
    add_static(devenv.project, **{'page = "Static site"': f'page = "Static site"\npath = "{query}"'})
    assert "  Static site  devenv open site\n" in devenv("up", "--with", "static").out
    assert devenv("open", "site").out == f"http://127.0.0.1:8090{query}\n"


def test_an_add_on_is_switched_on_used_and_switched_off(shop: CommandLine) -> None:
    """Its page is opened, listed and exported, and is gone with it."""
    up = shop("up", "--with", "static")
    assert up.code == 0
    assert "Static site  http://127.0.0.1:8090" in up.out
    status = shop("status", "-o", "json").document
    assert status["addons"] == ["static"]
    assert {"name": "site", "title": "Static site", "url": "http://127.0.0.1:8090"} in status["pages"]
    assert shop("open", "site").out == "http://127.0.0.1:8090\n"
    assert shop("open").out == "http://127.0.0.1:8233\n"
    assert shop("ls", "-o", "json").document["stacks"][0]["addons"] == ["static"]
    assert "export STATIC_SITE=http://127.0.0.1:8090" in shop("env").out
    assert shop("up", "--without", "static", "-o", "json").document["addons"] == []
    wrong = shop("open", "site")
    assert wrong.code == 2
    assert 'no page "site"; this stack has ui' in wrong.err


def test_a_page_with_a_query_is_told_by_the_command_that_opens_it(devenv: CommandLine) -> None:
    """Its address fills lines; JSON has it."""
    page = 'page = "Static site"'
    add_static(devenv.project, **{page: f'{page}\npath = "/search?text=all"'})
    assert "  Static site  devenv open site\n" in devenv("up", "--with", "static").out
    url = "http://127.0.0.1:8090/search?text=all"
    assert url in [each["url"] for each in devenv("status", "-o", "json").document["pages"]]


def test_add_ons_are_listed_with_the_way_to_switch_them_on(shop: CommandLine) -> None:
    shop.write("devenv.toml", "[addons]\nstatic = true\n")
    listed = shop("addons")
    assert [line.rstrip() for line in listed.out.splitlines()] == [
        "ADD-ON  ON   MEMORY  WHAT IT IS",
        "static  yes  12 MB   A static web site",
        "",
        "static",
        "  services   static",
        "  pages      site",
        "  ports      site 8090",
        "  settings   greeting: what /greeting says",
        "  switch on  devenv up --with static",
        "  for all    static = true below [addons] in devenv.toml",
    ]
    [document] = shop("addons", "-o", "json").document["addons"]
    assert (document["name"], document["on"]) == ("static", True)


def test_a_page_whose_port_somebody_else_has_is_not_opened(shop: CommandLine) -> None:
    """It would be another program's; and `up` is not content with what answers there."""
    assert shop("up", "--with", "static").code == 0
    shop.world.ports.hold([8090], "python3 (pid 12)")
    shop.world.compose.lost_ports.add(8090)
    for command in ("open site", "up"):
        error = shop(*command.split(), "-o", "json").error
        assert (error["code"], error["exit_code"]) == ("port-taken", 5)
        assert error["message"] == "Port 8090 (site) is taken by python3 (pid 12)"
    assert shop("open", "ui").code == 0


def test_an_add_on_that_is_wrong_hides_no_other_one(shop: CommandLine) -> None:
    """Whether it is on or off; what is wrong is told beside the others."""
    path = add_static(shop.project, "broken") / "addon.toml"
    path.write_text("schema_version = 1\n")
    for switched in ("", "[addons]\nbroken = true\n"):
        shop.write("devenv.toml", switched)
        listed = shop("addons")
        assert listed.code == 3
        assert "static  no  12 MB   A static web site" in listed.out
        assert listed.err.count("broken/addon.toml") == 1
        document = shop("addons", "-o", "json").document
        assert [each["name"] for each in document["addons"]] == ["static"]
        assert (document["ok"], document["error"]["code"]) == (False, "addon-invalid")


def test_an_add_on_that_got_broken_is_told_by_status(shop: CommandLine) -> None:
    """The stack goes on as it is; the next `up` would refuse it."""
    assert shop("up", "--with", "static").code == 0
    shop.write("compose/addons/static/addon.toml", "schema_version = 1\n")
    status = shop("status")
    assert status.code == 0
    assert "addon.toml" in status.err
    assert "the next `devenv up` will refuse it" in status.err
    assert shop("up").code == 3


def test_a_project_without_add_ons_is_told_where_they_would_be(devenv: CommandLine) -> None:
    assert "compose/addons/" in devenv("addons").out


def test_an_unknown_add_on_in_devenv_toml_is_named_with_its_line(shop: CommandLine) -> None:
    shop.write("devenv.toml", "[addons]\nstatik = true\n")
    error = shop("up", "-o", "json").error
    assert (error["code"], error["exit_code"]) == ("addon-invalid", 3)
    assert error["message"] == 'devenv.toml:2: unknown add-on "statik"; did you mean "static"?'


def test_on_and_off_at_once_is_a_slip(shop: CommandLine) -> None:
    assert shop("up", "--with", "static", "--without", "static").code == 2


def test_an_add_on_is_trusted_before_it_is_on(shop: CommandLine) -> None:
    """As the hint of `up --with` says, which starts nothing until then."""
    path = shop.project / "compose/addons/static/compose.yaml"
    path.write_text(path.read_text().replace("read_only: true", "network_mode: host"))
    refused = shop("up", "--with", "static")
    assert refused.code == 9
    assert "`devenv trust` (`--with NAME` for an add-on that is off)" in refused.err
    assert shop("trust", "--yes").out == "This project has no overlays, and no add-on is on.\n"
    assert shop("trust", "--yes", "--with", "static").code == 0
    assert shop("up", "--with", "static").code == 0


def test_images_of_an_add_on_are_listed_before_it_is_on(shop: CommandLine) -> None:
    """So that they can be built before the first `up --with`."""
    refs = [each["service"] for each in shop("images", "list", "-o", "json").document["images"]]
    assert "static-site" not in refs

    def listed() -> dict[str, object]:
        document = shop("images", "list", "--with", "static", "-o", "json").document
        [image] = [each for each in document["images"] if each["service"] == "static-site"]
        return dict(image)

    shop.world.images.missing = {str(listed()["ref"])}
    assert (listed()["kind"], listed()["present"]) == ("stand-in", False)


def test_the_doctor_looks_at_the_ports_of_add_ons_that_are_on(shop: CommandLine) -> None:
    shop.write("devenv.toml", "[addons]\nstatic = true\n")
    names = [each["name"] for each in shop("doctor", "-o", "json").document["checks"]]
    assert names[-4:] == ["port-7233", "port-8233", "port-7243", "port-8090"]


def test_the_embedded_engine_by_flag_is_refused_with_the_engine_it_needs(shop: CommandLine) -> None:
    error = shop("up", "--engine", "embedded", "--with", "static", "-o", "json").error
    assert (error["code"], error["exit_code"]) == ("addon-needs-engine", 4)
    assert "--engine compose" in error["hint"]
