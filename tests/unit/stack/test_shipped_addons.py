"""Add-ons that devenv ships: they may change services of the stack, and bring code."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from fakes.addons import add_static
from fakes.world import make_desired
from unit.stack.addon_stacks import ON, record, up

from devenv.errors import (
    AddonInvalidError,
    DevenvError,
    NotReadyError,
    ServerUnreachableError,
)
from devenv.project.access import Access, ClientTls
from devenv.stack.addon_plan import list_addons, plan_addons
from devenv.stack.environment import client_variables
from devenv.stack.lifecycle import down
from devenv.stack.report import StackState
from devenv.stack.run_session import run_session
from devenv.stack.status import get_status
from devenv.stack.up import UpRequest, bring_up

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fakes.world import World

    from devenv.addons import AddonContext


def ship(world: World, name: str = "static", **replaced: str) -> Path:
    """Have devenv ship the example, changed by what is `replaced`; return its folder."""
    return add_static(world.shipped.parents[1], name, **replaced)


def test_an_add_on_of_devenv_needs_no_trust(world: World) -> None:
    """Whatever it does; it is one that devenv has."""
    ship(world, **{"cap_drop: [ALL]": "cap_add: [ALL]"})
    assert up(world, static=True).addons == ["static"]
    [listed], _ = list_addons(world.stack(), make_desired().settings)
    assert (listed.is_builtin, listed.is_on) == (True, True)
    assert [each for each in world.reporter.warnings() if "add-on" in each] == []


def test_what_changes_without_it_is_told_when_it_is_switched_off(world: World) -> None:
    """Before anything is done, be the stack up or down; what its volumes have is remembered, too."""
    folder = ship(world)
    toml = folder / "addon.toml"
    toml.write_text(f'off = "pages are gone"\ndata = "all pages"\n{toml.read_text()}')
    up(world, static=True)
    assert [each.data for each in record(world).addons] == ["all pages"]
    world.compose.calls.clear()
    up(world, static=False)
    assert "the add-on static is switched off: pages are gone" in world.reporter.warnings()
    world.reporter.events.clear()
    up(world)
    assert world.reporter.warnings() == []


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
line = "spans, too"
memory = "50 MB"
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
    [listed], _ = list_addons(traced.stack(), make_desired().settings)
    assert listed.services == ("static",)


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


@pytest.mark.parametrize(("chosen", "memory"), [(False, "12 MB"), (True, "12 MB; traces: 50 MB")])
def test_an_add_on_takes_the_memory_of_its_switches_that_are_on(
    traced: World, *, chosen: bool, memory: str
) -> None:
    """What one would add is said of it in any case."""
    settings = make_desired(settings={"addons": {"static": {"traces": chosen}}}).settings
    [listed], _ = list_addons(traced.stack(), settings)
    assert listed.memory == memory
    assert listed.settings["traces"] == "spans, too (adds 50 MB)"


def test_a_port_may_be_written_of_what_is_switched_off(traced: World) -> None:
    """It waits there for the switch to be on again."""
    options = {"ports": {"traces": 9999}}
    up(traced, {"addons": {"static": options}})
    assert record(traced).ports.numbers.get("traces") is None
    up(traced, {"addons": {"static": {"traces": True, **options}}})
    assert record(traced).ports["traces"] == 9999


@dataclass
class Code:
    """The code of an add-on: `missing` is what it waits for, by call; `failure` is raised before `down`."""

    missing: list[list[str]] = field(default_factory=list)
    failure: DevenvError | None = None
    refusal: DevenvError | None = None
    tls: ClientTls | None = None
    seen: list[tuple[str, AddonContext]] = field(default_factory=list)
    namespaces: list[str] = field(default_factory=list)

    def check(self, context: AddonContext) -> None:
        if self.refusal:
            raise self.refusal

    def access(self, context: AddonContext) -> Access:
        return Access(tls=self.tls)

    def prepare(self, context: AddonContext, namespaces: Sequence[str]) -> Mapping[str, bytes]:
        self.namespaces = list(namespaces)
        self.seen.append(("prepare", context))
        return {"made/here.html": str(context.ports["site"]).encode()}

    def after_ready(self, context: AddonContext) -> Sequence[str]:
        self.seen.append(("after_ready", context))
        return self.missing.pop(0) if self.missing else []

    def alerts(self, context: AddonContext) -> Sequence[str]:
        return [f"{context.stack.name} is on fire"]

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
    assert code.namespaces == ["orders"]
    context = code.seen[0][1]
    assert (context.stack.name, context.settings) == ("shop", {"greeting": "hello"})
    assert (world.store.mounts("shop") / "addons/static/made/here.html").read_text() == "8090"
    assert ("add-on static", "done") in world.reporter.steps()


def test_the_code_of_an_add_on_can_refuse_before_anything_is_touched(world: World) -> None:
    """No port is chosen yet, and what runs goes on."""
    ship(world)
    world.addon_modules["static"] = Code(refusal=DevenvError("not with this data", hint=""))
    with pytest.raises(DevenvError, match="not with this data"):
        up(world, static=True)
    assert world.store.load("shop") is None


TLS = ClientTls(authority="/state/ca.pem", certificate="/state/client.pem", key="/state/client.key")


def test_an_add_on_says_how_clients_connect(world: World) -> None:
    """Devenv is one of them; who looks at the record finds the same."""
    ship(world)
    world.addon_modules["static"] = Code(tls=TLS)
    report = up(world, static=True)
    assert (world.gateway.tls, record(world).access.tls) == (TLS, TLS)
    assert report.endpoints is not None
    assert (report.endpoints.ui, report.endpoints.http) == (
        *("https://127.0.0.1:8233", "https://127.0.0.1:7243"),
    )
    assert [page.url for page in report.pages] == [
        "https://127.0.0.1:8233",
        "http://127.0.0.1:8090",
    ]
    variables = client_variables(report.endpoints, "orders")
    assert {name: value for name, value in variables.items() if "TLS" in name} == {
        "TEMPORAL_TLS": "true",
        "TEMPORAL_TLS_SERVER_CA_CERT_PATH": "/state/ca.pem",
        "TEMPORAL_TLS_CLIENT_CERT_PATH": "/state/client.pem",
        "TEMPORAL_TLS_CLIENT_KEY_PATH": "/state/client.key",
    }


def test_files_of_clients_that_are_of_no_use_are_told_where_they_matter(world: World) -> None:
    """When nobody answers, and before a client is given them; not of a stack without."""
    ship(world)
    world.addon_modules["static"] = Code(tls=TLS)
    up(world, static=True)
    now = world.stack().require_serving()
    now.warn_of_access()
    assert "shop is on fire" in world.reporter.warnings()
    world.gateway.problems = ["transport error"]
    with pytest.raises(ServerUnreachableError) as caught, now.connect():
        pass
    assert caught.value.details == ("transport error", "shop is on fire")
    world.addon_modules["static"] = Code()
    up(world, static=True)
    assert world.stack().require_serving().access_problems() == []


def test_that_clients_of_before_are_refused_is_said_before_anything_is_touched(world: World) -> None:
    """When TLS is switched on, when it is switched off, and not in between."""
    ship(world)
    world.addon_modules["static"] = Code(tls=ClientTls(authority="/state/ca.pem"))

    def said() -> list[str]:
        return [each for each in world.reporter.warnings() if "clients" in each]

    up(world)
    assert said() == []
    up(world, static=True)
    up(world)
    [on] = said()
    assert on.startswith("from now on clients connect by TLS, not by plain text: those that run are refused")
    up(world, static=False)
    assert said()[1].startswith("from now on clients connect by plain text, not by TLS")
    assert world.gateway.tls is None


def test_a_client_that_shows_more_than_is_demanded_gets_in() -> None:
    """So nothing is said when certificates are demanded no more."""
    plain, secured, demanding = Access(), Access(tls=ClientTls(authority="/ca.pem")), Access(tls=TLS)
    assert demanding.refuses(secured)
    assert not secured.refuses(demanding)
    assert plain.refuses(demanding)
    assert not demanding.refuses(demanding)


def test_another_add_on_that_is_on_adds_a_compose_file(world: World) -> None:
    """As what is only there for both."""
    other = ship(world, "other")
    (other / "addon.toml").write_text('title = "Another"\n')
    (other / "compose.yaml").write_text("services: {another: {image: example}}\n")
    directory = ship(world)
    definition = (directory / "addon.toml").read_text()
    (directory / "addon.toml").write_text(f'{definition}[compose]\n"both.yaml" = "addons.other"\n')
    (directory / "both.yaml").write_text("services: {static: {hostname: both}}\n")
    up(world, static=True)
    assert "hostname" not in launched(world)["static"]
    up(world, other=True)
    assert launched(world)["static"]["hostname"] == "both"


LIKE = """
services:
  temporal: {environment: {ROLE: frontend}}
  history:
    image: "of-its-own"
    command: [history]
    environment: {ROLE: history}
    mem_limit: 64m
