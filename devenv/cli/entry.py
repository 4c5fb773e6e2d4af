"""What the command starts with: signals are heard before anything else is imported.

So neither this module nor what it imports at once imports `typing`, which takes as long as Python's start.
"""

from __future__ import annotations

from devenv.cli.stopping import leave_at_once
from devenv.cli.streams import prepare_streams

TYPE_CHECKING = False  # the type checker knows it by its name
if TYPE_CHECKING:
    from typing import NoReturn


def main() -> NoReturn:
    """Run this process's command line and exit."""
    leave_at_once()
    prepare_streams()
    from devenv.cli.main import main as run

    run()
