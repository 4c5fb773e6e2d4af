"""A dynamic config is said to be in effect when the server uses it, never before."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING

import pytest
from fakes.world import make_desired, make_record
from unit.stack.deliveries import apply, config, edit_by_hand, holds, let_pass, up, uses

from devenv.cli.views.config import config_change_document
from devenv.dynamicconfig.model import DynamicConfig, Entry
from devenv.dynamicconfig.render import render
from devenv.errors import ConfigRefusedError, ConfigUnconfirmedError, NotRunningError, ServiceCrashedError
from devenv.stack.config_apply import apply_config

if TYPE_CHECKING:
    from fakes.world import World


def interrupt() -> None:
    raise KeyboardInterrupt


def interrupted_apply(world: World, *, after_s: float, **values: object) -> None:
    world.clock.at(world.clock.now() + after_s, interrupt)
    with pytest.raises(KeyboardInterrupt):
        apply(world, **values)


def test_a_change_is_waited_for(world: World) -> None:
    """The server polls every five seconds; what it did not look at, it does not use."""
    up(world, a=1)
    applied = apply(world, a=2, b=3)
    assert uses(world, a=2, b=3)
    assert [config_change_document(change) for change in applied.changes] == [
        {"action": "update", "key": "a", "constraints": {}, "before": 1, "after": 2},
        {"action": "create", "key": "b", "constraints": {}, "before": None, "after": 3},
    ]
    assert applied.seconds is not None
    assert 0 < applied.seconds <= 5.2


def test_a_value_that_is_gone_is_a_change_too(world: World) -> None:
    """The server's default holds again."""
    up(world, a=1, b=2)
    (change,) = apply(world, a=1).changes
    assert (change.action, change.key, change.after) == ("delete", "b", None)
    assert uses(world, a=1)


def test_without_a_change_nothing_is_written_or_waited_for(world: World) -> None:
    """The answer comes at once and counts what is in effect."""
    up(world, a=1, b=2)
    began, modified = world.clock.now(), world.server.path.stat().st_mtime_ns
    applied = apply(world, a=1, b=2)
    assert (applied.changes, applied.seconds, applied.keys) == ((), None, 2)
    assert (world.clock.now(), world.server.path.stat().st_mtime_ns) == (began, modified)


def test_values_of_another_kind_are_a_change(world: World) -> None:
    """To Python 1 is True; the server tells them apart."""
    up(world, a=1)
    assert len(apply(world, a=True).changes) == 1
    assert uses(world, a=True)


def test_comments_are_no_change(world: World) -> None:
    """That a value comes from another directory now is nothing to the server."""
    up(world, a=1)
    moved = DynamicConfig((Entry("a", 1, {}, "other.yaml:1:1", "elsewhere"),))
    applied = apply_config(world.stack(), make_desired(dynamic_config=moved))
    assert (applied.changes, applied.seconds) == ((), None)


def test_two_applies_in_a_row_are_each_confirmed(world: World) -> None:
    """The answer to the first is not taken for one to the second."""
    up(world, a=0)
    for value in range(1, 6):
        apply(world, a=value)
        assert uses(world, a=value)


@pytest.mark.parametrize("after_s", [0.3, 4.9, 5.3, 9.0])
@pytest.mark.parametrize("lag_s", [0.0, 0.4, 2.0])
def test_an_interrupted_apply_is_completed_by_the_next(world: World, after_s: float, lag_s: float) -> None:
    """Whether or not the server has taken it meanwhile, and also when it reads slowly."""
    up(world, a=1)
    world.server.lag_s = lag_s
    world.server.deaf = after_s > 5
    interrupted_apply(world, after_s=after_s, a=2)
    world.server.deaf = False
    apply(world, a=2)
    assert uses(world, a=2)


@pytest.mark.parametrize("wait_s", [0, 3, 6])
def test_a_way_back_over_an_interrupted_apply_is_confirmed(world: World, wait_s: int) -> None:
    """The file looks as if it had never been another one; the server may know better."""
    up(world, a=1)
    interrupted_apply(world, after_s=0.5, a=2)
    let_pass(world, wait_s)
    apply(world, a=1)
    assert uses(world, a=1)
    let_pass(world, 60)
    assert uses(world, a=1)


def test_an_apply_that_nobody_waited_for_is_found_in_the_log(world: World) -> None:
    """The server took it long ago: there is nothing left to write."""
    up(world, a=1)
    interrupted_apply(world, after_s=0.5, a=2)
    let_pass(world, 10)
    modified = world.server.path.stat().st_mtime_ns
    assert apply(world, a=2).seconds is None
    assert world.server.path.stat().st_mtime_ns == modified
    assert uses(world, a=2)


