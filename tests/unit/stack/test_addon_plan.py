"""Which add-ons a stack has, what it takes for them, and what is remembered."""

from __future__ import annotations

import json
import re
import tomllib
from typing import TYPE_CHECKING

import pytest
from fakes.addons import add_static
from fakes.world import make_desired
from unit.stack.addon_stacks import ON, record, up

from devenv.errors import (
    AddonInvalidError,
    AddonNeedsEngineError,
    ImageUnavailableError,
    PortTakenError,
    TrustNeededError,
)
from devenv.images.catalog import addon_images, addon_stand_ins, official_family, stand_in_family
from devenv.project.services import Ports
from devenv.project.settings import Settings
from devenv.stack.addon_plan import ListedAddon, list_addons, plan_addons
from devenv.stack.lifecycle import down
from devenv.stack.report import StackState
from devenv.stack.status import get_status
from devenv.stack.up import UpRequest, bring_up

if TYPE_CHECKING:
    from fakes.world import World

STAND_INS = stand_in_family({"postgres": "17"})


def test_an_add_on_that_is_off_is_not_looked_at(shop: World) -> None:
    """Not even a file of it: a wrong one stands in nobody's way."""
    (shop.stack().project / "compose/addons/static/addon.toml").write_text("wrong")
    assert up(shop).addons == []
    assert shop.compose_reader.asked == []


@pytest.mark.parametrize("how", ["devenv.toml", "by flag"])
def test_an_add_on_is_on_by_a_file_or_by_a_flag(shop: World, how: str) -> None:
    """Its page, its port and what `env` adds are known from then on."""
    report = up(shop, ON) if how == "devenv.toml" else up(shop, static=True)
    assert report.addons == ["static"]
    assert [(page.name, page.title, page.url) for page in report.pages] == [
        ("ui", "Web UI", "http://127.0.0.1:8233"),
        ("site", "Static site", "http://127.0.0.1:8090"),
    ]
    assert record(shop).ports == Ports.of(grpc=7233, ui=8233, http=7243, site=8090)
    assert record(shop).addons[0].environment == {"STATIC_SITE": "http://127.0.0.1:8090"}


def test_its_service_is_launched_hardened_labelled_and_with_its_files(shop: World) -> None:
    """What its Compose file does not say of hardening, devenv adds."""
    add_static(shop.stack().project, "bare", static="bare", site="bare-site", SITE="BARE_SITE")
    path = shop.stack().project / "compose/addons/bare/compose.yaml"
    path.write_text('services:\n  bare: {image: "${STATIC_BARE_SITE_IMAGE}"}\n')
    (shop.stack().project / "compose/addons/bare/addon.toml").write_text('title = "Bare"\n')
    up(shop, static=True, bare=True)
    directory = shop.store.directory("shop")
    services = json.loads((directory / "launch.json").read_text())["services"]
    assert services["bare"]["cap_drop"] == ["ALL"]
    assert services["bare"]["security_opt"] == ["no-new-privileges:true"]
    assert (services["bare"]["mem_limit"], services["static"]["mem_limit"]) == ("256m", "64m")
    assert services["bare"]["logging"]["options"]["max-size"] == "10m"
    assert services["static"]["labels"]["dev.temporal-devenv.stack"] == "shop"
    assert (directory / "mounts/addons/static/site/index.html").is_file()
    variables = (directory / "stack.env").read_text()
    assert "SITE_PORT='8090'" in variables
    assert "STATIC_GREETING='hello'" in variables
    assert "STATIC_SITE_IMAGE='temporal-devenv/static-site:" in variables


def test_other_files_are_another_container(shop: World) -> None:
    """Its label is a digest of them, so Compose sees a change."""

    def digest() -> str:
        launch = json.loads((shop.store.directory("shop") / "launch.json").read_text())
        return str(launch["services"]["static"]["labels"]["dev.temporal-devenv.files"])

    up(shop, static=True)
    before, launches = digest(), shop.compose.calls.count("launch")
    up(shop)
    assert shop.compose.calls.count("launch") == launches
    (shop.stack().project / "compose/addons/static/site/index.html").write_text("new")
    up(shop)
    assert shop.compose.calls.count("launch") == launches + 1
    assert digest() != before


