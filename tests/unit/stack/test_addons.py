"""Which add-ons a stack has, what it takes for them, and what is remembered."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from fakes.addons import add_static
from fakes.world import make_desired

from devenv.errors import (
    AddonInvalidError,
    AddonNeedsEngineError,
    DevenvError,
    ImageUnavailableError,
    PortTakenError,
    TrustNeededError,
)
from devenv.images.catalog import addon_images, addon_stand_ins
from devenv.project.services import Ports
from devenv.stack.addons import ListedAddon, list_addons, plan_addons
from devenv.stack.lifecycle import down
from devenv.stack.report import StackState
from devenv.stack.status import get_status
from devenv.stack.up import UpRequest, bring_up

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from fakes.world import World

    from devenv.addons import AddonContext
    from devenv.project.state import StackRecord
    from devenv.stack.report import StackReport

ON = {"addons": {"static": True}}


def up(
    world: World, settings: Mapping[str, object] | None = None, *, any_port: bool = False, **switched: bool
) -> StackReport:
    request = UpRequest(addons=switched, any_port=any_port)
    return bring_up(world.stack(), make_desired(settings=settings), request)


def record(world: World) -> StackRecord:
    found = world.store.load("shop")
    assert found is not None
    return found


@pytest.fixture
def shop(world: World) -> World:
    """Return a world whose project has the example."""
    add_static(world.stack().project)
    return world


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
    [listed] = list_addons(shop.stack(), make_desired().settings)
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
        [stand_in] = addon_stand_ins(plan_addons(shop.stack(), make_desired(settings=ON).settings).on)
        assert tuple(stand_in.recipe.build_args) == declared
        assert stand_in.recipe.build_args.get("VERSION", "v1.2") == "v1.2"
        refs.add(stand_in.image.ref)
    assert len(refs) == 3


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
    [image] = addon_images(plan.on, "official")
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


def test_an_add_on_that_needs_another_says_how_to_switch_that_on(shop: World) -> None:
    path = shop.stack().project / "compose/addons/static/addon.toml"
    path.write_text(path.read_text() + '\n[needs]\naddons = ["metrics"]\n')
    with pytest.raises(AddonInvalidError, match="needs the add-on metrics, which is off") as caught:
        up(shop, static=True)
    assert "--with metrics" in caught.value.hint


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


def ship(world: World, name: str = "static", **replaced: str) -> Path:
    """Have devenv ship the example, changed by what is `replaced`; return its folder."""
    return add_static(world.shipped.parents[1], name, **replaced)


def test_an_add_on_of_devenv_needs_no_trust(world: World) -> None:
    """Whatever it does; it is one that devenv has."""
    ship(world, **{"cap_drop: [ALL]": "cap_add: [ALL]"})
    assert up(world, static=True).addons == ["static"]
    [listed] = list_addons(world.stack(), make_desired().settings)
    assert (listed.is_builtin, listed.is_on) == (True, True)
    assert [each for each in world.reporter.warnings() if "add-on" in each] == []


def test_an_own_add_on_wins_over_that_of_devenv_which_is_said(shop: World) -> None:
    """Else a project could not go on with a devenv that ships one of the same name."""
    ship(shop, **{"A static web site": "Not this one"})
    up(shop, static=True)
    sentence = "the add-on static is the project's, not the one that devenv ships"
    assert sentence in shop.reporter.warnings()
    [listed] = list_addons(shop.stack(), make_desired().settings)
    assert (listed.title, listed.is_builtin) == ("A static web site", False)


def test_an_own_add_on_cannot_have_code(shop: World) -> None:
    (shop.stack().project / "compose/addons/static/static.py").write_text("")
    with pytest.raises(AddonInvalidError, match=r"static/static\.py: an add-on of a project has no code"):
        up(shop, static=True)


MORE_FILES = """
[images.tracer]
official = "example.org/tracer:1"
[ports.traces]
service = "tracer"
default = 9411
page = "Traces"
[settings.traces]
type = "switch"
default = false
[compose]
"traces.yaml" = "traces"
"opensearch.yaml" = "opensearch"
"""
TRACES = """
services:
  tracer: {image: "${TRACER_IMAGE}", ports: ["127.0.0.1:${TRACES_PORT}:9411"]}
  temporal: {hostname: traced}
