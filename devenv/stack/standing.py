"""What a command that is not about the stack wants to know of it before it goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devenv.errors import NotRunningError, PortTakenError, PrerequisiteError
from devenv.stack.environment import running_endpoints
from devenv.stack.records import load_own_record

if TYPE_CHECKING:
    from devenv.engines.protocol import StackIdentity
    from devenv.stack.dependencies import Dependencies


def is_up(stack: StackIdentity, deps: Dependencies) -> bool:
    """Whether there is a server that a declaration could be applied to."""
    try:
        running_endpoints(stack, deps)
    except (NotRunningError, PortTakenError, PrerequisiteError):
        return False
    return True


def has_registry(stack: StackIdentity, deps: Dependencies) -> bool:
    """Whether images can be expected to come from a registry: stand-ins are for where there is none."""
    record = load_own_record(stack, deps.store)
    if record is None:
        return True
    return record.image_family == "official" and deps.engine(record.engine).traits.runs_images
