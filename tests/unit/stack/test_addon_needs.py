"""Add-ons that need others, and the secrets that they have in common with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from fakes.addons import add_static
from fakes.world import make_desired
from unit.stack.addon_stacks import record, up

from devenv.errors import (
    AddonInvalidError,
    SecretsDamagedError,
)
from devenv.events import StepEvent, StepStatus
from devenv.project.secrets import readable_secrets
from devenv.stack.addon_plan import list_addons
from devenv.stack.lifecycle import down
from devenv.stack.snapshots import save_snapshot

if TYPE_CHECKING:
    from fakes.world import World


@pytest.fixture
def metrics(shop: World) -> World:
    """Return a project whose add-on `static` needs the add-on `metrics`, which has a secret."""
    project = shop.stack().project
    names = {
        "static-site": "metrics",
        "static:": "metrics:",
        '"static"': '"metrics"',
        "STATIC_SITE": "METRICS",
    }
    names |= {"[ports.site]": "[ports.metrics]", "SITE_PORT": "METRICS_PORT", "8090": "8091"}
    path = add_static(project, "metrics", **names, static="metrics") / "addon.toml"
    path.write_text(path.read_text() + 'METRICS_KEY = "${METRICS_KEY}"\n[secrets]\nmetrics-key = "a key"\n')
    path = project / "compose/addons/static/addon.toml"
    path.write_text(path.read_text() + '\n[needs]\naddons = ["metrics"]\n')
    return shop


def test_an_add_on_brings_those_that_it_needs(metrics: World) -> None:
    """Which is said once. They go with it: nobody chose them."""
    assert up(metrics, static=True).addons == ["metrics", "static"]
    said = StepEvent("needed-add-ons", StepStatus.DONE, "metrics, needed by static")
    assert metrics.reporter.events.count(said) == 1
    assert record(metrics).addon_choices == {"static": True}
    listed, _ = list_addons(metrics.stack(), make_desired().settings)
    assert {each.name: (each.is_on, list(each.needed_by)) for each in listed} == {
        "metrics": (True, ["static"]),
        "static": (True, []),
    }
    up(metrics)
    assert metrics.reporter.events.count(said) == 1
    assert up(metrics, static=False).addons == []


def test_an_engine_that_leaves_an_add_on_out_brings_nothing_for_it(metrics: World) -> None:
    """That it would have come along is not said: it did not."""
    up(metrics, {"engine": "embedded", "addons": {"static": True}})
    said = metrics.reporter.warnings()
    assert [sentence.partition(" leaves out ")[0] for sentence in said] == ["the embedded engine"] * 2
    steps = [event.step for event in metrics.reporter.events if isinstance(event, StepEvent)]
    assert "needed-add-ons" not in steps


def test_a_snapshot_says_that_it_lacks_the_objects_of_the_object_store(shop: World) -> None:
    """Others that keep something in volumes can do without, or keep what is made again."""
    directory = shop.stack().project / "compose/addons/object-store"
    directory.mkdir()
    (directory / "addon.toml").write_text('title = "Objects"\n')
    (directory / "compose.yaml").write_text("services:\n  store: {image: busybox}\n")
    for name, lacks in (("plain", False), ("with-objects", True)):
        up(shop, {"addons": {"object-store": lacks}})
        save_snapshot(shop.stack(), name)
        [said] = [
            event.message
            for event in shop.reporter.events
            if isinstance(event, StepEvent) and event.message.startswith(f"{name}, ")
        ]
        assert said.endswith("without the objects of the add-on object-store") is lacks


def test_what_is_asked_for_now_wins_over_what_was_switched_off_once(metrics: World) -> None:
    up(metrics, metrics=True)
    up(metrics, metrics=False)
    assert up(metrics, static=True).addons == ["metrics", "static"]
    assert record(metrics).addon_choices == {"static": True}


def test_an_add_on_that_another_needs_cannot_be_switched_off(metrics: World) -> None:
    """The way out is to switch off both."""
    up(metrics, static=True)
    with pytest.raises(AddonInvalidError, match="metrics cannot be switched off: static needs it") as caught:
        up(metrics, metrics=False)
    assert "--without static --without metrics" in caught.value.hint
    with pytest.raises(AddonInvalidError, match="metrics is switched off, and static needs it"):
        up(metrics, {"addons": {"metrics": False}})
    assert up(metrics, static=False, metrics=False).addons == []


def test_an_add_on_that_needs_one_that_does_not_exist_is_refused(shop: World) -> None:
    path = shop.stack().project / "compose/addons/static/addon.toml"
    path.write_text(path.read_text() + '\n[needs]\naddons = ["metrics"]\n')
    with pytest.raises(AddonInvalidError, match="needs the add-on metrics, which there is not"):
        up(shop, static=True)


def test_add_ons_that_need_each_other_come_together(metrics: World) -> None:
    path = metrics.stack().project / "compose/addons/metrics/addon.toml"
    path.write_text(path.read_text() + '\n[needs]\naddons = ["static"]\n')
    assert up(metrics, static=True).addons == ["metrics", "static"]


def test_a_secret_is_made_once_and_goes_with_the_data(metrics: World) -> None:
    """It is a variable of the Compose file, and here of `devenv env`; only private files have it."""
    up(metrics, metrics=True)
    directory = metrics.store.directory("shop")
    key = record(metrics).addons[0].environment["METRICS_KEY"]
    assert len(key) >= 32
    assert f"METRICS_KEY='{key}'" in (directory / "stack.env").read_text()
    assert (directory / "addon-secrets.json").stat().st_mode & 0o777 == 0o600
    assert key not in (directory / "launch.json").read_text()
    (directory / "addon-secrets.json").chmod(0o644)
    up(metrics)
    assert (directory / "addon-secrets.json").stat().st_mode & 0o777 == 0o600
    assert record(metrics).addons[0].environment["METRICS_KEY"] == key
    down(metrics.stack(), volumes=True)
    up(metrics, metrics=True)
    assert record(metrics).addons[0].environment["METRICS_KEY"] != key


def test_damaged_secrets_are_told_with_the_file(metrics: World) -> None:
    up(metrics, metrics=True)
    (metrics.store.directory("shop") / "addon-secrets.json").write_text("{")
    with pytest.raises(SecretsDamagedError, match=r"addon-secrets\.json"):
        up(metrics)
    assert readable_secrets("shop", metrics.store) == {}
    down(metrics.stack(), volumes=True)
    assert up(metrics, metrics=True).addons == ["metrics"]
