"""Which loopback ports a stack gets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devenv.engines.protocol import Ports
from devenv.errors import PortTakenError
from devenv.events import warn

if TYPE_CHECKING:
    from collections.abc import Collection

    from devenv.project.settings import Settings
    from devenv.project.state import StackRecord
    from devenv.stack.toolkit import Toolkit

PORT_NAMES = ("grpc", "ui", "http")


def choose_ports(
    settings: Settings, record: StackRecord | None, *, running: bool, any_port: bool, kit: Toolkit
) -> Ports:
    """Return the ports of a stack: the remembered ones, else the settings', else the next free triple.

    A stack that is `running` holds its ports itself. Ports written in a file are never moved, others move
    away from another stack of devenv, and with `any_port` from anybody.

    Raises:
        PortTakenError: Somebody else holds a port that may not move.
    """
    wanted = _wanted(settings, record)
    if running and record is not None and wanted == _remembered(record):
        return wanted
    others = _ports_of_other_stacks(record, kit)
    obstacles = [
        (name, port) for name, port in zip(PORT_NAMES, wanted, strict=True) if not kit.ports.is_free(port)
    ]
    for name, port in obstacles:
        is_movable = name not in settings.explicit_ports and (any_port or port in others)
        if not is_movable:
            raise PortTakenError(port, name, kit.ports.holder(port))
    return _moved(wanted, settings, kit) if obstacles else wanted


def _wanted(settings: Settings, record: StackRecord | None) -> Ports:
    """Return the remembered ports, but a port that a file names is that port."""
    written = settings.ports
    if record is None:
        return Ports(grpc=written.grpc, ui=written.ui, http=written.http)
    chosen = {
        name: getattr(written if name in settings.explicit_ports else record.ports, name)
        for name in PORT_NAMES
    }
    return Ports(**chosen)


def _remembered(record: StackRecord) -> Ports:
    return Ports(record.ports.grpc, record.ports.ui, record.ports.http)


def _moved(wanted: Ports, settings: Settings, kit: Toolkit) -> Ports:
    fixed = {name: getattr(wanted, name) for name in settings.explicit_ports}
    free = kit.ports.next_free(wanted, frozenset(fixed.values()))
    moved = Ports(**{name: fixed.get(name, getattr(free, name)) for name in PORT_NAMES})
    warn(
        kit.reporter, f"port {wanted.grpc} is taken: this stack is on {moved.grpc}, its Web UI on {moved.ui}"
    )
    return moved


def _ports_of_other_stacks(record: StackRecord | None, kit: Toolkit) -> Collection[int]:
    own = record.name if record else None
    records = [kit.store.load(name) for name in kit.store.names() if name != own]
    return {port for other in records if other is not None for port in _remembered(other)}
