"""`run`: a stack for the time of one command."""

from __future__ import annotations

import os
import signal
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from threading import Event, Thread
from typing import TYPE_CHECKING

import pytest
from fakes.engine import FakeEngine, RecordingReporter
from fakes.locked import LockedEngine
from fakes.world import make_desired

from devenv.errors import CommandFailedError, StackNameTakenError
from devenv.events import WarningEvent
from devenv.stack.lifecycle import down
from devenv.stack.report import StackState
from devenv.stack.run_session import run_session
from devenv.stack.stack import LOCK_TIMEOUT, Stack
from devenv.stack.status import state_of
from devenv.stack.up import UpRequest, bring_up, bring_up_locked

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from fakes.world import World

    from devenv.engines.protocol import StackIdentity
    from devenv.events import Event as ProgressEvent
    from devenv.stack.run_session import RunSession

WAIT_S = 20.0


@pytest.fixture(autouse=True)
def _signals() -> Iterator[None]:
    """Have the signals mean afterwards what they meant before."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in handlers.items():
        signal.signal(number, handler)


def session(world: World) -> AbstractContextManager[RunSession]:
    return run_session(world.stack(), make_desired(), UpRequest())


def state(world: World) -> StackState:
    return state_of(world.compose.services(world.stack().identity))


def run(world: World, engine: str = "auto") -> None:
    desired = make_desired(settings={"engine": engine})
    with run_session(world.stack(), desired, UpRequest()) as session:
        report = session.report
        assert report.state is StackState.READY
        assert report.engine is not None
        assert state_of(world.deps.engine(report.engine).services(world.stack().identity)) is StackState.READY


def up(world: World) -> None:
    bring_up(world.stack(), make_desired(), UpRequest())


def test_a_stack_that_is_up_stays_up(world: World) -> None:
    """It is used as it is, and nothing is done to it."""
    up(world)
    run(world)
    assert world.compose.calls == ["launch"]
    assert len(world.compose.services(world.stack().identity)) == 4


def test_a_stopped_stack_is_stopped_again(world: World) -> None:
    """Nothing of it is removed."""
    up(world)
    world.compose.stop(world.stack().identity)
    run(world)
    assert state_of(world.compose.services(world.stack().identity)) is StackState.STOPPED
    assert world.compose.data == {"shop"}


def test_kept_data_is_kept(world: World) -> None:
    """What was down with its data is that again, and remembered."""
    up(world)
    down(world.stack(), volumes=False)
    before = world.store.load("shop")
    run(world)
    assert world.compose.running == {}
    assert world.compose.data == {"shop"}
    assert world.store.load("shop") == before
    assert (world.store.directory("shop") / "postgres-password").exists()


@pytest.mark.parametrize("engine", ["compose", "embedded"])
def test_where_nothing_was_nothing_is_left(world: World, engine: str) -> None:
    """Neither services nor data nor a record."""
    run(world, engine)
    for fake in (world.compose, world.embedded):
        assert (fake.running, fake.data) == ({}, set())
    assert not world.store.directory("shop").exists()


def test_data_without_a_record_is_kept_too(world: World) -> None:
    """The record may be lost; the volumes are somebody's data all the same."""
    world.compose.data.add("shop")
    world.store.write_secret("shop", "postgres-password", "of the data")
    run(world)
    assert world.compose.data == {"shop"}
    assert world.compose.running == {}


def test_a_stack_on_another_engine_is_left_as_it_was(world: World) -> None:
    """`run --engine embedded` beside data on compose: only what it made goes, and the record comes back."""
    up(world)
    down(world.stack(), volumes=False)
    before = world.store.load("shop")
    run(world, "embedded")
    assert (world.embedded.running, world.embedded.data) == ({}, set())
    assert world.compose.data == {"shop"}
    assert world.store.load("shop") == before
    assert (world.store.directory("shop") / "postgres-password").exists()


def test_a_failing_command_puts_everything_back_too(world: World) -> None:
    """Whatever leaves the block."""
    with (
        pytest.raises(KeyboardInterrupt),
        run_session(world.stack(), make_desired(), UpRequest()),
    ):
        raise KeyboardInterrupt
    assert world.compose.running == {}


def test_it_works_without_docker(world: World) -> None:
    """An engine that is away has nothing of the stack."""
    world.without_docker()
    run(world)
    engines: dict[str, FakeEngine] = {each.name: each for each in (world.compose, world.embedded)}
    assert engines["embedded"].calls == ["launch", "remove with volumes"]


def test_the_stack_of_another_project_gets_no_session(world: World) -> None:
    """The name belongs to another project."""
    up(world)
    other = world.stack("other")
    stranger = Stack(replace(other.identity, name="shop"), world.deps)
    with pytest.raises(StackNameTakenError), run_session(stranger, make_desired(), UpRequest()):
        pytest.fail("a session began")
    assert world.compose.calls == ["launch"]


def test_only_what_was_not_running_is_stopped_again(world: World) -> None:
    """A stack that ran in part does so afterwards."""
    up(world)
    world.compose.stop(world.stack().identity, ["ui"])
    run(world)
    running = [
        service.name for service in world.compose.services(world.stack().identity) if service.is_running
    ]
    assert running == ["opensearch", "postgres", "temporal"]


