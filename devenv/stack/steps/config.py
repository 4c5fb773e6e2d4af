"""The dynamic config that the server reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devenv.stack.config_delivery import begin_delivery

if TYPE_CHECKING:
    from devenv.stack.steps.context import UpContext


def deliver_config(up: UpContext) -> None:
    """Write the file before a launch: a server that starts now reads it at once."""
    up.delivery = begin_delivery(up.observe(), up.desired.dynamic_config)


def confirm_config(up: UpContext) -> None:
    """Wait until a server that was running already says that it uses the file."""
    up.delivery.finish(up.progress)
