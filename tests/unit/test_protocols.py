"""Fakes and real adapters stand where the Protocols are asked for.

mypy checks the assignments of `_typed`; the test checks at run time what mypy takes on trust: that a real
adapter has every method, with the parameters that its callers and its fake know.
"""

from __future__ import annotations

import inspect
import pkgutil
from typing import TYPE_CHECKING, Protocol

import pytest
from fakes.engine import FakeClock, FakeEngine, RecordingReporter
from fakes.gateway import FakeCanaries, FakeGateway
from fakes.images import FakeImageStore
from fakes.launch import FakeLaunch
from fakes.machine import FakeMachine, FakePorts, FakeServerValidator
from fakes.wiring import FakeWiring

import devenv.addons
import devenv.wiring
from devenv import wiring
from devenv.addons import AddonModule, module_of
from devenv.cli.context import Wiring
from devenv.cli.output.deferred import DeferredReporter
from devenv.cli.output.documents import JsonLinesReporter
from devenv.cli.output.live import LiveReporter
from devenv.cli.output.plain import PlainReporter
from devenv.doctor.checks import Machine
from devenv.doctor.machine import ThisMachine
from devenv.engines.compose.engine import ComposeEngine
from devenv.engines.compose.launch import ComposeLaunch
from devenv.engines.docker.images import DockerImages
from devenv.engines.docker.server_validator import DockerServerValidator
from devenv.engines.embedded.engine import EmbeddedEngine
from devenv.engines.embedded.launch import EmbeddedLaunch
from devenv.engines.protocol import Engine, Launch, ServerValidator
from devenv.events import Reporter
from devenv.images.store import ImageStore
from devenv.project.builtin import addons_dir
from devenv.stack.dependencies import Clock, PortBook
from devenv.temporal.canary import ServerCanaries
from devenv.temporal.gateway import ServerGateway
from devenv.temporal.protocol import Canaries, Gateway

if TYPE_CHECKING:

    def _typed(
        *,
        engines: tuple[FakeEngine, ComposeEngine, EmbeddedEngine],
        launches: tuple[FakeLaunch, ComposeLaunch, EmbeddedLaunch],
        gateways: tuple[FakeGateway, ServerGateway],
        canaries: tuple[FakeCanaries, ServerCanaries],
        reporters: tuple[RecordingReporter, DeferredReporter, PlainReporter, LiveReporter, JsonLinesReporter],
        clocks: tuple[FakeClock, wiring._SystemClock],
        ports: tuple[FakePorts, wiring._MachinePorts],
        machines: tuple[FakeMachine, ThisMachine],
        stores: tuple[FakeImageStore, DockerImages],
        wirings: FakeWiring,
        validators: tuple[FakeServerValidator, DockerServerValidator],
    ) -> None:
        _1: tuple[Engine, ...] = engines
        _2: tuple[Launch, ...] = launches
        _3: tuple[Gateway, ...] = gateways
        _4: tuple[Canaries, ...] = canaries
        _5: tuple[Reporter, ...] = reporters
        _6: tuple[Clock, ...] = clocks
        _8: tuple[PortBook, ...] = ports
        _9: tuple[Machine, ...] = machines
        _10: tuple[ImageStore, ...] = stores
        _11: tuple[Wiring, ...] = (wirings, devenv.wiring)
        _12: tuple[ServerValidator, ...] = validators


PAIRS: list[tuple[type, object]] = [
    *((Engine, each) for each in (FakeEngine, ComposeEngine, EmbeddedEngine)),
    *((Launch, each) for each in (FakeLaunch, ComposeLaunch, EmbeddedLaunch)),
    *((Gateway, each) for each in (FakeGateway, ServerGateway)),
    *((Canaries, each) for each in (FakeCanaries, ServerCanaries)),
    *(
        (Reporter, each)
        for each in (RecordingReporter, DeferredReporter, PlainReporter, LiveReporter, JsonLinesReporter)
    ),
    *((Clock, each) for each in (FakeClock, wiring._SystemClock)),
    *((PortBook, each) for each in (FakePorts, wiring._MachinePorts)),
    *((Machine, each) for each in (FakeMachine, ThisMachine)),
    *((ImageStore, each) for each in (FakeImageStore, DockerImages)),
    *((Wiring, each) for each in (FakeWiring, devenv.wiring)),
    *((ServerValidator, each) for each in (FakeServerValidator, DockerServerValidator)),
]


def names(pair: tuple[type, object]) -> str:
    return " ".join(getattr(each, "__name__", "") for each in pair)


@pytest.mark.parametrize("pair", PAIRS, ids=names)
def test_an_adapter_has_every_method_of_its_protocol(pair: tuple[type, object]) -> None:
    """With the same parameters, under the same names and of the same kinds."""
    protocol, adapter = pair
    promised = {name: value for name, value in vars(protocol).items() if _is_promised(name, value)}
    assert promised
    for name, value in promised.items():
        assert hasattr(adapter, name) or name in _fields(adapter), f"{names(pair)} lacks {name}"
        if inspect.isfunction(value):
            assert _parameters(getattr(adapter, name)) == _parameters(value), name


def _is_promised(name: str, value: object) -> bool:
    is_part = inspect.isfunction(value) or isinstance(value, property)
    return is_part and (not name.startswith("_") or name in {"__enter__", "__exit__"})


def _fields(adapter: object) -> set[str]:
    return set(getattr(adapter, "__dataclass_fields__", {}))


def _parameters(function: object) -> list[tuple[str, object, object]]:
    assert callable(function)
    parameters = inspect.signature(function).parameters.values()
    return [(each.name, each.kind, each.default) for each in parameters if each.name != "self"]


def test_a_protocol_with_another_signature_would_be_noticed() -> None:
    """The comparison can fail."""

    class Louder(Protocol):
        def now(self, zone: str) -> float: ...

    with pytest.raises(AssertionError):
        test_an_adapter_has_every_method_of_its_protocol((Louder, FakeClock))


def test_the_code_of_every_add_on_has_what_devenv_calls() -> None:
    """A module is a Protocol's without `self`, and belongs to an add-on that is shipped."""
    assert module_of("no-such-add-on") is None
    for found in pkgutil.iter_modules(devenv.addons.__path__):
        name = found.name.replace("_", "-")
        assert (addons_dir() / name).is_dir()
        for function in ("check", "access", "prepare", "after_ready", "alerts", "before_down"):
            _, *expected = inspect.signature(getattr(AddonModule, function)).parameters
            assert list(inspect.signature(getattr(module_of(name), function)).parameters) == expected
