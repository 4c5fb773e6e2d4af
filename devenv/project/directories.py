"""The directories of this user."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from platformdirs import user_state_path

_APPLICATION: Final = "temporal-devenv"


def state_dir() -> Path:
    """Return where devenv keeps what must not be lost: `$XDG_STATE_HOME/temporal-devenv`."""
    # Asked on macOS too, where platformdirs need not. A relative value is void, says the XDG specification.
    home = Path(os.environ.get("XDG_STATE_HOME", ""))
    return home / _APPLICATION if home.is_absolute() else user_state_path(_APPLICATION)