def test_a_switch_is_remembered_until_the_data_is_deleted(shop: World) -> None:
    """Over `down`, and over what devenv.toml says."""
    up(shop, ON, static=False)
    assert up(shop, ON).addons == []
    down(shop.stack(), volumes=False)
    assert up(shop, ON).addons == []
    down(shop.stack(), volumes=True)
    assert up(shop, ON).addons == ["static"]
    assert up(shop, static=False).addons == []
    assert "site" not in record(shop).ports.numbers


def test_an_unknown_add_on_is_refused_before_anything_is_touched(shop: World) -> None:
    """The nearest name is proposed."""
    with pytest.raises(AddonInvalidError) as caught:
        up(shop, statik=True)
    assert caught.value.message == '--with: unknown add-on "statik"; did you mean "static"?'
    assert shop.compose.calls == []


def test_an_add_on_whose_folder_is_gone_can_be_switched_off(shop: World) -> None:
    """And says so as long as it is on."""
    up(shop, static=True)
    (shop.stack().project / "compose/addons/static/addon.toml").unlink()
    with pytest.raises(AddonInvalidError, match='unknown add-on "static"'):
        up(shop)
    assert up(shop, static=False).addons == []


def test_the_embedded_engine_leaves_an_add_on_out_and_says_so_once(shop: World) -> None:
    """In a warning, and as something that is not enforced."""
    settings = {**ON, "engine": "embedded"}
    report = up(shop, settings)
    sentence = "the add-on static, which needs `devenv up --engine compose`"
    assert (report.addons, report.not_enforced) == ([], [sentence])
    assert [each for each in shop.reporter.warnings() if "add-on" in each] == [
        f"the embedded engine leaves out {sentence}"
    ]
    status = get_status(shop.stack(), make_desired(settings=settings))
    assert status.not_enforced == [sentence]
    assert "site" not in record(shop).ports.numbers


def test_an_add_on_asked_for_by_flag_needs_its_engine(shop: World) -> None:
    """The hint names the one that runs it."""
    with pytest.raises(AddonNeedsEngineError, match="static does not run on the embedded engine") as caught:
        up(shop, {"engine": "embedded"}, static=True)
    assert "--engine compose --with static" in caught.value.hint
    assert shop.embedded.calls == []


def test_its_port_moves_away_from_another_stack_alone(shop: World) -> None:
    """The ports that clients know stay."""
    shop.ports.hold([8090], "the container bank-static-1", is_stack=True)
    up(shop, static=True)
    assert record(shop).ports == Ports.of(grpc=7233, ui=8233, http=7243, site=8091)
    assert "port 8090 is taken: site is on 8091" in shop.reporter.warnings()


def test_its_port_taken_by_a_program_is_an_error_with_the_holder(shop: World) -> None:
    """And with the line of devenv.toml that chooses another; with `any_port` it moves."""
    shop.ports.hold([8090], "nginx (pid 12)")
    with pytest.raises(PortTakenError, match=r"Port 8090 \(site\) is taken by nginx \(pid 12\)") as caught:
        up(shop, static=True)
    assert "`[addons.static.ports] site`" in caught.value.hint
    up(shop, any_port=True, static=True)
    assert record(shop).ports["site"] == 8091


def test_a_port_that_devenv_toml_gives_it_never_moves(shop: World) -> None:
    shop.ports.hold([9001], "the container bank-static-1", is_stack=True)
    settings = {"addons": {"static": {"ports": {"site": 9001}}}}
    with pytest.raises(PortTakenError, match=r"Port 9001 \(site\)") as caught:
        up(shop, settings)
    assert "fixes the port" in caught.value.hint


def test_a_port_can_have_more_pages_than_one(shop: World) -> None:
    """Each is opened by its name."""
    definition = shop.stack().project / "compose/addons/static/addon.toml"
    more = '[pages.more]\nport = "site"\ntitle = "More"\npath = "/more/?#/all"\n'
    definition.write_text(definition.read_text() + more)
    assert [(page.name, page.title, page.url) for page in up(shop, static=True).pages][1:] == [
        ("site", "Static site", "http://127.0.0.1:8090"),
        ("more", "More", "http://127.0.0.1:8090/more/?#/all"),
    ]
    [listed], _ = list_addons(shop.stack(), make_desired().settings)
    assert listed.pages == ["site", "more"]