def test_an_answer_that_may_be_about_an_older_file_settles_nothing(world: World) -> None:
    """Two applies were interrupted, and the server has answered once: the first, which it read slowly."""
    up(world, a=1)
    world.server.lag_s = 2
    interrupted_apply(world, after_s=0.5, a=2)
    let_pass(world, 7)
    interrupted_apply(world, after_s=0.5, a=3)
    let_pass(world, 2)
    assert uses(world, a=2)
    apply(world, a=3)
    assert uses(world, a=3)


def test_an_answer_that_the_log_has_no_more_is_asked_for_again(world: World) -> None:
    """Docker rotates the log: what became of an interrupted apply is unknown, and the file written again."""
    up(world, a=1)
    interrupted_apply(world, after_s=0.5, a=2)
    let_pass(world, 10)
    world.server.log[:] = ["rotated"] * len(world.server.log)
    assert apply(world, a=2).seconds is not None
    assert uses(world, a=2)


def test_the_answer_to_another_file_is_not_taken_for_ours(world: World) -> None:
    """The server slowly reads a file that somebody edited, and says that it uses it while ours is written."""
    up(world, a=1)
    edit_by_hand(world, "a:\n- value: 7\n")
    world.server.lag_s = 2
    while not world.server.is_reading:
        world.clock.sleep(0.1)
    let_pass(world, 2.5)
    used: list[str | None] = []
    world.clock.at(world.clock.now() + 2, lambda: used.append(world.server.text))
    apply(world, a=3)
    assert used == ["a:\n- value: 7\n"]
    assert uses(world, a=3)


def test_a_file_that_somebody_edited_is_replaced(world: World) -> None:
    """The server may have read it, and is given the project's again."""
    up(world, a=1)
    edit_by_hand(world, "a:\n- value: 7\n")
    let_pass(world, 6)
    apply(world, a=1)
    assert uses(world, a=1)


def test_a_refused_file_is_taken_back(world: World) -> None:
    """The one before it is in place, newer than the refused one, and the server has said that it uses it."""
    up(world, a=1)
    world.server.refused = {"unusable"}
    with pytest.raises(ConfigRefusedError) as caught:
        apply(world, a=1, unusable=2)
    assert caught.value.details == ("error about unusable",)
    assert "its previous file is in place again" in caught.value.message
    assert holds(world, a=1)
    assert uses(world, a=1)
    assert apply(world, a=1).seconds is None


def test_an_interrupted_refused_file_is_not_left(world: World) -> None:
    """A server that started again would not come up with it."""
    up(world, a=1)
    world.server.refused = {"unusable"}
    interrupted_apply(world, after_s=0.5, unusable=2)
    let_pass(world, 6)
    apply(world, a=1)
    assert holds(world, a=1)


def test_a_good_file_after_an_unread_bad_one_is_not_blamed_for_it(world: World) -> None:
    """The server reads the bad one while the good one is written."""
    up(world, a=1)
    world.server.refused = {"unusable"}
    world.server.lag_s = 1
    interrupted_apply(world, after_s=4.9, unusable=2)
    apply(world, a=3)
    assert uses(world, a=3)


def test_a_silent_server_is_no_success(world: World) -> None:
    """Exit code 6; what is on disk is said, and the next apply completes it."""
    up(world, a=1)
    world.server.deaf = True
    with pytest.raises(ConfigUnconfirmedError) as caught:
        apply(world, a=2)
    assert str(world.server.path) in caught.value.details[0]
    world.server.deaf = False
    apply(world, a=2)
    assert uses(world, a=2)


def test_a_server_that_ends_meanwhile_is_told(world: World) -> None:
    """It takes nothing any more; a restarted one has read the file when it started."""
    up(world, a=1)
    world.clock.at(
        world.clock.now() + 1, lambda: world.compose.put("shop", "temporal", "exited", exit_code=2)
    )
    with pytest.raises(ServiceCrashedError):
        apply(world, a=2)
    up(world, a=2)
    assert uses(world, a=2)
    assert apply(world, a=2).seconds is None


def test_a_server_that_restarts_meanwhile_has_read_the_file(world: World) -> None:
    """Its first reading is an answer too."""
    up(world, a=1)
    world.clock.at(world.clock.now() + 0.5, lambda: world.compose.put("shop", "temporal"))
    apply(world, a=2)
    assert uses(world, a=2)


