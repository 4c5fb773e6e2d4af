"""Where Temporal's own configuration is, with the profiles that its CLI and SDKs read."""

from __future__ import annotations

import os
from pathlib import Path

from platformdirs import user_config_path

FILE_VARIABLE = "TEMPORAL_CONFIG_FILE"


def config_file() -> Path:
    """Return the file that Temporal's CLI and SDKs read, as the environment places it."""
    usual = user_config_path("temporalio", appauthor=False) / "temporal.toml"
    return Path(os.environ.get(FILE_VARIABLE) or usual)
