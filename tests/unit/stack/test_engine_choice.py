"""Which engine a stack gets, and what is said about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from fakes.world import make_desired, make_record

from devenv.engines.compose.password import PASSWORD_FILE
from devenv.errors import (
    ComposeMissingError,
    ComposeTooOldError,
    DevenvError,
    DockerForbiddenError,
    DockerTooOldError,
    DockerUnreachableError,
    EngineAwayError,
    ImageUnavailableError,
    PrerequisiteError,
    RemoteEngineError,
    TemporalBinaryError,
)
from devenv.images.catalog import official_family
from devenv.project.settings import Settings
from devenv.stack.steps.context import UpContext
from devenv.stack.steps.engine import choose_engine
from devenv.stack.up import UpRequest

if TYPE_CHECKING:
    from typing import Literal

    from fakes.world import World

    from devenv.project.state import StackRecord

NO_BINARY = TemporalBinaryError("There is no Temporal CLI", hint="reinstall devenv")
NO_IMAGE = ImageUnavailableError("postgres:17", setting="versions.postgres")


def code_of(error: DevenvError) -> str:
    return error.code


def choose(
    world: World, engine: str = "auto", earlier: StackRecord | None = None, *, in_ci: bool = False
) -> UpContext:
    return up_to_the_choice(world, UpRequest(in_ci=in_ci), earlier, engine)


def up_to_the_choice(
    world: World, request: UpRequest, earlier: StackRecord | None = None, engine: str = "auto"
) -> UpContext:
    up = UpContext(world.stack(), make_desired(settings={"engine": engine}), request, earlier)
    choose_engine(up)
    return up


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
    assert choose(world, asked, earlier).engine.name == chosen
    assert world.reporter.warnings() == []


def test_only_compose_has_images(world: World) -> None:
    """The embedded engine is one program, and no image is looked for."""
    assert choose(world, "compose").images == official_family(Settings().stack_versions)
    assert choose(world, "embedded").images is None
    assert world.images.looks == 1


def test_recorded_images_and_the_options_count(world: World) -> None:
    """A stack with data keeps its family; `--pull` fetches what is here already, and `--offline` nothing."""
    official = official_family(Settings().stack_versions)
    up = up_to_the_choice(world, UpRequest(pull=True), make_record(image_family="stand-in"))
    assert up.images is not None
    assert (up.images.kind, world.images.pulled) == ("stand-in", [])
    up_to_the_choice(world, UpRequest(pull=True, offline=True))
    assert world.images.pulled == []
    up_to_the_choice(world, UpRequest(pull=True))
    assert world.images.pulled == [*official.refs.values()]


@pytest.mark.parametrize("missing", [DockerUnreachableError(), ComposeMissingError(), NO_IMAGE], ids=code_of)
def test_auto_falls_back_and_says_in_one_line_what_is_missing(
    world: World, missing: PrerequisiteError
) -> None:
    """The line has the reason, what embedded lacks, and the command that gives the full stack."""
    if missing is NO_IMAGE:
        world.images.failure = missing
    else:
        world.compose.away = missing
    assert choose(world).engine.name == "embedded"
    [warning] = world.reporter.warnings()
    assert warning.startswith(missing.message)
    for part in ("OpenSearch", "single namespaces", missing.hint, "then run `devenv up --engine compose`"):
        assert part in warning


@pytest.mark.parametrize(
    "unsuitable",
    [
        RemoteEngineError("ssh://ada@build"),
        DockerForbiddenError(),
        DockerTooOldError("24.0.7", "25.0"),
        ComposeTooOldError("2.20.0", "2.24.4"),
    ],
    ids=code_of,
)
def test_a_docker_that_is_here_and_unsuitable_is_an_error_for_auto_too(
    world: World, unsuitable: PrerequisiteError
) -> None:
    """Its user believes to have one; the hint names the way without."""
    world.compose.away = unsuitable
    with pytest.raises(type(unsuitable)) as caught:
        choose(world)
    assert "`devenv up --engine embedded`" in caught.value.hint
    assert world.reporter.warnings() == []


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
    assert world.reporter.warnings() == []


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
    assert world.reporter.warnings() == []


@pytest.mark.parametrize("is_recorded", [True, False])
def test_data_whose_images_are_gone_is_told_with_the_image(world: World, *, is_recorded: bool) -> None:
    """The engine is there, so what is missing is said with its own way out; no other engine is taken."""
    world.compose.data.add("shop")
    world.images.failure = NO_IMAGE
    with pytest.raises(ImageUnavailableError) as caught:
        choose(world, earlier=make_record(image_family="stand-in") if is_recorded else None)
    assert caught.value == NO_IMAGE
    assert world.reporter.warnings() == []


@pytest.mark.parametrize(
    ("holders", "chosen"),
    [(("compose",), "compose"), (("embedded",), "embedded"), (("compose", "embedded"), "compose")],
    ids=str,
)
def test_data_without_a_record_keeps_its_engine(world: World, holders: tuple[str, ...], chosen: str) -> None:
    """The record may be damaged, and removed as the error says; where both have data, compose comes first."""
    for engine in (world.compose, world.embedded):
        engine.data.update({"shop"} if engine.name in holders else ())
    assert choose(world).engine.name == chosen
    assert world.reporter.warnings() == []


def test_embedded_data_without_a_record_needs_no_docker(world: World) -> None:
    """Its engine is kept, not fallen back to: in CI too."""
    world.without_docker().embedded.data.add("shop")
    assert choose(world, in_ci=True).engine.name == "embedded"
    assert world.reporter.warnings() == []


@pytest.mark.parametrize("is_answering", [True, False])
def test_data_in_docker_without_a_record_is_not_passed_over(world: World, *, is_answering: bool) -> None:
    """Asked where Compose alone is missing; where nothing answers, the database's password is the sign."""
    if is_answering:
        world.compose.data.add("shop")
        world.compose.unable = ComposeMissingError()
    else:
        world.without_docker()
        world.store.write_secret("shop", PASSWORD_FILE, "secret")
    with pytest.raises(EngineAwayError, match="Docker volumes"):
        choose(world)
    assert world.reporter.warnings() == []


def test_where_neither_engine_runs_the_last_one_says_why(world: World) -> None:
    """After the fall-back there is nothing left to try."""
    world.without_docker().embedded.away = NO_BINARY
    with pytest.raises(TemporalBinaryError):
        choose(world)