def test_a_stand_in_is_built_of_the_version_of_the_official_image(shop: World) -> None:
    """And with the Go of the others, as far as its Dockerfile asks; each version is another image."""
    folder = shop.stack().project / "compose/addons/static"
    definition, dockerfile = folder / "addon.toml", folder / "Dockerfile"
    definition.write_text(
        definition.read_text().replace(
            "dockerfile =", 'official = "example.org:5000/site:v1.2"\ndockerfile ='
        )
    )
    refs = set()
    for declared in ((), ("VERSION",), ("VERSION", "GOFLAGS")):
        dockerfile.write_text(
            "ARG BASE\nFROM ${BASE} AS static-site\n" + "".join(f"ARG {name}\n" for name in declared)
        )
        addons = plan_addons(shop.stack(), make_desired(settings=ON).settings).on
        [stand_in] = addon_stand_ins(addons, STAND_INS)
        assert tuple(stand_in.recipe.build_args) == declared
        assert stand_in.recipe.build_args.get("VERSION", "v1.2") == "v1.2"
        refs.add(stand_in.image.ref)
    assert len(refs) == 3


def test_an_image_can_be_built_on_one_of_the_stack(shop: World) -> None:
    """On that of the family and version that the stack has: each is another image."""
    definition = shop.stack().project / "compose/addons/static/addon.toml"
    definition.write_text(definition.read_text().replace("dockerfile =", 'on = "postgres"\ndockerfile ='))
    addons = plan_addons(shop.stack(), make_desired(settings=ON).settings).on
    families = (STAND_INS, official_family({"postgres": "17"}), official_family({"postgres": "16"}))
    built = [item for family in families for item in addon_stand_ins(addons, family)]
    assert [item.recipe.build_args["BASE"] for item in built][1:] == ["postgres:17", "postgres:16"]
    assert built[0].recipe.build_args["BASE"] == STAND_INS.refs["postgres"]
    assert len({item.image.ref for item in built}) == len(families)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ('on = "nginx"', 'is built on "nginx": no image of the stack'),
        ('official = "site:1"\non = "postgres"', "an official image, which is built on nothing of the stack"),
    ],
)
def test_an_image_is_built_on_one_that_there_is(shop: World, line: str, problem: str) -> None:
    definition = shop.stack().project / "compose/addons/static/addon.toml"
    definition.write_text(definition.read_text().replace("dockerfile =", f"{line}\ndockerfile ="))
    with pytest.raises(AddonInvalidError, match=re.escape(problem)):
        plan_addons(shop.stack(), make_desired(settings=ON).settings)


def test_two_ports_of_one_number_are_told_apart(shop: World) -> None:
    """Authors of add-ons do not know each other: the second moves, unless devenv.toml chooses both."""
    names = {"static-site": "other", "[ports.site]": "[ports.other]", "SITE_PORT": "OTHER_PORT"}
    names |= {"STATIC_SITE_IMAGE": "OTHER_IMAGE", "  static:": "  another:", '"static"': '"another"'}
    add_static(shop.stack().project, "other", **names, **{"static = ": "another = "})
    up(shop, static=True)
    up(shop, other=True)
    assert (record(shop).ports["site"], record(shop).ports["other"]) == (8090, 8091)
    settings = {"addons": {"static": {"ports": {"site": 7400}}, "other": {"ports": {"other": 7400}}}}
    with pytest.raises(PortTakenError, match=r"Port 7400 \(other\) is taken by the port site of this stack"):
        up(shop, settings)


def test_its_image_is_looked_for_before_anything_is_touched(shop: World) -> None:
    """It names what asks for it."""
    plan = plan_addons(shop.stack(), make_desired(settings=ON).settings)
    [image] = addon_images(plan.on, official_family({}))
    shop.images.missing = {image.ref}
    with pytest.raises(ImageUnavailableError, match=r"static-site:\w+ is not available .* addons.static\)"):
        up(shop, static=True)
    assert shop.compose.calls == []


def test_it_is_ready_when_its_page_answers(shop: World) -> None:
    """As a step of its own."""
    up(shop, static=True)
    assert ("add-ons", "done") in shop.reporter.steps()


def test_a_stack_is_ready_whoever_publishes_the_port_of_an_add_on(shop: World) -> None:
    """Only services of the stack file are asked for their ports: nothing else is the server."""
    up(shop, static=True)
    shop.compose.lost_ports = {8090}
    shop.ports.hold([8090], "the container shop-static-1")
    assert get_status(shop.stack(), make_desired()).state is StackState.READY


