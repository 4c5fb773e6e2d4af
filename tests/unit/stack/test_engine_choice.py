"""Which engine a stack gets, and what is said about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from world import make_desired, make_record

from devenv.engines.protocol import EngineName
from devenv.errors import (
    DevenvError,
    DockerUnreachableError,
    EngineAwayError,
    ImageUnavailableError,
    TemporalBinaryError,
)
from devenv.stack.engine_choice import ChosenEngine, EngineRequest, choose_engine

if TYPE_CHECKING:
    from typing import Literal

    from world import World

    from devenv.project.state import StackRecord

NO_BINARY = TemporalBinaryError("There is no Temporal CLI", hint="reinstall devenv")
NO_IMAGE = ImageUnavailableError("postgres:17", setting="versions.postgres")


def choose(
    world: World, engine: str = "auto", earlier: StackRecord | None = None, *, in_ci: bool = False
) -> ChosenEngine:
    settings = make_desired(settings={"engine": engine}).settings
    return choose_engine(settings, earlier, EngineRequest(in_ci=in_ci), world.kit)


@pytest.mark.parametrize(
    ("asked", "recorded", "chosen"),
    [
        ("auto", None, "compose"),
        ("auto", "compose", "compose"),
        ("auto", "embedded", "embedded"),
        ("compose", None, "compose"),
        ("compose", "embedded", "compose"),
        ("embedded", None, "embedded"),
        ("embedded", "compose", "embedded"),
    ],
)
def test_the_word_of_the_user_comes_before_the_data_and_data_before_what_is_here(
    world: World, asked: str, recorded: Literal["compose", "embedded"] | None, chosen: str
) -> None:
    """Where everything can run, a setting wins, then the engine that has the data, then compose."""
    earlier = make_record(engine=recorded) if recorded else None
    assert choose(world, asked, earlier).engine.name == EngineName(chosen)
    assert world.reporter.events == []


def test_only_compose_has_images(world: World) -> None:
    """The embedded engine is one program, and no image is looked for."""
    assert choose(world, "compose").images == world.images.family
    assert choose(world, "embedded").images is None
    assert len(world.images.asked) == 1


def test_recorded_images_and_the_options_reach_the_image_source(world: World) -> None:
    """A stack with data keeps its family; `--pull` and `--offline` are handed on."""
    settings = make_desired().settings
    choose_engine(settings, make_record(image_family="stand-in"), EngineRequest(pull=True), world.kit)
    choose_engine(settings, None, EngineRequest(offline=True), world.kit)
    assert world.images.asked == [("stand-in", True, False), (None, False, True)]


@pytest.mark.parametrize(
    ("no_docker", "no_image", "reason"),
    [(True, False, "No Docker engine answers"), (False, True, "Image postgres:17 is not available")],
)
def test_auto_falls_back_and_says_in_one_line_what_is_missing(
    world: World, *, no_docker: bool, no_image: bool, reason: str
) -> None:
    """The line has the reason, what embedded lacks, and the command that gives the full stack."""
    if no_docker:
        world.without_docker()
    world.images.failure = NO_IMAGE if no_image else None
    assert choose(world).engine.name is EngineName.EMBEDDED
    [warning] = world.reporter.warnings()
    assert warning.startswith(reason)
    for part in ("OpenSearch", "single namespaces", "`devenv up --engine compose`"):
        assert part in warning


@pytest.mark.parametrize(
    ("engine", "in_ci"), [("auto", True), ("compose", False), ("compose", True)], ids=str
)
def test_nobody_falls_back_in_ci_or_when_compose_was_asked_for(
    world: World, engine: str, *, in_ci: bool
) -> None:
    """A missing Docker is then an error, and no word is said about another engine."""
    world.without_docker()
    with pytest.raises(DockerUnreachableError):
        choose(world, engine, in_ci=in_ci)
    assert world.reporter.events == []


@pytest.mark.parametrize(
    ("recorded", "failure", "place"),
    [("compose", None, "Docker volumes"), ("embedded", NO_BINARY, "state directory")],
)
def test_data_on_an_engine_that_is_away_is_an_error_that_says_where(
    world: World, recorded: Literal["compose", "embedded"], failure: DevenvError | None, place: str
) -> None:
    """No other engine is taken; the error has the place, the reason and two ways out."""
    world.without_docker()
    world.embedded.away = failure
    with pytest.raises(EngineAwayError, match=place) as caught:
        choose(world, earlier=make_record(engine=recorded))
    assert recorded in caught.value.message
    assert caught.value.details
    assert "devenv up --stack NAME" in caught.value.hint
    assert world.reporter.events == []


def test_data_whose_images_are_gone_is_an_error_too(world: World) -> None:
    """Without its images a stack cannot run, and its data must not be passed over."""
    world.images.failure = NO_IMAGE
    with pytest.raises(EngineAwayError) as caught:
        choose(world, earlier=make_record(image_family="stand-in"))
    assert NO_IMAGE.message in caught.value.details


def test_where_neither_engine_runs_the_last_one_says_why(world: World) -> None:
    """After the fall-back there is nothing left to try."""
    world.without_docker().embedded.away = NO_BINARY
    with pytest.raises(TemporalBinaryError):
        choose(world)
