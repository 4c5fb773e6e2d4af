"""The command line and the environment of the development server."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from devenv.engines.host import temporal_cli

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from devenv.engines.protocol import LaunchSpec, Web
    from devenv.project.services import Ports

ALLOWED_HOSTS = "frontend.httpAllowedHosts"
# With a blank in it, it is in no request: a host name has none. Nobody can make a browser send it, either.
NO_HOST = "no host"
VERB = "start-dev"
PORT_OPTIONS = {"grpc": "--port", "ui": "--ui-port", "http": "--http-port"}
METRICS_OPTION = "--metrics-port"
ADDRESS_OPTION = "--ip"

_INHERITED = ("PATH", "HOME", "LANG", "TMPDIR")
_FOREIGN_PREFIX = "TEMPORAL_"


def declared_arguments(spec: LaunchSpec, database: Path) -> tuple[str, ...]:
    """Return the arguments that follow from `spec`: as long as they are the same, so is the server."""
    return (
        *("server", VERB),
        *(ADDRESS_OPTION, spec.ports.bind),
        *(text for name, option in PORT_OPTIONS.items() for text in (option, str(spec.ports[name]))),
        *("--db-filename", str(database)),
        *("--log-level", "warn"),
        *("--log-format", "text"),
        *temporal_cli.IGNORING_CONFIGURATION,
        *_web(spec.web),
        *_dynamic_config({**spec.settings, **_closed_api(spec.web)}),
    )


def environment(inherited: Mapping[str, str]) -> dict[str, str]:
    """Return the little of the user's environment that the server gets."""
    return {name: inherited[name] for name in _INHERITED if name in inherited}


def client_environment(inherited: Mapping[str, str], address: Ports) -> dict[str, str]:
    """Return the user's environment, with every client meant for this server."""
    kept = {name: value for name, value in inherited.items() if not name.startswith(_FOREIGN_PREFIX)}
    return kept | {
        "TEMPORAL_ADDRESS": address.address("grpc"),
        "TEMPORAL_CONFIG_FILE": os.devnull,  # the user's profile may name a cloud address and a key
    }


def _web(web: Web) -> list[str]:
    path = ["--ui-public-path", web.ui_path] if web.ui_path else []
    codec = ["--ui-codec-endpoint", web.codec_endpoint] if web.codec_endpoint else []
    return [*path, *codec]


def _closed_api(web: Web) -> dict[str, object]:
    """Return what closes the server's own HTTP API, which no flag does: it answers no request of any host."""
    return {} if web.has_open_api else {ALLOWED_HOSTS: [NO_HOST]}


def _dynamic_config(settings: Mapping[str, object]) -> list[str]:
    pairs = [f"{key}={json.dumps(value)}" for key, value in sorted(settings.items())]
    return [argument for pair in pairs for argument in ("--dynamic-config-value", pair)]
