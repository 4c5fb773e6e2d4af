"""An engine that knows whether who changes a stack keeps others out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fakes.engine import FakeEngine

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fakes.launch import FakeLaunch

    from devenv.engines.protocol import LaunchSpec, StackIdentity
    from devenv.events import Reporter
    from devenv.project.state import StackStore


@dataclass(kw_only=True)
class LockedEngine(FakeEngine):
    """Notes what is changed by somebody who has not locked the stack in `store`."""

    store: StackStore
    changes_without_lock: list[str] = field(default_factory=list)

    def launch(self, spec: LaunchSpec, reporter: Reporter) -> FakeLaunch:
        self._note(spec.stack, "launch")
        return super().launch(spec, reporter)

    def start(self, spec: LaunchSpec, services: Sequence[str] = ()) -> None:
        self._note(spec.stack, "start")
        super().start(spec, services)

    def stop(self, stack: StackIdentity, services: Sequence[str] = ()) -> None:
        self._note(stack, "stop")
        super().stop(stack, services)

    def remove(self, stack: StackIdentity, *, volumes: bool) -> None:
        self._note(stack, "remove")
        super().remove(stack, volumes=volumes)

    def _note(self, stack: StackIdentity, change: str) -> None:
        if not self.store.is_locked(stack.name):
            self.changes_without_lock.append(change)