@dataclass
class Patience(RecordingReporter):
    """Knows when somebody waits for the lock."""

    is_waiting: Event = field(default_factory=Event)

    def report(self, event: ProgressEvent) -> None:
        super().report(event)
        if isinstance(event, WarningEvent):
            self.is_waiting.set()


def test_a_stack_that_was_coming_up_stays_up(world: World) -> None:
    """Somebody's `up` had begun: its stack is used, and not taken for one that was made here."""
    patience, has_lock = Patience(), Event()

    def up_slowly() -> None:
        with world.stack().lock(LOCK_TIMEOUT):
            has_lock.set()
            assert patience.is_waiting.wait(WAIT_S)
            bring_up_locked(world.stack(), make_desired(), UpRequest())

    patient = Stack(world.stack().identity, world.make_dependencies(patience))
    thread = Thread(target=up_slowly)
    thread.start()
    assert has_lock.wait(WAIT_S)
    with run_session(patient, make_desired(), UpRequest()):
        thread.join()
    assert state(world) is StackState.READY
    assert world.compose.calls == ["launch"]


def test_everything_is_changed_under_the_lock(world: World) -> None:
    """Nobody meets a stack that is half put back."""
    world.compose = LockedEngine(store=world.store, servers=world.compose.servers)
    run(world)
    assert world.compose.calls == ["launch", "remove with volumes"]
    assert world.compose.changes_without_lock == []


def test_of_two_the_last_puts_back_what_the_first_found(world: World) -> None:
    """The first to end leaves the stack to the other."""
    with ExitStack() as second:
        with session(world):
            second.enter_context(session(world))
        assert state(world) is StackState.READY
    assert (world.compose.running, world.compose.data) == ({}, set())
    assert not world.store.directory("shop").exists()


def test_of_two_the_last_stops_what_the_first_started(world: World) -> None:
    """And removes nothing that was there before both."""
    up(world)
    world.compose.stop(world.stack().identity)
    with ExitStack() as second:
        with session(world):
            second.enter_context(session(world))
        assert state(world) is StackState.READY
    assert state(world) is StackState.STOPPED


def test_up_keeps_what_is_in_use(world: World) -> None:
    """Who asked for the stack has it, and what is in it, when the command has ended."""
    with session(world):
        up(world)
    assert state(world) is StackState.READY
    with session(world):
        pass
    assert state(world) is StackState.READY


def test_somebody_elses_up_keeps_nothing(world: World) -> None:
    """The name is in use here: their `up` is refused, and the stack is put back as ever."""
    with session(world):
        other = world.stack("other")
        stranger = Stack(replace(other.identity, name="shop"), world.deps)
        with pytest.raises(StackNameTakenError):
            bring_up(stranger, make_desired(), UpRequest())
    assert world.compose.running == {}


def test_down_decides_about_the_data(world: World) -> None:
    """What was kept while the command ran is kept; so it is by one that begins then."""
    with session(world):
        down(world.stack(), volumes=False)
        run(world)
    assert world.compose.running == {}
    assert world.compose.data == {"shop"}
    assert world.store.load("shop") is not None


def test_what_a_killed_run_left_stays(world: World) -> None:
    """Somebody may have begun to use it: the note about it is a dead one's."""
    note = world.store.directory("shop") / "borrowed.json"
    with session(world):
        written = note.read_text()
    up(world)
    note.write_text(written)
    run(world)
    assert state(world) is StackState.READY


def test_what_an_older_devenv_found_is_restored(world: World) -> None:
    """It still runs its command while this one begins and ends."""
    file = world.store.directory("shop") / "borrowed.json"
    with ExitStack() as older:
        older.enter_context(session(world))
        written = file.read_text()
        file.write_text(written.replace('"engines"', '"footprints"'))
        assert written != file.read_text()
    assert world.compose.running == {}
    assert world.store.names() == []


def test_an_interrupted_start_is_put_back_too(world: World) -> None:
    """What was created so far goes."""

    def interrupt() -> None:
        raise KeyboardInterrupt

    world.gateway.problems = ["refused"] * 10_000
    world.clock.at(1, interrupt)
    with pytest.raises(KeyboardInterrupt), session(world):
        pytest.fail("a session began")
    assert world.compose.calls == ["launch", "remove with volumes"]
    assert not world.store.directory("shop").exists()


@dataclass
class InterruptedEngine(FakeEngine):
    """Its own program is ended by the terminal's Ctrl-C when it removes something for the first time."""

    failures: int = 1

    def remove(self, stack: StackIdentity, *, volumes: bool) -> None:
        if self.failures:
            self.failures -= 1
            os.kill(os.getpid(), signal.SIGINT)
            raise CommandFailedError("`docker compose down` failed", ["docker"])
        super().remove(stack, volumes=volumes)


def test_ctrl_c_does_not_end_putting_back(world: World) -> None:
    """Neither here nor in what the engine runs for it."""
    world.compose = InterruptedEngine(servers=world.compose.servers)
    run(world)
    assert (world.compose.running, world.compose.data) == ({}, set())


def test_a_failure_to_put_back_is_told(world: World) -> None:
    """Without a Ctrl-C it is not tried again."""
    world.compose.remove_failure = CommandFailedError("`docker compose down` failed", ["docker"])
    with pytest.raises(CommandFailedError), session(world):
        pass
    assert world.compose.calls == ["launch", "remove with volumes"]
