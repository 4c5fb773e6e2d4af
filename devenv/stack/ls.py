"""`ls`: every stack of this user on this machine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from devenv.engines.protocol import StackIdentity
from devenv.errors import PrerequisiteError
from devenv.stack.records import readable_records, stacks_on_engines
from devenv.stack.status import state_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from devenv.stack.dependencies import Dependencies


@dataclass(frozen=True)
class ListedStack:
    """One stack; `state` is `unknown` where its engine does not answer, `grpc` where it listened last."""

    name: str
    state: str
    engine: str
    project: str
    project_exists: bool
    grpc: str | None
    addons: Sequence[str] = ()


def list_stacks(deps: Dependencies) -> list[ListedStack]:
    """Return recorded stacks, and those that only an engine can tell of, by name."""
    recorded = {record.name: record for record in readable_records(deps)}
    listed = [
        _listed(
            StackIdentity(name, Path(record.project), record.owner),
            record.engine,
            record.ports.address("grpc"),
            deps,
            [addon.name for addon in record.addons if not addon.lacks],
        )
        for name, record in recorded.items()
    ]
    listed += [
        _listed(StackIdentity(name, Path(project), deps.owner), engine, None, deps)
        for name, (project, engine) in stacks_on_engines(deps).items()
        if name not in recorded
    ]
    return sorted(listed, key=lambda stack: stack.name)


def _listed(
    stack: StackIdentity, engine: str, grpc: str | None, deps: Dependencies, addons: Sequence[str] = ()
) -> ListedStack:
    try:
        state: str = state_of(deps.engine(engine).services(stack))
    except PrerequisiteError:
        state = "unknown"
    return ListedStack(stack.name, state, engine, str(stack.project), stack.project.is_dir(), grpc, addons)