"""
LOGGING = "logging: {driver: splunk, options: {splunk-url: 'http://127.0.0.1:8088'}}"


@pytest.fixture
def traced(world: World) -> World:
    """Return a world with an add-on of devenv that changes services of the stack, some under conditions."""
    directory = ship(world)
    definition = (directory / "addon.toml").read_text()
    traces = 'TRACES = "${STACK_HOST}:${TRACES_PORT}"\n'
    (directory / "addon.toml").write_text(f"{definition}{traces}{MORE_FILES}")
    compose = (directory / "compose.yaml").read_text()
    changed = f"services:\n  temporal: {{{LOGGING}}}\n  postgres: {{{LOGGING}}}\n"
    (directory / "compose.yaml").write_text(compose.replace("services:\n", changed, 1))
    (directory / "opensearch.yaml").write_text(f"services: {{opensearch: {{{LOGGING}}}}}\n")
    (directory / "traces.yaml").write_text(TRACES)
    return world


def launched(world: World) -> dict[str, dict[str, object]]:
    """Return the services of the Compose file that the stack was launched from."""
    services = json.loads((world.store.directory("shop") / "launch.json").read_text())["services"]
    assert isinstance(services, dict)
    return services


def test_an_add_on_of_devenv_changes_services_of_the_stack(traced: World) -> None:
    """They are not its own: they keep what hardens them, and its files are none of theirs."""
    up(traced, static=True)
    services = launched(traced)
    for name in ("temporal", "postgres", "opensearch"):
        assert services[name]["logging"] == {
            "driver": "splunk",
            "options": {"splunk-url": "http://127.0.0.1:8088"},
        }
        assert services[name]["cap_drop"] == ["ALL"]
    labels = services["postgres"]["labels"]
    assert isinstance(labels, dict)
    assert "dev.temporal-devenv.files" not in labels
    assert list_addons(traced.stack(), make_desired().settings)[0].services == ("static",)


def test_a_compose_file_for_a_service_of_the_stack_is_merged_where_that_is(traced: World) -> None:
    def merged(**settings: object) -> tuple[str, ...]:
        [addon] = plan_addons(traced.stack(), make_desired(settings={**ON, **settings}).settings).on
        return addon.compose_files

    assert merged() == ("compose.yaml", "opensearch.yaml")
    assert merged(visibility="postgres") == ("compose.yaml",)


def test_a_switch_adds_a_compose_file_with_all_that_belongs_to_it(traced: World) -> None:
    """Service, image, port, page and variables come and go with it."""
    on: dict[str, object] = {"addons": {"static": {"traces": True}}}
    report = up(traced, on)
    assert [page.name for page in report.pages] == ["ui", "site", "traces"]
    assert launched(traced)["tracer"]["image"] == "example.org/tracer:1"
    assert launched(traced)["temporal"]["hostname"] == "traced"
    assert record(traced).addons[0].environment["TRACES"] == "127.0.0.1:9411"
    report = up(traced, ON)
    assert [page.name for page in report.pages] == ["ui", "site"]
    assert "tracer" not in launched(traced)
    assert "hostname" not in launched(traced)["temporal"]
    assert "traces" not in record(traced).ports.numbers
    assert list(record(traced).addons[0].environment) == ["STATIC_SITE"]


@dataclass
class Code:
    """The code of an add-on: `missing` is what it waits for, by call; `failure` is raised before `down`."""

    missing: list[list[str]] = field(default_factory=list)
    failure: DevenvError | None = None
    seen: list[tuple[str, AddonContext]] = field(default_factory=list)

    def prepare(self, context: AddonContext) -> Mapping[str, bytes]:
        self.seen.append(("prepare", context))
        return {"made/here.html": str(context.ports["site"]).encode()}

    def after_ready(self, context: AddonContext) -> Sequence[str]:
        self.seen.append(("after_ready", context))
        return self.missing.pop(0) if self.missing else []

    def before_down(self, context: AddonContext) -> None:
        self.seen.append(("before_down", context))
        if self.failure:
            raise self.failure


def test_the_code_of_an_add_on_makes_files_and_waits_until_it_is_in_use(world: World) -> None:
    """It is asked again as long as something is missing, in a step of its own."""
    ship(world)
    code = world.addon_modules["static"] = Code(missing=[["no page was read yet"]])
    up(world, static=True)
    assert [name for name, _ in code.seen] == ["prepare", "after_ready", "after_ready"]
    context = code.seen[0][1]
    assert (context.stack.name, context.settings) == ("shop", {"greeting": "hello"})
    assert (world.store.mounts("shop") / "addons/static/made/here.html").read_text() == "8090"
    assert ("add-on static", "done") in world.reporter.steps()


def test_code_that_makes_other_files_has_the_containers_made_anew(world: World) -> None:
    """Their label is another one."""
    ship(world)
    world.addon_modules["static"] = Code()
    up(world, static=True)
    before = launched(world)["static"]["labels"]
    world.ports.hold([8090], "the container bank-static-1", is_stack=True)
    down(world.stack(), volumes=False)
    up(world, static=True)
    assert launched(world)["static"]["labels"] != before


def test_down_lets_the_code_of_an_add_on_finish(world: World) -> None:
    """With what the stack was launched with; what fails there is said, and keeps nothing up."""
    ship(world)
    code = world.addon_modules["static"] = Code()
    up(world, {"addons": {"static": {"greeting": "hi"}}})
    code.failure = DevenvError("the last backup failed", hint="")
    assert down(world.stack(), volumes=False).was_there
    name, context = code.seen[-1]
    assert (name, context.settings, context.ports["site"]) == ("before_down", {"greeting": "hi"}, 8090)
    assert "the add-on static: the last backup failed" in world.reporter.warnings()


def test_code_of_devenv_is_not_run_for_an_add_on_of_a_project(shop: World) -> None:
    """Nor for one whose engine leaves it out."""
    code = shop.addon_modules["static"] = Code()
    up(shop, static=True)
    down(shop.stack(), volumes=False)
    assert code.seen == []


def test_every_add_on_is_listed(shop: World) -> None:
    """On or off, with what it adds."""
    settings = make_desired().settings
    [listed] = list_addons(shop.stack(), settings)
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
    assert list_addons(shop.stack(), settings)[0].is_on
