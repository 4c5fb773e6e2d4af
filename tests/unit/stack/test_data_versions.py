"""Versions and the data that other versions made: what is said, what is refused, what is remembered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from fakes.world import make_desired, make_record

from devenv.cli.views.stack import report_document
from devenv.errors import DataVersionError, DockerUnreachableError, EngineAwayError, NotReadyError
from devenv.project.versions import shipped_components
from devenv.stack.data_versions import changes_of_versions, known_versions
from devenv.stack.lifecycle import restart
from devenv.stack.plan_and_apply import plan_versions
from devenv.stack.status import get_status
from devenv.stack.up import UpRequest, bring_up

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fakes.world import World

    from devenv.stack.desired import Desired

OLD = {"temporal": "1.31.2", "postgres": "16", "opensearch": "3.6.0"}
NEW = {"temporal": "1.32.2", "postgres": "17", "opensearch": "3.8.0"}


def with_versions(engine: str = "compose", **versions: str) -> Desired:
    return make_desired(settings={"engine": engine, "versions": {**OLD, **versions}})


def up(world: World, desired: Desired) -> None:
    world.compose.versions = desired.settings.stack_versions
    bring_up(world.stack(), desired, UpRequest())


def remembered(world: World) -> Mapping[str, str]:
    record = world.store.load("shop")
    assert record is not None
    return known_versions(record)


def judged(**pair: tuple[str, str]) -> list[tuple[str, bool]]:
    """Return remark and verdict of each component that goes from one version to another."""
    known = {**OLD, **{name: before for name, (before, _) in pair.items()}}
    declared = {**OLD, **{name: after for name, (_, after) in pair.items()}}
    return [(each.remark, each.is_refused) for each in changes_of_versions(known, declared)]


@pytest.mark.parametrize(
    ("component", "before", "after", "words", "is_refused"),
    [
        ("postgres", "16", "17", "Postgres 17 cannot read the data of Postgres 16", True),
        ("postgres", "17", "16", "Postgres 16 cannot read the data of Postgres 17", True),
        ("opensearch", "3.6.0", "3.8.0", "there is no way back", False),
        ("opensearch", "3.8.0", "3.6.0", "refuses the data of the newer OpenSearch 3.8.0", True),
        ("opensearch", "3.10.0", "3.9.0", "newer OpenSearch 3.10.0", True),
        ("opensearch", "2.19.4", "3.6.0", "there is no way back", False),
        ("opensearch", "1.3.20", "3.6.0", "one major version before it", True),
        ("temporal", "1.31.2", "1.32.2", "both have the schema 1.19, so there is a way back", False),
        ("temporal", "1.32.2", "1.31.2", "both have the schema 1.19", False),
        ("temporal", "1.30.0", "1.32.2", "whether there is a way back is not known", False),
    ],
)
def test_what_a_version_can_do_with_older_data(
    component: str, before: str, after: str, words: str, *, is_refused: bool
) -> None:
    """As the programs themselves would have it."""
    [(remark, verdict)] = judged(**{component: (before, after)})

    assert words in remark
    assert verdict is is_refused


def test_a_server_is_refused_a_newer_schema(monkeypatch: pytest.MonkeyPatch) -> None:
    """And is told of one that it makes."""
    schema = {"1.31.2": "1.9", "1.32.2": "1.10"}
    monkeypatch.setitem(vars(shipped_components()["temporal"]), "schema", schema)

    assert judged(temporal=("1.31.2", "1.32.2")) == [
        ("the schema becomes 1.10, and there is no way back", False)
    ]
    [(remark, is_refused)] = judged(temporal=("1.32.2", "1.31.2"))
    assert is_refused
    assert (
        "Temporal 1.31.2 has the schema 1.9, and the data of this stack has that of Temporal 1.32.2" in remark
    )


def test_every_server_on_offer_has_its_schema_named() -> None:
    """Else nobody could tell whether there is a way back."""
    temporal = shipped_components()["temporal"]

    assert set(temporal.schema) == set(temporal.supported)


def test_up_refuses_a_version_before_anything_is_stopped_or_written(world: World) -> None:
    """Both ways out are named; asked again, it is refused again."""
    up(world, with_versions())
    before = world.store.load("shop")
    world.compose.calls.clear()

    with pytest.raises(DataVersionError):
        up(world, with_versions(**NEW))
    with pytest.raises(DataVersionError, match=r'versions.postgres is "17"') as refusal:
        up(world, with_versions(**NEW))

    assert refusal.value.exit_code == 3
    assert 'write `postgres = "16"`' in refusal.value.hint
    assert "`devenv down --volumes`" in refusal.value.hint
    assert world.compose.calls == []
    assert world.store.load("shop") == before


def test_a_refusal_needs_no_images_of_the_refused_version(world: World) -> None:
    """Nobody is sent to build what cannot be used."""
    up(world, with_versions())
    world.compose.unable = DockerUnreachableError()

    with pytest.raises(DataVersionError):
        up(world, with_versions(postgres="17"))


def test_the_way_back_is_open_after_a_refusal(world: World) -> None:
    """The old version finds its data as it was."""
    up(world, with_versions())
    with pytest.raises(DataVersionError):
        up(world, with_versions(postgres="17"))

    up(world, with_versions())

    assert remembered(world)["postgres"] == "16"


def test_without_data_every_version_will_do(world: World) -> None:
    """Also on a stack that is remembered."""
    up(world, with_versions())
    world.compose.remove(world.stack().identity, volumes=True)

    up(world, with_versions(**NEW))

    assert remembered(world) == NEW


def test_plan_and_status_name_both_versions(world: World) -> None:
    """What `up` refuses is said before, as a warning of `plan`; a stack that is down says so too."""
    up(world, with_versions())
    desired = with_versions(**NEW)

    planned = plan_versions(world.stack().require_serving(), desired)
    assert [(each.component, each.before, each.after, each.is_refused) for each in planned] == [
        ("postgres", "16", "17", True),
        ("opensearch", "3.6.0", "3.8.0", False),
        ("temporal", "1.31.2", "1.32.2", False),
    ]
    [warning] = [each for each in world.reporter.warnings() if "refuses" in each]
    assert 'write `postgres = "16"`' in warning
    assert list(get_status(world.stack(), desired).versions) == planned
    world.compose.remove(world.stack().identity, volumes=False)
    assert list(get_status(world.stack(), desired).versions) == planned
    assert [each["kind"] for each in report_document(get_status(world.stack(), desired))["drift"]] == [
        "version"
    ] * 3


def test_up_says_what_changes_without_being_refused(world: World) -> None:
    """And remembers it: the next one has nothing to say."""
    up(world, with_versions())
    newer = with_versions(temporal="1.32.2", opensearch="3.8.0")
    up(world, newer)

    said = [each for each in world.reporter.warnings() if "over existing data" in each]
    assert len(said) == 2
    assert any(each.startswith("Temporal goes from 1.31.2 to 1.32.2") for each in said)
    up(world, newer)
    assert [each for each in world.reporter.warnings() if "over existing data" in each] == said
    assert get_status(world.stack(), newer).versions == []


def test_restart_refuses_while_all_still_runs(world: World) -> None:
    """It stops nothing for a version that cannot start."""
    up(world, with_versions())
    world.compose.calls.clear()

    with pytest.raises(DataVersionError):
        restart(world.stack(), [], with_versions(postgres="17"), UpRequest())
    assert world.compose.calls == []


def test_a_detour_over_the_embedded_engine_forgets_nothing(world: World) -> None:
    """The data in Docker's volumes is still of the old version."""
    up(world, with_versions())
    up(world, with_versions("embedded", postgres="17"))

    assert remembered(world) == OLD
    with pytest.raises(DataVersionError):
        up(world, with_versions(postgres="17"))


