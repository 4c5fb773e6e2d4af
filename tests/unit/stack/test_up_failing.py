"""`up` when things go wrong: what is raised, what is removed, what is remembered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from fakes.engine import SERVICES
from fakes.world import make_desired

from devenv.engines.protocol import LogLine
from devenv.errors import (
    ApplyIncompleteError,
    CommandFailedError,
    DevenvError,
    ImageUnavailableError,
    NotReadyError,
    PortTakenError,
    ServiceCrashedError,
)
from devenv.stack.lifecycle import down
from devenv.stack.up import UpRequest, bring_up

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from fakes.world import World

REFUSAL = CommandFailedError("`docker compose down` failed", ["docker"])


def up(world: World, *, keep: bool = False, engine: str = "auto") -> None:
    desired = make_desired(settings={"engine": engine})
    request = UpRequest(in_ci=True, keep_on_failure=keep)
    bring_up(world.stack(), desired, request)


def fail(world: World, *, keep: bool = False, engine: str = "auto") -> DevenvError:
    """Run an `up` of which a service crashes; the frontend never answers."""
    for fake in (world.compose, world.embedded):
        fake.launch_failure = ServiceCrashedError("temporal", 1, ["panic: no database"])
    world.gateway.problems = ["refused"] * 10_000
    with pytest.raises(DevenvError) as caught:
        up(world, keep=keep, engine=engine)
    world.gateway.problems.clear()
    for fake in (world.compose, world.embedded):
        fake.launch_failure = None
    return caught.value


def saved_logs(world: World) -> list[Path]:
    return sorted((world.store.directory("shop") / "failed").rglob("*.log"))


def test_a_crash_is_told_at_once(world: World) -> None:
    """With the service and its last lines, long before the deadline."""
    error = fail(world)
    assert isinstance(error, ServiceCrashedError)
    assert error.details[0] == "panic: no database"
    assert world.clock.seconds < 1


def test_a_failed_first_up_leaves_nothing(world: World) -> None:
    """Containers, volumes and the record are gone; only the logs stay."""
    fail(world)
    assert world.compose.calls == ["launch", "remove with volumes"]
    assert world.compose.running == {}
    assert world.compose.data == set()
    assert world.store.load("shop") is None


def test_saved_logs_are_readable_and_nothing_is_lost(world: World) -> None:
    """Beside the readable lines of the server lie those that it wrote."""
    said = '{"level":"error","ts":"2026-01-02T03:04:05Z","msg":"no database","logging-call-at":"x.go:1"}'
    world.compose.log = [LogLine("temporal", said), LogLine("ui", "two")]
    fail(world)
    (directory,) = (world.store.directory("shop") / "failed").iterdir()
    assert {file.name: file.read_text() for file in directory.iterdir()} == {
        "temporal.log": "2026-01-02T03:04:05Z ERROR no database\n",
        "temporal.jsonl": f"{said}\n",
        "ui.log": "two\n",
    }


def test_logs_are_saved_before_they_are_removed(world: World) -> None:
    """One private file for each service, and the error says where."""
    world.compose.log = [LogLine("temporal", "one"), LogLine("ui", "two"), LogLine("temporal", "three")]
    error = fail(world)
    written = {path.name: path.read_text() for path in saved_logs(world)}
    assert written == {"temporal.log": "one\nthree\n", "ui.log": "two\n"}
    directory = saved_logs(world)[0].parent
    assert error.details[-1] == f"logs: {directory}"
    assert [path.stat().st_mode & 0o777 for path in (directory.parent, directory)] == [0o700, 0o700]
    assert {path.stat().st_mode & 0o777 for path in saved_logs(world)} == {0o600}


def test_older_data_is_never_removed(world: World) -> None:
    """A stack that had data before keeps it, and is remembered as it was."""
    up(world)
    down(world.stack(), volumes=False)
    before = world.store.load("shop")
    world.compose.calls.clear()
    fail(world)
    assert world.compose.calls == ["launch", "remove"]
    assert world.compose.data == {"shop"}
    assert world.store.load("shop") == before


def test_services_that_were_there_before_are_left(world: World) -> None:
    """They are the user's to look at; nothing of theirs is removed."""
    up(world)
    world.compose.put("shop", "ui", "exited", exit_code=1)
    world.compose.calls.clear()
    fail(world)
    assert world.compose.calls == ["launch"]
    assert world.store.load("shop") is not None


