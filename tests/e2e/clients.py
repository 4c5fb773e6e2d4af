"""Programs that are clients of a stack, as users have them: all they know of it comes from `devenv env`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from e2e.command_line import Cli

CLIENTS = Path(__file__).parent
PYTHON_CLIENT = (sys.executable, str(CLIENTS / "envconfig_client.py"))
TEMPORAL_CLI = ("temporal", "workflow", "count")


def evaluated(cli: Cli, command: Sequence[str]) -> list[str]:
    """Return the words that `command` prints after `eval "$(devenv env)"`."""
    script = f'eval "$(devenv env)" && exec {" ".join(command)}'
    result = cli.shell(script)
    assert result.exit == 0, result
    return result.out.split()
