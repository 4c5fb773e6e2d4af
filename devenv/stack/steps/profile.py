"""The stack's profile in Temporal's own configuration file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devenv.errors import DevenvError
from devenv.events import warn
from devenv.stack import client_profile
from devenv.stack.endpoints import endpoints_of
from devenv.stack.environment import API_KEY

if TYPE_CHECKING:
    from devenv.engines.protocol import StackIdentity
    from devenv.stack.dependencies import Dependencies
    from devenv.stack.steps.context import UpContext


def write_profile(up: UpContext) -> None:
    """Write the profile if it is wanted, else take away an earlier one.

    A file that cannot be used is a warning: the stack is ready without it. A profile that an option asked for
    stays wanted until `down`.
    """
    store, stack, suffix = up.deps.store, up.stack.name, up.stack.suffix
    asked, before = up.request.profile, client_profile.written_profile(store, stack, suffix)
    is_asked = bool(before and before.is_asked) if asked is None else asked
    if not is_asked and (asked is False or not up.desired.settings.profile):
        end_profile(up.deps, up.stack.identity, suffix)
        return
    endpoints = endpoints_of(up.record, up.engine)
    values = {"address": endpoints.grpc, "namespace": up.desired.namespace}
    for addon in up.record.addons:
        if API_KEY in addon.environment:
            values["api_key"] = addon.environment[API_KEY]
    with up.progress.step("profile") as step:
        try:
            file = client_profile.write_profile(
                store, stack, values, endpoints.access.tls, is_asked=is_asked, suffix=suffix
            )
        except DevenvError as error:
            step.outcome = "not written"
            _warn(up.deps, error)
        else:
            step.outcome = f"{client_profile.name_of(stack, suffix)} in {file}"


def end_profiles(deps: Dependencies, stack: StackIdentity) -> None:
    """Take away the profile of the stack, and those of worktrees that share it; as `end_profile`."""
    for suffix in client_profile.written_for(deps.store, stack.name):
        end_profile(deps, stack, suffix)


def end_profile(deps: Dependencies, stack: StackIdentity, suffix: str = "") -> None:
    """Take away the profile of the stack, if there is one; one that cannot be removed is a warning."""
    try:
        client_profile.remove_profile(deps.store, stack.name, suffix)
    except DevenvError as error:
        _warn(deps, error)


def _warn(deps: Dependencies, error: DevenvError) -> None:
    hint = f"; {error.hint}" if error.hint else ""
    warn(deps.reporter, f"Temporal's configuration is left as it is: {error.message}{hint}")