def test_a_stack_that_was_stopped_is_stopped_again(world: World) -> None:
    """A server that fails, as on damaged data, is not left running; its containers stay for a look."""
    up(world)
    for service in SERVICES["compose"]:
        world.compose.put("shop", service, "exited")
    world.compose.calls.clear()
    fail(world)
    assert world.compose.calls == ["launch", "stop"]
    assert not any(service.is_running for service in world.compose.services(world.stack().identity))
    assert world.store.load("shop") is not None


def test_keep_on_failure_removes_nothing(world: World) -> None:
    """Everything stays for a look, and is remembered for `down`."""
    error = fail(world, keep=True)
    assert world.compose.calls == ["launch"]
    assert world.store.load("shop") is not None
    assert not any(line.startswith("logs: ") for line in error.details)


@pytest.mark.parametrize("broken", ["remove", "logs", "both"])
def test_a_failed_roll_back_never_hides_the_first_error(world: World, broken: str) -> None:
    """It is a warning beside the error that counts."""
    world.compose.remove_failure = REFUSAL if broken in {"remove", "both"} else None
    world.compose.logs_failure = REFUSAL if broken in {"logs", "both"} else None
    assert isinstance(fail(world), ServiceCrashedError)
    assert len(world.reporter.warnings()) == (2 if broken == "both" else 1)
    assert all(REFUSAL.message in warning for warning in world.reporter.warnings())


def test_logs_that_cannot_be_written_do_not_hide_the_first_error(world: World) -> None:
    """A full disk may be the very reason; what was created is removed all the same."""
    world.store.write_secret("shop", "failed", "a file where the directory should be")
    assert isinstance(fail(world), ServiceCrashedError)
    assert world.compose.running == {}
    assert len(world.reporter.warnings()) == 1


def test_what_could_not_be_removed_is_still_remembered(world: World) -> None:
    """So that `down` finds it, as the warning says."""
    world.compose.remove_failure = REFUSAL
    fail(world)
    assert world.store.load("shop") is not None
    assert "run `devenv down`" in world.reporter.warnings()[0]


def test_data_on_another_engine_is_still_remembered(world: World) -> None:
    """Trying out the embedded engine in vain must not forget where the data is."""
    up(world)
    down(world.stack(), volumes=False)
    before = world.store.load("shop")
    fail(world, engine="embedded")
    assert world.embedded.calls == ["launch", "remove with volumes"]
    assert world.store.load("shop") == before


def test_the_deadline_ends_it_with_what_was_missing(world: World) -> None:
    """The frontend never answered, and what was created is gone."""
    world.gateway.problems = ["the frontend does not answer"] * 10_000
    with pytest.raises(NotReadyError) as caught:
        up(world)
    assert caught.value.details[0] == "still missing: the frontend does not answer"
    assert caught.value.message == "The stack was not ready after 120 s"
    assert world.compose.running == {}


def test_a_refused_namespace_rolls_back_too(world: World) -> None:
    """Every failure after the launch is handled alike."""
    world.gateway.refused = {"orders"}
    with pytest.raises(ApplyIncompleteError):
        up(world)
    assert world.compose.running == {}
    assert world.gateway.open == 0


def test_nothing_is_created_when_a_prerequisite_is_missing(world: World) -> None:
    """No file, no container, no record."""
    world.images.failure = ImageUnavailableError("postgres:17", setting="versions.postgres")
    with pytest.raises(ImageUnavailableError):
        up(world)
    assert world.compose.calls == []
    assert world.store.names() == []
    assert not world.store.directory("shop").exists()


