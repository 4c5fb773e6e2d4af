"""What the command starts with: signals are heard before anything else is imported."""

from __future__ import annotations

from typing import NoReturn

from devenv.cli.stopping import leave_at_once


def main() -> NoReturn:
    """Run this process's command line and exit."""
    leave_at_once()
    from devenv.cli.main import main as run

    run()
