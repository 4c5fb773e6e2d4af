"""What a client program needs to know to reach a stack, and what must not get in its way."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from devenv.project.worktree import ALL_NAMES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from devenv.project.access import ClientTls
    from devenv.project.state import RecordedAddon
    from devenv.project.worktree import Names
    from devenv.stack.endpoints import Endpoints

# What a program appends to a namespace that it names itself, in a worktree whose namespaces have a suffix.
SUFFIX = "TEMPORAL_DEVENV_SUFFIX"
API_KEY, NAMESPACE = "TEMPORAL_API_KEY", "TEMPORAL_NAMESPACE"
# Read by the SDKs' envconfig and by the Temporal CLI; a developer's cloud profile sets some of them.
INTERFERING_VARIABLES = (
    API_KEY,
    "TEMPORAL_PROFILE",
    "TEMPORAL_ENV",
    "TEMPORAL_ENV_FILE",
    "TEMPORAL_CLIENT_AUTHORITY",
    "TEMPORAL_CODEC_AUTH",
    "TEMPORAL_CODEC_ENDPOINT",
    "TEMPORAL_TLS_CA",
    "TEMPORAL_TLS_CA_DATA",
    "TEMPORAL_TLS_CERT",
    "TEMPORAL_TLS_CERT_DATA",
    "TEMPORAL_TLS_CLIENT_CERT_DATA",
    "TEMPORAL_TLS_CLIENT_CERT_PATH",
    "TEMPORAL_TLS_CLIENT_KEY_DATA",
    "TEMPORAL_TLS_CLIENT_KEY_PATH",
    "TEMPORAL_TLS_DISABLE_HOST_VERIFICATION",
    "TEMPORAL_TLS_KEY",
    "TEMPORAL_TLS_KEY_DATA",
    "TEMPORAL_TLS_SERVER_CA_CERT_DATA",
    "TEMPORAL_TLS_SERVER_CA_CERT_PATH",
    "TEMPORAL_TLS_SERVER_NAME",
    # Of a worktree that the shell was in before.
    SUFFIX,
)


def client_variables(
    endpoints: Endpoints, namespace: str, addons: Iterable[RecordedAddon] = (), names: Names = ALL_NAMES
) -> dict[str, str]:
    """Return the variables that point a client to a namespace of the stack, with those of its add-ons.

    `namespace` is as it is written, `names` says what the server calls it.
    """
    suffix = {SUFFIX: f"-{names.suffix}"} if names.suffix else {}
    return {
        **{name: value for addon in addons for name, value in addon.environment.items()},
        "TEMPORAL_ADDRESS": endpoints.grpc,
        NAMESPACE: names.on_server(namespace),
        **_tls_variables(endpoints.access.tls),
        **suffix,
    }


def _tls_variables(tls: ClientTls | None) -> dict[str, str]:
    if tls is None:
        return {"TEMPORAL_TLS": "false"}
    files = {
        "TEMPORAL_TLS_SERVER_CA_CERT_PATH": tls.authority,
        "TEMPORAL_TLS_CLIENT_CERT_PATH": tls.certificate,
        "TEMPORAL_TLS_CLIENT_KEY_PATH": tls.key,
    }
    return {"TEMPORAL_TLS": "true", **{name: file for name, file in files.items() if file}}


def client_environment(inherited: Mapping[str, str], variables: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for a client program: the inherited one, pointed to the stack alone."""
    kept = {name: value for name, value in inherited.items() if name not in INTERFERING_VARIABLES}
    return kept | dict(variables)


def without_own_virtualenv(environment: Mapping[str, str], project: Path) -> dict[str, str]:
    """Return `environment` without the virtual environment that devenv runs in, unless `project` holds it.

    `uv` warns when the activated environment is not that of the program's own project. PATH stays as it is.
    """
    activated = environment.get("VIRTUAL_ENV")
    is_own = activated is not None and Path(activated).resolve() == Path(sys.prefix).resolve()
    if not is_own or Path(sys.prefix).resolve().is_relative_to(project):
        return dict(environment)
    return {name: value for name, value in environment.items() if name != "VIRTUAL_ENV"}