def test_nothing_is_created_when_a_port_is_taken(world: World) -> None:
    """The error comes before the launch, and no roll-back is needed."""
    world.ports.hold([7233], "nginx (pid 12)")
    with pytest.raises(PortTakenError):
        up(world)
    assert world.compose.calls == []
    assert world.store.names() == []


class TestAPortLostDuringTheLaunch:
    """Somebody takes a port after it was looked at: all is rolled back, and looked at again."""

    @pytest.fixture
    def lose(self, world: World) -> Callable[[Callable[[], None]], None]:
        """Return what makes the next launch lose port 7233, to whom `taker` lets hold it."""

        def lose(taker: Callable[[], None]) -> None:
            def lost() -> DevenvError:
                taker()
                return PortTakenError(7233, "grpc", "a process that is gone by now", was_free=True)

            world.gateway.problems = ["refused"]
            world.compose.failing_launches.append(lost)

        return lose

    def test_another_stack_is_moved_away_from(
        self, world: World, lose: Callable[[Callable[[], None]], None]
    ) -> None:
        lose(lambda: world.ports.hold([7233], "the container other-temporal-1", is_stack=True))
        up(world)
        assert world.compose.calls == ["launch", "remove with volumes", "launch"]
        assert [spec.ports["grpc"] for spec in world.compose.specs] == [7233, 7234]

    def test_the_timings_are_those_of_the_second_try(
        self, world: World, lose: Callable[[Callable[[], None]], None]
    ) -> None:
        """Nobody adds up what was undone; what came before both tries is there once."""
        lose(lambda: world.ports.hold([7233], "the container other-temporal-1", is_stack=True))
        report = bring_up(world.stack(), make_desired(), UpRequest())
        steps = [timing.step for timing in report.timings]
        assert {step: steps.count(step) for step in ("engine", "ports", "launch")} == {
            "engine": 1,
            "ports": 1,
            "launch": 1,
        }

    def test_anybody_else_is_named(self, world: World, lose: Callable[[Callable[[], None]], None]) -> None:
        lose(lambda: world.ports.hold([7233], "nginx (pid 12)"))
        with pytest.raises(PortTakenError, match=r"taken by nginx \(pid 12\)"):
            up(world)
        assert world.compose.running == {}
        assert world.store.load("shop") is None

    def test_what_is_to_be_kept_is_not_launched_again(
        self, world: World, lose: Callable[[Callable[[], None]], None]
    ) -> None:
        lose(lambda: None)
        with pytest.raises(PortTakenError, match="gone by now"):
            up(world, keep=True)
        assert world.compose.calls == ["launch"]


def test_an_interrupted_up_removes_nothing(world: World) -> None:
    """Ctrl-C: the next `up` goes on where this one stopped."""

    def interrupt() -> None:
        raise KeyboardInterrupt

    world.gateway.problems = ["refused"] * 10_000
    world.clock.at(2, interrupt)
    with pytest.raises(KeyboardInterrupt):
        up(world)
    assert world.compose.calls == ["launch"]
    assert world.compose.ended == 1
    world.gateway.problems.clear()
    up(world)
    assert world.store.load("shop") is not None


@pytest.mark.parametrize("keep", [False, True])
def test_a_failed_up_leaves_no_launch_going_on(world: World, *, keep: bool) -> None:
    """What is removed would be made again meanwhile, and what is kept would change under its reader."""
    fail(world, keep=keep)
    assert world.compose.ended == 1


def test_containers_that_cannot_be_replaced_in_time_end_the_wait(world: World) -> None:
    """The deadline is the same as for everything else."""
    world.compose.replaces_until = lambda: False
    with pytest.raises(NotReadyError) as caught:
        up(world)
    assert caught.value.details[0] == "still missing: the engine replaces containers"
    assert world.gateway.addresses == []
    assert world.compose.ended == 1


def test_the_lock_is_given_back_after_a_failure(world: World) -> None:
    """The next `up` does not wait for the failed one."""
    fail(world)
    up(world)
    assert world.reporter.warnings() == []
    assert world.deps.engine("compose").has_data(world.stack().identity)
