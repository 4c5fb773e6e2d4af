"""What `up`, `start` and `status` answer, as values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta

    from devenv.dynamicconfig.changes import ConfigChange
    from devenv.engines.protocol import Service
    from devenv.seeds.changes import Change
    from devenv.stack.data_versions import VersionChange
    from devenv.stack.endpoints import Endpoints
    from devenv.stack.pages import Page
    from devenv.stack.progress import Timing
    from devenv.temporal.protocol import QueueActivity


class StackState(StrEnum):
    """How a stack is."""

    READY = "ready"
    STARTING = "starting"
    DEGRADED = "degraded"
    STOPPED = "stopped"
    ABSENT = "absent"


class NamespaceState(StrEnum):
    """How a declared namespace is: proven usable, only registered, or not there."""

    USABLE = "usable"
    REGISTERED = "registered"
    MISSING = "missing"


@dataclass(frozen=True)
class NamespaceReport:
    """A declared namespace, as the server has it."""

    name: str
    state: NamespaceState
    retention: timedelta


@dataclass(frozen=True)
class StackReport:
    """One stack, as it is now. Fields that an absent stack cannot have are None or empty."""

    stack: str
    state: StackState
    engine: str | None = None
    endpoints: Endpoints | None = None
    network: str | None = None
    services: Sequence[Service] = ()
    namespaces: Sequence[NamespaceReport] = ()
    timings: Sequence[Timing] = ()
    not_enforced: Sequence[str] = ()
    drift: Sequence[Change] = ()
    versions: Sequence[VersionChange] = ()
    """Versions that are declared, and not those that the data was made with."""
    config: Sequence[ConfigChange] = ()
    """Dynamic config that is declared, and not what the server uses."""
    addons: Sequence[str] = ()
    pages: Sequence[Page] = ()
    task_queues: Sequence[QueueActivity] = ()
    alerts: Sequence[str] = ()
    """What the services of add-ons say is wrong, as sentences."""
