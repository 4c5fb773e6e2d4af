"""A stack's visibility goes to another store and back: what is said, what is remembered, what comes again."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from fakes.world import make_desired

from devenv.errors import NotReadyError, SeedsInvalidError, ServerRejectedError
from devenv.project.settings import Settings
from devenv.stack.attribute_columns import REFRESH_S
from devenv.stack.plan_and_apply import plan_seeds, plan_versions
from devenv.stack.readiness import LISTING_S
from devenv.stack.status import get_status
from devenv.stack.up import UpRequest, bring_up

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fakes.world import World

    from devenv.project.state import StackRecord
    from devenv.project.visibility import Visibility
    from devenv.stack.desired import Desired

LINE = (
    "~ visibility store: opensearch → postgres (workflows and schedules go on, and what is listed begins "
    'anew; what was listed stays in the volume opensearch-data, and `visibility = "opensearch"` '
    "shows it again)"
)


def desired(visibility: Visibility, seeds: Mapping[str, object] | None = None) -> Desired:
    return replace(make_desired(seeds), settings=Settings(visibility=visibility))


def up(world: World, visibility: Visibility) -> StackRecord:
    """Bring the stack up, and return what is remembered of it."""
    world.gateway.shares_attributes = visibility == "opensearch"
    bring_up(world.stack(), desired(visibility), UpRequest())
    record = world.store.load("shop")
    assert record is not None
    return record


def test_another_store_is_told_before_and_while_it_comes(world: World) -> None:
    """By `plan`, `status` and `up`; afterwards it is nothing to speak of."""
    up(world, "opensearch")
    other = desired("postgres")

    assert [change.text for change in plan_versions(world.stack().require_serving(), other)] == [LINE]
    assert [change.text for change in get_status(world.stack(), other).versions] == [LINE]
    assert up(world, "postgres").visibility == "postgres"
    [warning] = world.reporter.warnings()
    assert warning.startswith("Visibility goes from opensearch to postgres over existing data: workflows")
    assert plan_versions(world.stack().require_serving(), other) == []


def test_the_version_of_a_store_that_is_away_is_remembered(world: World) -> None:
    """When it comes again, its data is what that version made of it."""
    before = up(world, "opensearch").data_versions
    assert up(world, "postgres").data_versions == before


def test_a_record_of_an_older_devenv_means_opensearch(world: World) -> None:
    """There was no other."""
    record = up(world, "opensearch")
    older = record.model_dump(mode="json", exclude={"visibility"})
    world.store.save(type(record).model_validate(older, strict=False))
    up(world, "postgres")
    assert "goes from opensearch to postgres" in world.reporter.warnings()[0]


def test_without_a_record_the_containers_tell_which_store_it_was(world: World) -> None:
    """A state directory can get lost."""
    up(world, "opensearch")
    world.store.forget_record("shop")
    up(world, "postgres")
    assert "goes from opensearch to postgres" in world.reporter.warnings()[0]


def test_without_data_nothing_is_left_behind(world: World) -> None:
    """Nor said."""
    up(world, "opensearch")
    world.compose.remove(world.stack().identity, volumes=True)
    up(world, "postgres")
    assert world.reporter.warnings() == []


def test_columns_have_marked_names_while_an_index_has_the_visibility(world: World) -> None:
    """Under their own they would hide its search attributes; without any, what runs would fail."""
    up(world, "postgres")
    world.gateway.columns = {"orders": {"Keyword06": "CustomerId", "Int01": "Count"}}
    marked = {"orders": {"Keyword06": "CustomerId (in Postgres)", "Int01": "Count (in Postgres)"}}

    for waits in (True, False):  # until all of the server knows
        before = world.clock.now()
        up(world, "opensearch")
        assert world.gateway.attribute_columns() == marked
        assert (world.clock.now() - before >= REFRESH_S) is waits
    up(world, "postgres")
    assert world.gateway.attribute_columns() == {"orders": {"Keyword06": "CustomerId", "Int01": "Count"}}


def up_with_schedules(world: World, visibility: Visibility) -> list[str]:
    """Bring up a stack with two schedules, one of which has search attributes, and return the updates."""
    common = {"namespace": "orders", "workflow": "W", "task_queue": "q", "interval": "1h"}
    seeds = {
        "namespaces": [{"name": "orders", "search_attributes": {"CustomerId": "Keyword"}}],
        "schedules": [
            {"id": "bare", **common},
            {"id": "s", **common, "schedule_search_attributes": {"CustomerId": "c"}},
        ],
    }
    world.gateway.calls.clear()
    world.gateway.shares_attributes = visibility == "opensearch"
    bring_up(world.stack(), desired(visibility, seeds), UpRequest())
    return [call for call in world.gateway.calls if call.startswith("update ")]


def test_schedules_with_search_attributes_are_updated_in_another_store(world: World) -> None:
    """Once: the store that comes does not find them, though the server shows them."""
    assert up_with_schedules(world, "opensearch") == []
    assert up_with_schedules(world, "postgres") == ["update schedule orders.s"]
    assert up_with_schedules(world, "postgres") == []
    assert up_with_schedules(world, "opensearch") == ["update schedule orders.s"]


def test_a_stack_is_not_ready_before_its_schedules_are_found_by_their_attributes(world: World) -> None:
    """An update that came before all of the server knew the names is repeated, later and later."""
    up_with_schedules(world, "opensearch")
    world.gateway.listed_after = 3
    before = world.clock.now()
    assert up_with_schedules(world, "postgres") == ["update schedule orders.s"] * 3
    assert world.clock.now() - before >= LISTING_S + 2 * LISTING_S


def test_a_schedule_that_is_never_found_is_what_is_missing(world: World) -> None:
    """Not a stack that is ready."""
    up_with_schedules(world, "opensearch")
    world.gateway.listed_after = 1000
    with pytest.raises(NotReadyError) as caught:
        up_with_schedules(world, "postgres")
    missing = "still missing: schedule s of orders is not found by its search attributes yet"
    assert missing in caught.value.details


def test_a_refused_query_tells_nothing_of_a_schedule(world: World) -> None:
    """A part of the server may not know the names of the store that has just come."""
    up_with_schedules(world, "opensearch")
    world.gateway.query_problems = ["no such name"]
    world.gateway.listed_schedules = {("orders", "s"): False}
    assert up_with_schedules(world, "postgres") == []
    assert world.gateway.query_problems == []


def test_a_refused_update_of_a_schedule_ends_it(world: World) -> None:
    """To wait would be in vain."""
    up_with_schedules(world, "opensearch")
    world.gateway.refused = {"schedule orders.s"}
    with pytest.raises(ServerRejectedError, match=re.escape("schedule orders.s could not be updated")):
        up_with_schedules(world, "postgres")


def test_a_busy_server_is_asked_again_at_once(world: World) -> None:
    """That is no update, so the pauses between updates do not grow."""
    up_with_schedules(world, "opensearch")
    world.gateway.not_yet = {"schedule orders.s": 20}
    world.gateway.listed_after = 2
    assert up_with_schedules(world, "postgres") == ["update schedule orders.s"] * 2


def test_a_renaming_that_the_server_cuts_off_is_finished(world: World) -> None:
    """In its middle a column has no name; what it gets is known from before."""
    up(world, "postgres")
    world.gateway.columns = {"orders": {"Keyword06": "CustomerId", "Int01": "Count"}}
    world.gateway.silent_renamings = [1, 3]
    up(world, "opensearch")
    marked = {"Keyword06": "CustomerId (in Postgres)", "Int01": "Count (in Postgres)"}
    assert world.gateway.attribute_columns() == {"orders": marked}


def test_a_renaming_that_is_killed_in_its_middle_is_finished_by_the_next(world: World) -> None:
    """Whichever store that brings: no column's name is lost."""
    up(world, "postgres")
    world.gateway.columns = {"orders": {"Keyword06": "CustomerId", "Int01": "Count"}}
    marks: dict[Visibility, str] = {"opensearch": " (in Postgres)", "postgres": ""}
    for visibility, mark in marks.items():
        world.gateway.renamings, world.gateway.killed_renaming = 0, 2
        with pytest.raises(KeyboardInterrupt):
            up(world, "opensearch")
        assert not {"Keyword06", "Int01"} & world.gateway.columns["orders"].keys()
        world.gateway.killed_renaming = None
        up(world, visibility)
        assert world.gateway.columns == {
            "orders": {"Keyword06": f"CustomerId{mark}", "Int01": f"Count{mark}"}
        }
        up(world, "postgres")