def test_warnings_of_the_server_are_passed_on(world: World) -> None:
    """It uses the values all the same."""
    up(world, a=1)
    world.server.warned = {"unusual"}
    assert apply(world, unusual=1).warnings == ("warning about unusual",)
    assert any("warning about unusual" in warning for warning in world.reporter.warnings())


def test_up_confirms_what_changed_on_a_running_stack(world: World) -> None:
    """As a step, and only then."""
    up(world, a=1)
    assert "dynamic-config" not in dict(world.reporter.steps())
    up(world, a=2)
    assert uses(world, a=2)
    assert ("dynamic-config", "done") in world.reporter.steps()
    assert world.compose.calls == ["launch"]


def test_a_stopped_server_reads_the_file_when_it_starts(world: World) -> None:
    """There is nothing to wait for, and afterwards it is known to be in effect."""
    up(world, a=1)
    world.compose.stop(world.stack().identity)
    up(world, a=2)
    assert uses(world, a=2)
    assert apply(world, a=2).seconds is None


def test_nothing_is_written_for_a_stack_that_does_not_run(world: World) -> None:
    """The values take effect at the next `up`, which the hint says."""
    up(world, a=1)
    world.compose.stop(world.stack().identity)
    with pytest.raises(NotRunningError, match="not running") as caught:
        apply(world, a=2)
    assert "devenv up" in caught.value.hint
    assert holds(world, a=1)


def test_an_absent_stack_is_not_running(world: World) -> None:
    with pytest.raises(NotRunningError):
        apply(world, a=1)
    world.store.save(make_record(project=world.stack().project))
    with pytest.raises(NotRunningError):
        apply(world, a=1)


def test_what_is_remembered_is_private(world: World) -> None:
    """Only the file itself is open to containers."""
    up(world, a=1)
    interrupted_apply(world, after_s=0.5, a=2)
    state = world.store.directory("shop") / "dynamicconfig.json"
    assert json.loads(state.read_text())["pending"]["text"] == render(config(a=2))
    assert state.stat().st_mode & 0o777 == 0o600
    assert world.server.path.stat().st_mode & 0o777 == 0o644


def test_each_file_has_a_revision_of_its_own(world: World) -> None:
    """Also one with values that the server had before: its log never names a revision twice."""
    up(world, a=1)
    files = {world.server.path.read_text()}
    for value in (2, 1, 2):
        apply(world, a=value)
        files.add(world.server.path.read_text())
    assert len(files) == 4


def test_the_server_s_warning_of_the_revision_is_for_devenv_only(world: World) -> None:
    """Neither the answer nor a warning speaks of a key that no user wrote."""
    up(world, a=1)
    assert apply(world, a=2).warnings == ()
    assert world.reporter.warnings() == []


def test_a_file_that_is_no_yaml_to_the_server_is_taken_back(world: World) -> None:
    """It is refused before the revision is found in it, so that the server is given time to say more."""
    up(world, a=1)
    world.server.undecodable = {"unusable"}
    with pytest.raises(ConfigRefusedError) as caught:
        apply(world, unusable=2)
    assert caught.value.details == ("decode error: unusable",)
    assert uses(world, a=1)
    assert holds(world, a=1)
    assert apply(world, a=1).seconds is None


@pytest.mark.parametrize("seed", range(25))
def test_applied_is_never_said_too_early(world: World, seed: int) -> None:
    """Whatever was interrupted, restarted, edited or read slowly before: who is told so can rely on it."""
    chance = random.Random(seed)
    up(world, a=0)
    told = 0
    for value in range(1, 9):
        world.server.lag_s = chance.choice([0.0, 0.05, 0.5, 2.0])
        if chance.random() < 0.2:
            world.compose.put("shop", "temporal")
        if chance.random() < 0.1:
            edit_by_hand(world, "a:\n- value: 77\n")
        if chance.random() < 0.5:
            world.clock.at(world.clock.now() + chance.uniform(0.05, 7), interrupt)
        wanted = chance.choice([value, value, 1])
        try:
            apply(world, a=wanted)
        except KeyboardInterrupt:
            pass
        else:
            told += 1
            assert uses(world, a=wanted), f"step {value}"
        world.clock.plan = [item for item in world.clock.plan if item[1] is not interrupt]
        let_pass(world, chance.choice([0.0, 0.0, 1.0, 6.0]))
    assert told
