"""The command line of the development server."""

from __future__ import annotations

from pathlib import Path

from devenv.engines.embedded.server import declared_arguments
from devenv.engines.protocol import LaunchSpec, StackIdentity, Web
from devenv.project.services import Ports

STACK = StackIdentity("shop", Path("/shop"), 1000)
PORTS = Ports.of(grpc=7233, ui=8233, http=7243)


def arguments(ports: Ports = PORTS, web: Web | None = None, hosts: list[str] | None = None) -> list[str]:
    settings = {"frontend.httpAllowedHosts": hosts} if hosts else {}
    spec = LaunchSpec(STACK, ports, settings, web or Web())
    return list(declared_arguments(spec, Path("/state/embedded.db")))


def value_of(name: str, found: list[str]) -> str | None:
    return found[found.index(name) + 1] if name in found else None


def test_the_servers_own_http_api_is_closed_unless_it_is_asked_for() -> None:
    """Whatever the project's dynamic config says; the port is there all the same, no flag takes it away."""
    closed = 'frontend.httpAllowedHosts=["no host"]'
    assert closed in arguments()
    assert closed in arguments(hosts=["*"])
    assert sum("httpAllowedHosts" in each for each in arguments(hosts=["*"])) == 1
    opened = arguments(web=Web(has_open_api=True), hosts=["*"])
    assert 'frontend.httpAllowedHosts=["*"]' in opened


def test_the_web_ui_is_served_as_declared() -> None:
    """What nobody asked for is left out."""
    assert value_of("--ui-public-path", arguments()) is None
    found = arguments(Ports.of(grpc=1, ui=2, http=3, bind="192.168.1.5"), Web("/temporal", "http://codec:1"))
    assert value_of("--ip", found) == "192.168.1.5"
    assert value_of("--ui-public-path", found) == "/temporal"
    assert value_of("--ui-codec-endpoint", found) == "http://codec:1"
