"""Variables in the words of each shell."""

from __future__ import annotations

import pytest

from devenv.cli.commands.env import EnvFormat
from devenv.cli.views.env import env_text

ODD = "it\\'s \u2019x;$(y)"


@pytest.mark.parametrize(
    ("style", "assigned", "removed"),
    [
        (EnvFormat.SHELL, "export NAME='it\\'\"'\"'s \u2019x;$(y)'", "unset TEMPORAL_API_KEY "),
        (EnvFormat.FISH, "set -gx NAME 'it\\\\\\'s \u2019x;$(y)';", "set -e TEMPORAL_API_KEY "),
        (
            EnvFormat.POWERSHELL,
            "$env:NAME = 'it\\''s \u2019\u2019x;$(y)'",
            "Remove-Item Env:TEMPORAL_API_KEY, ",
        ),
    ],
)
def test_each_shell_gets_its_own_quotes(style: EnvFormat, assigned: str, removed: str) -> None:
    """Fish escapes by backslashes, PowerShell by doubling, also of typographic quotation marks."""
    first, last = env_text({"NAME": ODD}, style).splitlines()
    assert first.startswith(removed)
    assert last == assigned