def test_two_add_ons_with_one_service_are_refused(shop: World) -> None:
    """Compose would make one of both."""
    names = {"static-site": "other", "[ports.site]": "[ports.other]", "SITE_PORT": "OTHER_PORT"}
    names |= {"STATIC_SITE_IMAGE": "OTHER_IMAGE"}
    add_static(shop.stack().project, "other", **names)
    with pytest.raises(AddonInvalidError, match='the add-ons static and other both have a service "static"'):
        up(shop, static=True, other=True)


def test_two_add_ons_with_one_port_are_refused(shop: World) -> None:
    add_static(shop.stack().project, "other")
    with pytest.raises(AddonInvalidError, match='both have a port "site"'):
        up(shop, static=True, other=True)


def test_a_trait_that_no_engine_has_is_refused(shop: World) -> None:
    path = shop.stack().project / "compose/addons/static/addon.toml"
    path.write_text(path.read_text() + '\n[needs]\nengine = ["flies"]\n')
    with pytest.raises(AddonInvalidError, match=r"no engine has all that needs\.engine names: flies"):
        up(shop, static=True)


def test_what_an_own_add_on_does_beyond_the_harmless_needs_trust(shop: World) -> None:
    """As what an overlay does."""
    path = shop.stack().project / "compose/addons/static/compose.yaml"
    path.write_text(path.read_text().replace("read_only: true", "cap_add: [ALL]"))
    with pytest.raises(TrustNeededError) as caught:
        up(shop, static=True)
    assert any("compose/addons/static/compose.yaml:5" in each for each in caught.value.permissions)
    bring_up(shop.stack(), make_desired(), UpRequest(addons={"static": True}, trust=caught.value.hash))


def test_a_changed_file_of_an_own_add_on_asks_for_trust_again(shop: World) -> None:
    """What its containers mount and what they are built from counts as its Compose file does."""
    directory = shop.stack().project / "compose/addons/static"
    path = directory / "compose.yaml"
    path.write_text(path.read_text().replace("read_only: true", "cap_add: [ALL]"))
    hashes: set[str] = set()
    for file in ("Dockerfile", "site/index.html", "Dockerfile"):
        (directory / file).write_text(f"{file} {len(hashes)}")
        with pytest.raises(TrustNeededError) as caught:
            up(shop, static=True)
        hashes.add(caught.value.hash)
        bring_up(shop.stack(), make_desired(), UpRequest(addons={"static": True}, trust=caught.value.hash))
        up(shop, static=True)
    assert len(hashes) == 3


def test_a_file_that_is_gone_from_the_folder_is_gone_for_its_containers(shop: World) -> None:
    """A rule that was deleted is not applied any more."""
    page = shop.stack().project / "compose/addons/static/site/old.html"
    page.write_text("old")
    up(shop, static=True)
    mounted = shop.store.mounts("shop") / "addons/static/site"
    assert {path.name for path in mounted.iterdir()} == {"index.html", "old.html"}
    page.unlink()
    up(shop, static=True)
    assert {path.name for path in mounted.iterdir()} == {"index.html"}


def test_every_add_on_is_listed(shop: World) -> None:
    """On or off, with what it adds."""
    settings = make_desired().settings
    [listed], wrong = list_addons(shop.stack(), settings)
    assert wrong == []
    assert listed == ListedAddon(
        name="static",
        title="A static web site",
        is_on=False,
        is_builtin=False,
        services=("static",),
        pages=["site"],
        ports={"site": 8090},
        memory="12 MB",
        settings={"greeting": "what /greeting says"},
        line="[addons] static = true",
    )
    up(shop, static=True)
    [listed], _ = list_addons(shop.stack(), settings)
    assert listed.is_on


def test_the_line_that_switches_an_add_on_on_has_its_settings(shop: World) -> None:
    """So that it stays true where somebody has written some."""
    settings = Settings(addons={"static": {"greeting": 'say "hello"'}})
    [listed], _ = list_addons(shop.stack(), settings)
    assert listed.line == r'[addons] static = {greeting = "say \"hello\""}'
    assert tomllib.loads(listed.line.replace("[addons] ", "[addons]\n")) == {"addons": settings.addons}
