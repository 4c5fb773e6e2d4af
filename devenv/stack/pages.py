"""The web pages of a stack, which `devenv open NAME` opens: the Web UI, and those of its add-ons.

A page of the stack itself is a port with `page` in devenv/project/services.py; the pages of an add-on are
in its `addon.toml`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from devenv.errors import PortTakenError
from devenv.project.access import Access
from devenv.project.services import PORTS, Ports
from devenv.stack.endpoints import scheme_of

if TYPE_CHECKING:
    from devenv.project.state import StackRecord
    from devenv.stack.stack import Observation


@dataclass(frozen=True)
class Page:
    """A web page of the stack, which `devenv open NAME` opens; it is on the `port` of that name."""

    name: str
    title: str
    url: str
    port: str


def pages_of(record: StackRecord | None) -> list[Page]:
    """Return the pages of a stack; of one without a record those that every stack has, on the usual ports."""
    ports = record.ports if record is not None else Ports()
    ui_path = record.web.ui_path if record is not None else ""
    # The stack's own services have no page but the Web UI.
    scheme = scheme_of(record.access if record is not None else Access())
    own = [(port.name, port.page, port.name, scheme, ui_path) for port in PORTS if port.page]
    of_addons = [
        (page.name, page.title, page.port or page.name, "http", page.path.removesuffix("/"))
        for addon in (record.addons if record is not None else ())
        for page in addon.pages
    ]
    return [
        Page(name, title, f"{scheme}://{ports.address(port)}{path}", port)
        for name, title, port, scheme, path in (*own, *of_addons)
    ]


def check_page(page: Page, now: Observation) -> None:
    """Return if the stack itself holds the port of `page`, or nobody does.

    Raises:
        PortTakenError: Somebody else does.
    """
    try:
        now.ownership().check(page.port)
    except PortTakenError as error:
        raise error.with_hint(f"{error.remedy}; then `devenv up` brings the page back") from error