def test_the_embedded_engine_has_no_such_versions(world: World) -> None:
    """Its database notes its own."""
    up(world, with_versions("embedded"))
    up(world, with_versions("embedded", **NEW))

    assert get_status(world.stack(), with_versions("embedded")).versions == []


def test_a_docker_that_is_away_is_told_of_as_such(world: World) -> None:
    """Nobody can look whether there is data."""
    up(world, make_desired(settings={"versions": OLD}))
    world.compose.away = DockerUnreachableError()

    with pytest.raises(EngineAwayError):
        up(world, make_desired(settings={"versions": {**OLD, "postgres": "17"}}))


def test_a_record_of_an_older_devenv_tells_the_versions_too(world: World) -> None:
    """It had one kind of them."""
    record = make_record().model_copy(update={"versions": OLD})

    assert known_versions(record) == OLD
    assert known_versions(record.model_copy(update={"engine": "embedded"})) == {}


def test_a_record_that_is_wrong_about_the_data_does_no_harm(world: World) -> None:
    """An older devenv noted versions that could not even start: the data itself is asked once."""
    up(world, with_versions(postgres="17"))
    world.compose.remove(world.stack().identity, volumes=False)
    record = world.store.load("shop")
    assert record is not None
    world.store.save(record.model_copy(update={"data_versions": {}}))
    world.compose.made_by = "16"

    with pytest.raises(DataVersionError, match="cannot read the data of Postgres 16"):
        up(world, with_versions(postgres="17"))
    up(world, with_versions(postgres="16"))

    assert remembered(world)["postgres"] == "16"


@pytest.mark.parametrize("has_containers", [True, False])
def test_without_a_record_the_data_itself_is_asked(world: World, *, has_containers: bool) -> None:
    """By what is left of containers, or by the version that Postgres notes in it."""
    up(world, with_versions())
    world.store.forget_record("shop")
    if not has_containers:
        world.compose.remove(world.stack().identity, volumes=False)
        world.compose.made_by = "16"
    world.compose.calls.clear()

    with pytest.raises(DataVersionError, match="cannot read the data of Postgres 16"):
        up(world, with_versions(postgres="17"))
    assert world.compose.calls == []


@pytest.mark.parametrize(("ran", "opensearch"), [(True, "3.8.0"), (False, "3.6.0")])
def test_a_failed_up_notes_only_what_ran(world: World, *, ran: bool, opensearch: str) -> None:
    """What never started left the data as it was."""
    up(world, with_versions())
    world.compose.remove(world.stack().identity, volumes=False)
    desired = with_versions(opensearch="3.8.0")
    world.compose.versions = (
        desired.settings.stack_versions if ran else with_versions().settings.stack_versions
    )
    world.compose.crashing = {"temporal"}

    with pytest.raises(NotReadyError):
        bring_up(world.stack(), desired, UpRequest())

    assert remembered(world) == {**OLD, "opensearch": opensearch}