"""


def test_a_service_like_one_of_the_stack_follows_it_whoever_changes_that(world: World) -> None:
    """But for its command, its variables, and what else is its own."""
    directory = ship(world)
    definition = (directory / "addon.toml").read_text()
    with_more = '[like]\nhistory = "temporal"\n[compose]\n"like.yaml" = "opensearch"\n'
    (directory / "addon.toml").write_text(f"{definition}{with_more}")
    (directory / "like.yaml").write_text(LIKE)
    overlay = Path("compose/more.yaml")
    (world.stack().project / "compose").mkdir()
    (world.stack().project / overlay).write_text("services: {temporal: {environment: {MORE: '1'}}}\n")
    bring_up(world.stack(), make_desired(settings=ON, overlays=(overlay,)), UpRequest())
    services = launched(world)
    history, temporal = services["history"], services["temporal"]
    for key in ("image", "volumes", "logging", "read_only", "cap_drop"):
        assert history[key] == temporal[key]
    assert "ports" not in history
    assert (history["command"], history["mem_limit"]) == (["history"], "64m")
    variables, own = temporal["environment"], history["environment"]
    assert isinstance(variables, dict)
    assert own == {**variables, "ROLE": "history"}
    assert variables["MORE"] == "1"


def test_status_tells_what_the_services_of_an_add_on_say_is_wrong(world: World) -> None:
    """The stack is ready all the same."""
    ship(world)
    world.addon_modules["static"] = Code()
    up(world, static=True)
    report = get_status(world.stack(), make_desired(settings=ON))
    assert (report.state, report.alerts) == (StackState.READY, ["shop is on fire"])


def test_of_a_stack_that_is_down_no_alert_is_asked_for(world: World) -> None:
    """Whoever answers at its ports now is somebody else."""
    ship(world)
    world.addon_modules["static"] = Code()
    up(world, static=True)
    down(world.stack(), volumes=False)
    report = get_status(world.stack(), make_desired(settings=ON))
    assert (report.state, list(report.alerts)) == (StackState.ABSENT, [])


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


def ends(code: Code) -> int:
    """Return how many times the code was told that its containers go."""
    return [name for name, _ in code.seen].count("before_down")


def test_the_code_of_an_add_on_finishes_before_it_is_switched_off(world: World) -> None:
    """The launch without it removes its containers; those that are gone already had their end."""
    ship(world)
    code = world.addon_modules["static"] = Code()
    up(world, static=True)
    up(world, static=True)
    assert ends(code) == 0
    up(world, static=False)
    assert ends(code) == 1
    world.ports.hold([8090], "the container shop-static-1", is_stack=True)
    up(world, static=True)
    down(world.stack(), volumes=False)
    up(world, static=False)
    assert ends(code) == 2


def test_the_code_of_an_add_on_finishes_before_a_roll_back_and_after_run(world: World) -> None:
    ship(world)
    code = world.addon_modules["static"] = Code()
    with run_session(world.stack(), make_desired(settings=ON), UpRequest()):
        assert ends(code) == 0
    assert ends(code) == 1
    world.ports.held.clear()
    code.missing = [["a page"]] * 10_000
    with pytest.raises(NotReadyError):
        up(world, static=True)
    assert ends(code) == 2


def test_the_code_of_an_add_on_finishes_before_the_stack_leaves_its_engine(world: World) -> None:
    ship(world)
    code = world.addon_modules["static"] = Code()
    up(world, ON)
    up(world, {**ON, "engine": "embedded"})
    assert ends(code) == 1


def test_an_own_add_on_wins_over_that_of_devenv_which_is_said(shop: World) -> None:
    """Else a project could not go on with a devenv that ships one of the same name."""
    ship(shop, **{"A static web site": "Not this one"})
    up(shop, static=True)
    sentence = "the add-on static is the project's, not the one that devenv ships"
    assert sentence in shop.reporter.warnings()
    [listed], _ = list_addons(shop.stack(), make_desired().settings)
    assert (listed.title, listed.is_builtin) == ("A static web site", False)


def test_an_own_add_on_cannot_have_code(shop: World) -> None:
    (shop.stack().project / "compose/addons/static/static.py").write_text("")
    with pytest.raises(AddonInvalidError, match=r"static/static\.py: an add-on of a project has no code"):
        up(shop, static=True)


def test_code_of_devenv_is_not_run_for_an_add_on_of_a_project(shop: World) -> None:
    """Nor for one whose engine leaves it out."""
    code = shop.addon_modules["static"] = Code()
    up(shop, static=True)
    down(shop.stack(), volumes=False)
    assert code.seen == []
