"""A new service on a stack that is up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devenv.errors import DevenvError, ServiceNotAppliedError
from devenv.stack.up import bring_up

if TYPE_CHECKING:
    from collections.abc import Callable

    from devenv.stack.desired import Desired
    from devenv.stack.report import StackReport
    from devenv.stack.stack import Stack
    from devenv.stack.up import UpRequest


def expects_registry(stack: Stack) -> bool:
    """Tell whether images can be expected to come from a registry: stand-ins are for where there is none."""
    record = stack.record
    if record is None:
        return True
    return record.image_family == "official" and stack.deps.engine(record.engine).traits.runs_images


def apply_service(
    service: str, stack: Stack, desired: Callable[[], Desired], request: UpRequest
) -> StackReport:
    """Bring a stack that is up to the state that now includes `service`, whose files stay in any case.

    Raises:
        ServiceNotAppliedError: The stack does not take it, or the project cannot be read.
    """
    try:
        return bring_up(stack, desired(), request)
    except DevenvError as error:
        raise ServiceNotAppliedError(service, error) from error
