"""The command line and the environment of the development server."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from devenv.engines import ports, temporal_cli

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from devenv.engines.protocol import LaunchSpec, Ports

_INHERITED = ("PATH", "HOME", "LANG", "TMPDIR")
_FOREIGN_PREFIX = "TEMPORAL_"


def declared_arguments(spec: LaunchSpec, database: Path) -> tuple[str, ...]:
    """Return the arguments that follow from `spec`: as long as they are the same, so is the server."""
    return (
        *("server", "start-dev"),
        *("--ip", ports.LOOPBACK),
        *("--port", str(spec.ports.grpc)),
        *("--ui-port", str(spec.ports.ui)),
        *("--http-port", str(spec.ports.http)),
        *("--db-filename", str(database)),
        *("--log-level", "warn"),
        *("--log-format", "text"),
        *temporal_cli.IGNORING_CONFIGURATION,
        *_dynamic_config(spec.settings),
    )


def environment(inherited: Mapping[str, str]) -> dict[str, str]:
    """Return the little of the user's environment that the server gets."""
    return {name: inherited[name] for name in _INHERITED if name in inherited}


def client_environment(inherited: Mapping[str, str], address: Ports) -> dict[str, str]:
    """Return the user's environment, with every client meant for this server."""
    kept = {name: value for name, value in inherited.items() if not name.startswith(_FOREIGN_PREFIX)}
    return kept | {
        "TEMPORAL_ADDRESS": f"{ports.LOOPBACK}:{address.grpc}",
        "TEMPORAL_CONFIG_FILE": os.devnull,  # the user's profile may name a cloud address and a key
    }


def _dynamic_config(settings: Mapping[str, object]) -> list[str]:
    pairs = [f"{key}={json.dumps(value)}" for key, value in sorted(settings.items())]
    return [argument for pair in pairs for argument in ("--dynamic-config-value", pair)]
