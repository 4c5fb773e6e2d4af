"""Which server is meant, in the words of options and profiles; nothing of the SDK here."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Server:
    """A server that is no stack of ours, and how to get in; what is None comes from the profile, if any.

    The names are those of Temporal's envconfig.
    """

    address: str | None = None
    profile: str | None = None
    config_file: Path | None = None
    api_key: str | None = field(default=None, repr=False)
    tls: bool | None = None
    tls_server_name: str | None = None
    tls_server_ca_cert_path: Path | None = None
    tls_client_cert_path: Path | None = None
    tls_client_key_path: Path | None = None
