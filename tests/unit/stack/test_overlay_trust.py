"""Overlays are reviewed before anything is touched. Real ones are reviewed in tests/integration."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from fakes.world import make_desired

from devenv.errors import CommandFailedError, OverlayInvalidError, TrustNeededError
from devenv.stack.lifecycle import restart
from devenv.stack.report import StackState
from devenv.stack.status import get_status
from devenv.stack.up import UpRequest, bring_up

if TYPE_CHECKING:
    from fakes.world import World

    from devenv.stack.report import StackReport

OVERLAY = Path("tool.yaml")
HARMLESS = "services: {tool: {image: busybox}}\n"
POWERFUL = "services:\n  tool:\n    image: busybox\n    cap_add: [ALL]\n"
REFUSED = "services:\n  tool:\n    image: busybox\n    privileged: true\n"
DESIRED = make_desired(overlays=(OVERLAY,))


def write(world: World, text: str) -> None:
    (world.stack().project / OVERLAY).write_text(text)


def up(world: World, trust: str | None = None) -> StackReport:
    return bring_up(world.stack(), DESIRED, UpRequest(trust=trust))


def needed_hash(world: World) -> str:
    with pytest.raises(TrustNeededError) as caught:
        up(world)
    return caught.value.hash


def test_a_stack_without_overlays_asks_compose_nothing(world: World) -> None:
    """It need not pay for the others."""
    bring_up(world.stack(), make_desired(), UpRequest())
    assert world.compose_reader.asked == []


def test_a_harmless_overlay_is_launched_without_a_question(world: World) -> None:
    """Compose is asked twice, for the stack file alone and with it; a second `up` asks nothing."""
    write(world, HARMLESS)
    assert up(world).state is StackState.READY
    assert [len(sources.files) for sources in world.compose_reader.asked].count(2) == 1
    assert len(world.compose_reader.asked) == 2
    up(world)
    assert len(world.compose_reader.asked) == 2
    assert world.compose.calls == ["launch"]


def test_an_untrusted_overlay_touches_nothing(world: World) -> None:
    """Exit code 9, with every permission, its place, and the hash."""
    write(world, POWERFUL)
    with pytest.raises(TrustNeededError) as caught:
        up(world)
    assert (caught.value.exit_code, caught.value.code) == (9, "trust-needed")
    assert [line.partition("tool.yaml:")[2] for line in caught.value.details[:-1]] == [
        '4:5: the service tool gets more rights in the kernel than a container has: ["ALL"]'
    ]
    assert caught.value.details[-1] == f"hash: {caught.value.hash}"
    assert f"devenv up --trust {caught.value.hash}" in caught.value.hint
    assert world.compose.calls == []
    assert world.store.names() == []
    assert not (world.store.directory("shop")).exists()


def test_an_overlay_is_trusted_by_its_hash_from_then_on(world: World) -> None:
    """The right one; another says which it would be."""
    write(world, POWERFUL)
    trusted = needed_hash(world)
    with pytest.raises(TrustNeededError, match=f"with the hash {trusted}, not 1234"):
        up(world, "1234")
    assert up(world, trusted).state is StackState.READY
    assert up(world).state is StackState.READY
    write(world, POWERFUL + "# another\n")
    assert needed_hash(world) != trusted


def test_what_is_refused_is_refused_with_the_hash_too(world: World) -> None:
    """Exit code 3."""
    write(world, REFUSED)
    with pytest.raises(
        OverlayInvalidError, match=r"tool\.yaml:4:5: the service tool runs in privileged mode"
    ):
        up(world)
    assert world.compose.calls == []


def test_the_words_of_compose_are_said_with_the_place(world: World) -> None:
    """As an error in the overlay, not as a command that failed."""
    write(world, HARMLESS)
    said = ["validating tool.yaml: services.tool.image must be a string"]
    world.compose_reader.failure = CommandFailedError("`docker compose config` failed", [], said)
    with pytest.raises(OverlayInvalidError) as caught:
        up(world)
    assert "tool.yaml:1:19: Docker Compose cannot use it: services.tool.image must" in caught.value.message


def test_restart_stops_nothing_that_it_could_not_start_again(world: World) -> None:
    """An overlay that changed is reviewed first."""
    write(world, HARMLESS)
    up(world)
    write(world, POWERFUL)
    with pytest.raises(TrustNeededError):
        restart(world.stack(), (), DESIRED, UpRequest())
    assert world.compose.calls == ["launch"]


@pytest.mark.parametrize("text", ["services: {", REFUSED, POWERFUL, "include: [x.yaml]\n"])
def test_an_overlay_stands_in_nobodys_way_to_a_stack_that_runs(world: World, text: str) -> None:
    """`status` tells how the stack is, whatever has become of the overlay."""
    write(world, HARMLESS)
    up(world)
    write(world, text)
    assert get_status(world.stack(), DESIRED).state is StackState.READY


@pytest.mark.parametrize("text", ["services: {", "include: [x.yaml]\n", None])
def test_status_warns_of_an_overlay_that_cannot_be_used(world: World, text: str | None) -> None:
    """Before the next `up` says it; also of one that is gone."""
    write(world, HARMLESS)
    up(world)
    (world.stack().project / OVERLAY).unlink()
    if text is not None:
        write(world, text)
    get_status(world.stack(), DESIRED)
    (warning,) = world.reporter.warnings()
    assert "tool.yaml" in warning
    assert "the next `devenv up` will refuse it" in warning