def test_a_name_that_another_column_has_meanwhile_stays_marked(world: World) -> None:
    """Somebody has changed the setting by hand, and back."""
    columns = {"orders": {"Keyword06": "CustomerId (in Postgres)", "Keyword01": "CustomerId"}}
    world.gateway.columns = {name: dict(each) for name, each in columns.items()}
    up(world, "postgres")
    assert world.gateway.attribute_columns() == columns


@pytest.mark.parametrize(
    ("visibility", "attributes", "hint"),
    [
        ("postgres", {f"B{number}x": "Bool" for number in range(4)}, 'write `visibility = "opensearch"`'),
        ("opensearch", {"_id": "Keyword"}, "give it another name"),
    ],
)
def test_what_a_store_cannot_have_is_refused_before_anything_is_made(
    world: World, visibility: Visibility, attributes: dict[str, str], hint: str
) -> None:
    """The other store can have it."""
    seeds = {"namespaces": [{"name": "orders", "search_attributes": attributes}]}
    with pytest.raises(SeedsInvalidError) as caught:
        bring_up(world.stack(), desired(visibility, seeds), UpRequest())
    assert hint in caught.value.hint
    assert world.compose.calls == []


def test_a_plan_is_about_the_store_that_runs(world: World) -> None:
    """Not about one that the next `up` would bring."""
    up(world, "opensearch")
    many = {"namespaces": [{"name": "orders", "search_attributes": {f"B{n}x": "Bool" for n in range(4)}}]}
    assert plan_seeds(world.stack().require_serving(), desired("postgres", many), prune=False)
