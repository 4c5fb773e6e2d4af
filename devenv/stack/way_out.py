"""What to do about a failed `up`, given what it was asked and what there was before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devenv.errors import PortTakenError, ServiceCrashedError

if TYPE_CHECKING:
    from devenv.errors import DevenvError
    from devenv.project.settings import Settings


def helpful_hint(
    error: DevenvError, settings: Settings, *, any_port: bool, keep_on_failure: bool, was_running: bool
) -> str:
    """Return the hint of `error`, or a better one where it names an option that was given or cannot work."""
    match error:
        case PortTakenError(setting=setting):
            is_fixed = setting in settings.explicit_ports
            others = _other_port(setting, is_fixed=is_fixed, any_port=any_port, was_running=was_running)
            return f"{error.remedy}{others}"
        case ServiceCrashedError() if keep_on_failure:
            return "everything is still there: read `devenv logs`; `devenv down` takes it away"
    return error.hint


def _other_port(setting: str, *, is_fixed: bool, any_port: bool, was_running: bool) -> str:
    """Return how the stack gets another port."""
    if is_fixed:
        without = "without that line devenv" if any_port else "without that line `devenv up --any-port`"
        return (
            f", or change `[ports] {setting}` in devenv.toml (or devenv.local.toml), which "
            f"fixes the port: {without} takes a free one"
        )
    if was_running:
        # A stack that runs, be it in part, keeps its ports.
        return ", or let the stack move: `devenv down`, which keeps its data, then `devenv up --any-port`"
    if any_port:
        return f", or choose another port with `[ports] {setting}` in devenv.toml"
    return f", choose another port with `[ports] {setting}` in devenv.toml, or run `devenv up --any-port`"
