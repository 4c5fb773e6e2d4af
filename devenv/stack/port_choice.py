"""Which loopback ports a stack gets."""

from __future__ import annotations

import shlex
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from devenv.errors import PortTakenError, PrerequisiteError, SettingsInvalidError
from devenv.events import warn
from devenv.project.identity import default_stack_name
from devenv.project.services import Ports
from devenv.stack.records import identity_of, readable_records

if TYPE_CHECKING:
    from collections.abc import Sequence
    from collections.abc import Set as AbstractSet

    from devenv.project.settings import Settings
    from devenv.project.state import StackRecord
    from devenv.stack.dependencies import Dependencies


def choose_ports(
    settings: Settings,
    record: StackRecord | None,
    *,
    running: bool,
    any_port: bool,
    deps: Dependencies,
    starting: AbstractSet[int] = frozenset(),
) -> Ports:
    """Return the ports of a stack: the remembered ones, else the settings', else the next free triple.

    A stack that is `running`, be it in part, holds its remembered ports itself. Ports written in a file are
    never moved, others move away from another stack of devenv, and with `any_port` from anybody. The ports
    `starting` are those of stacks that come up now, also of other homes, whose records are not known here.

    Raises:
        PortTakenError: Somebody else holds a port that may not move.
        SettingsInvalidError: This machine does not have the address that they are to be on.
    """
    wanted = _wanted(settings, record)
    _demand_address(wanted.bind, deps)
    own = frozenset(record.ports.values()) if running and record is not None else frozenset[int]()
    others = _other_records(record, deps)
    # They do not listen yet.
    coming_up = [other for other in others if deps.store.is_locked(other.name)]
    reserved = {port for other in coming_up for port in other.ports.values()}
    fixed = {wanted[name] for name in settings.explicit_ports}
    reserved |= starting - fixed
    obstacles = [
        (name, port)
        for name, port in wanted.numbers.items()
        if port not in own and (port in reserved or not deps.ports.is_free(port))
    ]
    for name, port in obstacles:
        may_move = any_port or port in reserved or _is_held_by_stack(port, others, deps)
        if name in settings.explicit_ports or not may_move:
            raise _taken(port, name, others, deps)
    return _moved(wanted, obstacles[0][1], reserved, settings, deps) if obstacles else wanted


def _taken(port: int, name: str, others: Sequence[StackRecord], deps: Dependencies) -> PortTakenError:
    """Return the error of a port that may not move; another stack is named with how it goes down."""
    other = next((each for each in others if port in each.ports.values() and _holds(each, port, deps)), None)
    if other is None:
        return PortTakenError(port, name, deps.ports.holder(port))
    command = f"devenv -C {shlex.quote(other.project)} down"
    if other.name != default_stack_name(Path(other.project)):
        command += f" -s {other.name}"
    holder = f"the stack {other.name} of the project {other.project}"
    return PortTakenError(port, name, holder, freed_by=command)


def is_another_stacks(port: int, record: StackRecord, deps: Dependencies) -> bool:
    """Whether another stack of devenv runs on `port`: the next `up` of this one moves away from it."""
    return _is_held_by_stack(port, _other_records(record, deps), deps)


def _demand_address(address: str, deps: Dependencies) -> None:
    if not deps.ports.has_address(address):
        raise SettingsInvalidError(
            f"{address} is no address of this machine",
            place="[ports] bind",
            hint='choose one that `ip -4 address` lists, or "0.0.0.0" for all of them',
        )


def _wanted(settings: Settings, record: StackRecord | None) -> Ports:
    """Return the remembered ports, but a port that a file names is that port."""
    written = settings.ports.to_ports()
    if record is None:
        return written
    numbers = {
        name: port if name in settings.explicit_ports else record.ports.numbers.get(name, port)
        for name, port in written.numbers.items()
    }
    return Ports(numbers, written.bind)


def _moved(
    wanted: Ports, taken: int, reserved: AbstractSet[int], settings: Settings, deps: Dependencies
) -> Ports:
    fixed = wanted.only(settings.explicit_ports).numbers
    free = deps.ports.next_free(wanted, reserved | set(fixed.values()))
    moved = replace(wanted, numbers={**free.numbers, **fixed})
    places = f"{moved['grpc']}, its Web UI on {moved['ui']}"
    warn(deps.reporter, f"port {taken} is taken: this stack is on {places}")
    return moved


def _is_held_by_stack(port: int, others: Sequence[StackRecord], deps: Dependencies) -> bool:
    """Whether another stack runs on `port`: a stack that is down leaves its ports to anybody."""
    return deps.ports.is_held_by_stack(port) or any(
        _holds(other, port, deps) for other in others if port in other.ports.values()
    )


def _holds(record: StackRecord, port: int, deps: Dependencies) -> bool:
    try:
        return bool(deps.engine(record.engine).held_ports(identity_of(record), [port]))
    except PrerequisiteError:
        return False


def _other_records(record: StackRecord | None, deps: Dependencies) -> list[StackRecord]:
    own = record.name if record else None
    return [other for other in readable_records(deps) if other.name != own]
