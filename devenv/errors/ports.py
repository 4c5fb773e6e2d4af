"""A port that the stack must publish, and that is not to be had."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devenv.errors.base import DevenvError, ExitCode

if TYPE_CHECKING:
    from collections.abc import Sequence


class PortTakenError(DevenvError):
    """A port the stack must publish is held by somebody else; one that `was_free` got lost in the launch.

    `freed_by` is a command that ends what holds it.
    """

    code = "port-taken"
    exit_code = ExitCode.PORT_TAKEN

    def __init__(
        self,
        port: int,
        setting: str,
        holder: str,
        *,
        was_free: bool = False,
        freed_by: str | None = None,
        details: Sequence[str] = (),
    ) -> None:
        self.setting = setting
        self.was_free = was_free
        self.remedy = f"`{freed_by}` frees it" if freed_by else "stop it"
        super().__init__(
            f"Port {port} ({setting}) is taken by {holder}",
            details=details,
            hint=self.hint_for(f"[ports] {setting}"),
        )

    def hint_for(self, setting: str) -> str:
        """Return what to do where `setting` chooses the port, and it may move."""
        return (
            f"{self.remedy}, choose another port with `{setting}` in devenv.toml, "
            "or run `devenv up --any-port`"
        )
