"""The stack's profile in Temporal's own configuration file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devenv.errors import DevenvError
from devenv.events import warn
from devenv.stack import client_profile
from devenv.stack.endpoints import endpoints_of

if TYPE_CHECKING:
    from devenv.engines.protocol import StackIdentity
    from devenv.stack.dependencies import Dependencies
    from devenv.stack.steps.context import UpContext


def write_profile(up: UpContext) -> None:
    """Write the profile if it is wanted, else take away an earlier one.

    A file that cannot be used is a warning: the stack is ready without it. A profile that an option asked for
    stays wanted until `down`.
    """
    store, stack, asked = up.deps.store, up.stack.name, up.request.profile
    before = client_profile.written_profile(store, stack)
    is_asked = bool(before and before.is_asked) if asked is None else asked
    if not is_asked and (asked is False or not up.desired.settings.profile):
        end_profile(up.deps, up.stack.identity)
        return
    values = {
        "address": endpoints_of(up.record, up.engine).grpc,
        "namespace": up.desired.settings.namespace,
    }
    with up.progress.step("profile") as step:
        try:
            file = client_profile.write_profile(store, stack, values, is_asked=is_asked)
        except DevenvError as error:
            step.outcome = "not written"
            _warn(up.deps, error)
        else:
            step.outcome = f"{stack} in {file}"


def end_profile(deps: Dependencies, stack: StackIdentity) -> None:
    """Take away the profile of the stack, if there is one; one that cannot be removed is a warning."""
    try:
        client_profile.remove_profile(deps.store, stack.name)
    except DevenvError as error:
        _warn(deps, error)


def _warn(deps: Dependencies, error: DevenvError) -> None:
    hint = f"; {error.hint}" if error.hint else ""
    warn(deps.reporter, f"Temporal's configuration is left as it is: {error.message}{hint}")
