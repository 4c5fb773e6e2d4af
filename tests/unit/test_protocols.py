"""Fakes and real adapters stand where the Protocols are asked for.

mypy checks the assignments of `_typed`; the test checks at run time what mypy takes on trust: that a real
adapter has every method, with the parameters that its callers and its fake know.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Protocol, get_protocol_members

import pytest
from fakes import (
    FakeCanaries,
    FakeClock,
    FakeEngine,
    FakeGateway,
    FakeImages,
    FakeLaunch,
    FakeMachine,
    FakePorts,
    RecordingReporter,
)
from fakes_images import FakeImageStore
from wirings import FakeWiring

import devenv.wiring
from devenv import wiring
from devenv.cli.call import Wiring
from devenv.cli.output.live import LiveReporter
from devenv.cli.output.reporters import JsonLinesReporter, PlainReporter
from devenv.doctor.checks import Machine
from devenv.doctor.machine import ThisMachine
from devenv.engines.compose.engine import ComposeEngine
from devenv.engines.compose.launch import ComposeLaunch
from devenv.engines.docker_images import DockerImages
from devenv.engines.embedded import EmbeddedEngine
from devenv.engines.embedded.launch import EmbeddedLaunch
from devenv.engines.protocol import Engine, Launch
from devenv.events import Reporter
from devenv.images.store import ImageStore
from devenv.stack.toolkit import Clock, ImageSource, PortBook
from devenv.temporal.canary import ServerCanaries
from devenv.temporal.gateway import ServerGateway
from devenv.temporal.protocol import Canaries, Gateway

if TYPE_CHECKING:

    def _typed(
        engines: tuple[FakeEngine, ComposeEngine, EmbeddedEngine],
        launches: tuple[FakeLaunch, ComposeLaunch, EmbeddedLaunch],
        gateways: tuple[FakeGateway, ServerGateway],
        canaries: tuple[FakeCanaries, ServerCanaries],
        reporters: tuple[RecordingReporter, PlainReporter, LiveReporter, JsonLinesReporter],
        clocks: tuple[FakeClock, wiring._SystemClock],
        images: tuple[FakeImages, wiring._LocalImages],
        ports: tuple[FakePorts, wiring._MachinePorts],
        machines: tuple[FakeMachine, ThisMachine],
        stores: tuple[FakeImageStore, DockerImages],
        wirings: FakeWiring,
    ) -> None:
        _1: tuple[Engine, ...] = engines
        _2: tuple[Launch, ...] = launches
        _3: tuple[Gateway, ...] = gateways
        _4: tuple[Canaries, ...] = canaries
        _5: tuple[Reporter, ...] = reporters
        _6: tuple[Clock, ...] = clocks
        _7: tuple[ImageSource, ...] = images
        _8: tuple[PortBook, ...] = ports
        _9: tuple[Machine, ...] = machines
        _10: tuple[ImageStore, ...] = stores
        _11: tuple[Wiring, ...] = (wirings, devenv.wiring)


PAIRS: list[tuple[type, object]] = [
    *((Engine, each) for each in (FakeEngine, ComposeEngine, EmbeddedEngine)),
    *((Launch, each) for each in (FakeLaunch, ComposeLaunch, EmbeddedLaunch)),
    *((Gateway, each) for each in (FakeGateway, ServerGateway)),
    *((Canaries, each) for each in (FakeCanaries, ServerCanaries)),
    *((Reporter, each) for each in (RecordingReporter, PlainReporter, LiveReporter, JsonLinesReporter)),
    *((Clock, each) for each in (FakeClock, wiring._SystemClock)),
    *((ImageSource, each) for each in (FakeImages, wiring._LocalImages)),
    *((PortBook, each) for each in (FakePorts, wiring._MachinePorts)),
    *((Machine, each) for each in (FakeMachine, ThisMachine)),
    *((ImageStore, each) for each in (FakeImageStore, DockerImages)),
    *((Wiring, each) for each in (FakeWiring, devenv.wiring)),
]


def names(pair: tuple[type, object]) -> str:
    return " ".join(getattr(each, "__name__", "") for each in pair)
