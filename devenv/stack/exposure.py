"""What to say about who can reach a stack, where that is more than this machine's own programs."""

from __future__ import annotations

from ipaddress import IPv4Address
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devenv.engines.protocol import EngineTraits
    from devenv.project.settings import Settings


def exposure_warnings(settings: Settings, engine: EngineTraits) -> Iterator[str]:
    """Yield a sentence for each setting that lets others in."""
    bind = settings.ports.bind
    if not IPv4Address(bind).is_loopback:
        internal = ", and its internal ports are open too" if engine.exposes_internal_ports else ""
        yield (
            f"the stack listens on {bind}: whoever reaches this machine there can read and change everything "
            f"in it, for the server asks for no password{internal} (`[ports] bind`)"
        )
    if settings.http_api == "open":
        yield "any web page in your browser can write to the stack by the HTTP API (`http_api`)"
