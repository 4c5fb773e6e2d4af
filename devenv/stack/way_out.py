"""What to do about a failed `up`, given what it was asked and what there was before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devenv.errors import PortTakenError, ServiceCrashedError

if TYPE_CHECKING:
    from devenv.errors import DevenvError
    from devenv.stack.port_choice import DeclaredPorts


def helpful_hint(
    error: DevenvError, ports: DeclaredPorts, *, any_port: bool, keep_on_failure: bool, was_running: bool
) -> str:
    """Return the hint of `error`, or a better one where it names an option that was given or cannot work."""
    match error:
        case PortTakenError(setting=setting):
            # A stack that runs, be it in part, keeps its ports; a new one of an add-on is free to move.
            others = _other_port(
                ports.setting_of(setting),
                is_fixed=setting in ports.written,
                any_port=any_port,
                was_running=was_running and setting not in ports.owners,
            )
            return f"{error.remedy}{others}"
        case ServiceCrashedError() if keep_on_failure:
            return "everything is still there: read `devenv logs`; `devenv down` takes it away"
    return error.hint


def _other_port(setting: str, *, is_fixed: bool, any_port: bool, was_running: bool) -> str:
    """Return how the stack gets another port."""
    if is_fixed:
        without = "without that line devenv" if any_port else "without that line `devenv up --any-port`"
        return (
            f", or change `{setting}` in devenv.toml (or devenv.local.toml), which "
            f"fixes the port: {without} takes a free one"
        )
    if was_running:
        return ", or let the stack move: `devenv down`, which keeps its data, then `devenv up --any-port`"
    if any_port:
        return f", or choose another port with `{setting}` in devenv.toml"
    return f", choose another port with `{setting}` in devenv.toml, or run `devenv up --any-port`"
