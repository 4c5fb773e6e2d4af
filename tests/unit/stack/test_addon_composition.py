"""Compose files of an add-on that are merged under a condition, and services that are like others."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from fakes.world import make_desired
from unit.stack.addon_stacks import ON, launched, record, ship, up

from devenv.stack.addon_plan import list_addons, plan_addons
from devenv.stack.up import UpRequest, bring_up

if TYPE_CHECKING:
    from fakes.world import World


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


def test_a_compose_file_for_an_open_http_api_is_merged_where_that_is_open(world: World) -> None:
    directory = ship(world)
    definition = (directory / "addon.toml").read_text()
    (directory / "addon.toml").write_text(f'{definition}[compose]\n"open.yaml" = "http_api.open"\n')
    (directory / "open.yaml").write_text("services: {static: {hostname: open}}\n")
    up(world, ON)
    assert "hostname" not in launched(world)["static"]
    up(world, {**ON, "http_api": "open"})
    assert launched(world)["static"]["hostname"] == "open"


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
