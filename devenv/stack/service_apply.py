"""A new service on a stack that is up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devenv.errors import DevenvError, ServiceNotAppliedError
from devenv.stack.up import bring_up

if TYPE_CHECKING:
    from collections.abc import Callable

    from devenv.engines.protocol import StackIdentity
    from devenv.stack.dependencies import Dependencies
    from devenv.stack.desired import Desired
    from devenv.stack.report import StackReport
    from devenv.stack.up import UpRequest


def apply_service(
    service: str, stack: StackIdentity, desired: Callable[[], Desired], request: UpRequest, deps: Dependencies
) -> StackReport:
    """Bring a stack that is up to the state that now includes `service`, whose files stay in any case.

    Raises:
        ServiceNotAppliedError: The stack does not take it, or the project cannot be read.
    """
    try:
        return bring_up(stack, desired(), request, deps)
    except DevenvError as error:
        raise ServiceNotAppliedError(service, error) from error
