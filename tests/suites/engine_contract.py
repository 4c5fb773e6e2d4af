"""The contract of engines: the same promises, shown by every engine with one stack that is booted once.

A module of the tests makes a class of `EngineContract` with a fixture `subject`. The tests of the class share
its stack, in the order in which they stand here: from a stack that is absent to one that is gone again.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest
from fakes.engine import RecordingReporter

from devenv.engines.host import ports as host_ports
from devenv.engines.packages import traits_of
from devenv.engines.protocol import LaunchSpec, StackIdentity
from devenv.errors import DevenvError
from devenv.project.services import PORTS, Ports
from devenv.project.settings import Versions
from devenv.registry import ENGINES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from devenv.engines.protocol import Engine, Images, Service

SERVER = "temporal"
PATIENCE_S = 60


@dataclass
class Subject:
    """An engine, and the stack that it is shown with; `spec` is what that is launched with."""

    engine: Engine
    spec: LaunchSpec
    copy: Path

    @classmethod
    def of(cls, engine: Engine, project: Path, images: Images | None = None) -> Subject:
        """Return a stack that does not exist yet, on free ports."""
        stack = StackIdentity(f"contract-{os.getpid()}", project, os.getuid())
        ports = Ports({port.name: host_ports.any_free() for port in PORTS})
        versions = Versions().model_dump()
        spec = LaunchSpec(stack=stack, ports=ports, versions=versions, images=images)
        (copy := project / "copy").mkdir()
        return cls(engine, spec, copy)

    @property
    def stack(self) -> StackIdentity:
        return self.spec.stack

    @property
    def image(self) -> str | None:
        """The image of its database, for an engine that runs images."""
        return self.spec.images.refs["postgres"] if self.spec.images else None

    def services(self) -> list[Service]:
        return self.engine.services(self.stack)

    def names(self) -> list[str]:
        return [service.name for service in self.services()]

    def held(self) -> frozenset[int]:
        return self.engine.held_ports(self.stack, self.spec.ports.values())

    def launch(self) -> None:
        """Launch, and return when every service runs and the stack holds its ports."""
        launch = self.engine.launch(self.spec, RecordingReporter())
        eventually(lambda: not launch.replacing())
        launch.wait()
        launch.check()
        self.await_running()

    def await_running(self) -> None:
        eventually(lambda: self.services() and all(service.is_running for service in self.services()))
        eventually(lambda: self.held() == frozenset(self.spec.ports.values()))


class EngineContract:
    """What every engine promises."""

    def test_its_name_is_in_the_list_and_its_traits_are_those_of_its_package(self, subject: Subject) -> None:
        """Whoever reads the traits without an engine reads the same."""
        assert subject.engine.name in ENGINES
        assert subject.engine.traits == traits_of(subject.engine.name)
        assert subject.engine.traits.data_place

    def test_a_stack_that_was_never_launched_is_absent(self, subject: Subject) -> None:
        """To ask about it, or to remove it, is no error and leaves nothing behind."""
        engine, stack = subject.engine, subject.stack
        assert engine.services(stack) == []
        assert subject.held() == frozenset()
        assert (engine.has_data(stack), engine.had_data(stack)) == (False, False)
        assert (engine.other_state(stack), list(engine.resume(stack))) == (None, [])
        engine.remove(stack, volumes=True)
        engine.check_data(stack, RecordingReporter())

    def test_what_is_prepared_has_another_fingerprint_when_services_would_be_others(
        self, subject: Subject
    ) -> None:
        """The same declaration has the same, be it prepared twice."""
        engine, spec = subject.engine, subject.spec
        elsewhere = replace(spec, ports=spec.ports.moved(1))
        assert engine.review_overlays(spec) is None
        assert engine.prepare(elsewhere, None) != engine.prepare(spec, None) == engine.prepare(spec, None)

    def test_a_launch_brings_every_service_up_on_the_ports_of_the_stack(self, subject: Subject) -> None:
        """The server among them; a port of others is not held."""
        subject.launch()
        assert SERVER in subject.names()
        assert all(service.started_at is not None for service in subject.services())
        assert subject.engine.held_ports(subject.stack, [host_ports.any_free()]) == frozenset()
        assert subject.engine.reserved_ports(subject.stack).isdisjoint(subject.spec.ports.values())

    def test_its_memory_is_known(self, subject: Subject) -> None:
        """As long as it runs."""
        assert (subject.engine.memory(subject.stack) or 0) > 0

    def test_images_are_those_that_it_was_given(self, subject: Subject) -> None:
        """An engine without images says of no service that it has one."""
        images = {service.name: service.image for service in subject.services()}
        given = subject.spec.images
        assert (given is not None) is subject.engine.traits.runs_images
        assert images == {name: given.refs[name] if given else None for name in images}

    def test_a_running_stack_is_known_to_the_engine(self, subject: Subject) -> None:
        """It has data, is of this state directory, and of its project if the engine can list stacks."""
        engine, stack = subject.engine, subject.stack
        assert (engine.has_data(stack), engine.had_data(stack)) == (True, True)
        assert engine.other_state(stack) is None
        assert engine.stacks(stack.owner).get(stack.name) in {None, str(stack.project)}
        assert stack.name not in engine.stacks(stack.owner + 1)
        assert list(engine.resume(stack)) == []

    def test_addresses_are_of_the_ports_of_the_stack(self, subject: Subject) -> None:
        """For clients on this machine; the frontend's for other services is a host and a port."""
        spec = subject.spec
        assert subject.engine.http_port(spec.ports, spec.web) in spec.ports.values()
        host, port = subject.engine.internal_address(spec.ports).split(":")
        assert host
        assert int(port) > 0

    def test_a_launch_of_what_runs_changes_nothing(self, subject: Subject) -> None:
        """`up` twice is one stack."""
        before = [(service.name, service.started_at) for service in subject.services()]
        subject.launch()
        assert [(service.name, service.started_at) for service in subject.services()] == before

    def test_a_command_runs_beside_the_server_and_its_exit_code_is_returned(self, subject: Subject) -> None:
        """Whatever it is."""
        for code in (0, 3):
            command = ["sh", "-c", f"exit {code}"]
            assert subject.engine.execute(subject.stack, SERVER, command) == code

    def test_an_error_that_it_knows_nothing_of_is_left_as_it_is(self, subject: Subject) -> None:
        """It explains its own only."""
        error = DevenvError("something else", hint="do something about it")
        assert subject.engine.explain(error, subject.stack) is error

    def test_a_stopped_stack_keeps_its_services_and_data_and_holds_no_port(self, subject: Subject) -> None:
        """`stop` is to zero, and not away."""
        names = subject.names()
        subject.engine.stop(subject.stack)
        assert subject.names() == names
        assert all(service.has_ended for service in subject.services())
        assert subject.held() == frozenset()
        assert subject.engine.has_data(subject.stack)

    def test_a_stopped_service_is_started_again(self, subject: Subject) -> None:
        """On its ports, as another run; what was said before the mark is not said after it."""
        engine, stack = subject.engine, subject.stack
        before = {service.name: service.started_at for service in subject.services()}
        mark = engine.log_mark(stack, SERVER)
        old = [line.text for line in engine.logs(stack, [SERVER])]
        engine.start(subject.spec)
        subject.await_running()
        for service in subject.services():
            started, earlier = service.started_at, before[service.name]
            assert started is not None
            assert earlier is not None
            assert started > earlier
        eventually(lambda: engine.log_since(stack, SERVER, mark))
        new = engine.log_since(stack, SERVER, mark)
        assert new[0] == [line.text for line in engine.logs(stack, [SERVER])][len(old)]

    def test_logs_are_of_the_services_that_were_asked_for(self, subject: Subject) -> None:
        """All, one, or the last lines of one; they end where nobody follows."""
        engine, stack = subject.engine, subject.stack
        lines = list(engine.logs(stack, [SERVER]))
        assert lines
        assert {line.service for line in lines} == {SERVER}
        assert len(list(engine.logs(stack, [SERVER], tail=1))) == 1
        assert {line.service for line in engine.logs(stack)} >= {SERVER}

    def test_its_data_is_saved_while_it_runs(self, subject: Subject) -> None:
        """Every service runs on, as it did before; the copy is one that can be used here."""
        before = [(service.name, service.state, service.started_at) for service in subject.services()]
        saved = subject.engine.save_data(subject.stack, subject.copy, subject.image)
        assert [(each.name, each.state, each.started_at) for each in subject.services()] == before
        assert [path for path in subject.copy.iterdir() if path.stat().st_size]
        assert saved.held_s >= 0
        subject.engine.check_copy(saved.versions)
        assert not subject.engine.settle_data(subject.stack, subject.image)
        assert [(each.name, each.state, each.started_at) for each in subject.services()] == before

    def test_a_removed_stack_is_absent_and_keeps_its_data(self, subject: Subject) -> None:
        """Nothing of it runs or holds a port."""
        subject.engine.remove(subject.stack, volumes=False)
        assert subject.services() == []
        assert subject.held() == frozenset()
        assert subject.engine.has_data(subject.stack)
        assert subject.engine.had_data(subject.stack)

    def test_a_copy_replaces_the_data_or_what_it_had_stays(self, subject: Subject, tmp_path: Path) -> None:
        """One that is no copy changes nothing; after both there is nothing left to clear."""
        engine, stack = subject.engine, subject.stack
        with pytest.raises((DevenvError, OSError)):
            engine.restore_data(stack, tmp_path, subject.image)
        assert engine.has_data(stack)
        engine.restore_data(stack, subject.copy, subject.image)
        assert engine.has_data(stack)
        assert not engine.settle_data(stack, subject.image)
        assert subject.services() == []

    def test_a_copy_becomes_the_data_of_a_stack_that_has_none(self, subject: Subject) -> None:
        """It runs with it, under its own name, ports and password."""
        engine, stack = subject.engine, subject.stack
        engine.remove(stack, volumes=True)
        assert not engine.settle_data(stack, subject.image)
        engine.restore_data(stack, subject.copy, subject.image)
        assert (engine.has_data(stack), engine.had_data(stack)) == (True, True)
        engine.prepare(subject.spec, None)
        subject.launch()

    def test_with_its_volumes_a_stack_leaves_nothing(self, subject: Subject) -> None:
        """Not even a sign that it was here; to remove it again is no error."""
        for _ in range(2):
            subject.engine.remove(subject.stack, volumes=True)
            assert not subject.engine.has_data(subject.stack)
            assert not subject.engine.had_data(subject.stack)
        assert subject.stack.name not in subject.engine.stacks(subject.stack.owner)


def eventually(condition: Callable[[], object]) -> None:
    """Wait until `condition` holds."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, f"waited {PATIENCE_S} s in vain"
        time.sleep(0.05)
