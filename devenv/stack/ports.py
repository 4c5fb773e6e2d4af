"""The ports of a stack: which it gets, who holds them, and what to do about one that is taken."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from devenv.errors import PortTakenError, PrerequisiteError, ServiceCrashedError, SettingsInvalidError
from devenv.events import warn
from devenv.project.names import default_stack_name
from devenv.project.services import PORTS, Ports
from devenv.stack.addon_plan import with_addon_ports, written_ports
from devenv.stack.records import identity_of, readable_records

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from devenv.engines.protocol import Engine
    from devenv.errors import DevenvError
    from devenv.project.addon_toml import Addon
    from devenv.project.settings import Settings
    from devenv.project.state import StackRecord, StackStore
    from devenv.stack.dependencies import Dependencies
    from devenv.stack.stack import Stack

POLL_S = 0.1


@dataclass(frozen=True)
class DeclaredPorts:
    """The ports that a project declares, with those of its add-ons; the `written` ones are never moved.

    `owners` has the add-on of each port that is an add-on's.
    """

    ports: Ports
    written: frozenset[str]
    owners: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, settings: Settings, addons: Sequence[Addon] = ()) -> DeclaredPorts:
        """Return what `settings` and `addons` say."""
        ports = with_addon_ports(addons, settings.ports.to_ports())
        owners = {name: addon.name for addon in addons for name in addon.definition.ports}
        return cls(ports, settings.explicit_ports | written_ports(addons), owners)

    def setting_of(self, name: str) -> str:
        """Return what chooses the port in devenv.toml."""
        return f"[addons.{self.owners[name]}.ports] {name}" if name in self.owners else f"[ports] {name}"


def find_ports(
    declared: DeclaredPorts,
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
    wanted = _wanted(declared, record)
    explicit = declared.written
    _check_address(wanted.bind, deps)
    own = frozenset(record.ports.values()) if running and record is not None else frozenset[int]()
    others = _other_records(record, deps)
    # They do not listen yet.
    coming_up = [other for other in others if deps.store.is_locked(other.name)]
    reserved = {port for other in coming_up for port in other.ports.values()}
    doubled = _doubled(wanted, explicit)
    fixed = {wanted[name] for name in explicit}
    reserved |= starting - fixed
    obstacles = [
        (name, port)
        for name, port in wanted.numbers.items()
        if name in doubled or (port not in own and (port in reserved or not deps.ports.is_free(port)))
    ]
    for name, port in obstacles:
        if name in doubled and name in explicit:
            raise PortTakenError(port, name, f"the port {doubled[name]} of this stack")
        may_move = any_port or name in doubled or port in reserved or _is_held_by_stack(port, others, deps)
        if name in explicit or not may_move:
            raise _taken(port, name, others, deps)
    return _moved(wanted, dict(obstacles), reserved, explicit, deps)


def _doubled(wanted: Ports, explicit: AbstractSet[str]) -> dict[str, str]:
    """Return the ports whose number another one keeps: the first, or the first that a file names."""
    keeping: dict[int, str] = {}
    for name in sorted(wanted.numbers, key=lambda name: name not in explicit):
        keeping.setdefault(wanted[name], name)
    return {name: keeping[port] for name, port in wanted.numbers.items() if keeping[port] != name}


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


def _check_address(address: str, deps: Dependencies) -> None:
    if not deps.ports.has_address(address):
        raise SettingsInvalidError(
            f"{address} is no address of this machine",
            place="[ports] bind",
            hint='choose one that `ip -4 address` lists, or "0.0.0.0" for all of them',
        )


def _wanted(declared: DeclaredPorts, record: StackRecord | None) -> Ports:
    """Return the remembered ports, but a port that a file names is that port."""
    written = declared.ports
    if record is None:
        return written
    numbers = {
        name: port if name in declared.written else record.ports.numbers.get(name, port)
        for name, port in written.numbers.items()
    }
    return Ports(numbers, written.bind)


def _moved(
    wanted: Ports,
    obstacles: Mapping[str, int],
    reserved: AbstractSet[int],
    explicit: AbstractSet[str],
    deps: Dependencies,
) -> Ports:
    """Move the ports that are in the way: those of the stack file together, one of an add-on by itself."""
    stack = [port.name for port in PORTS]
    ports = wanted
    for group in (stack, *([name] for name in wanted.numbers if name not in stack)):
        if obstacles.keys().isdisjoint(group):
            continue
        others = {port for name, port in ports.numbers.items() if name in explicit or name not in group}
        free = deps.ports.next_free(ports.only(group), reserved | others)
        moving = free.only([name for name in group if name not in explicit])
        ports = replace(ports, numbers={**ports.numbers, **moving.numbers})
        places = f"{ports['grpc']}, its Web UI on {ports['ui']}" if group is stack else None
        taken = next(port for name, port in obstacles.items() if name in group)
        own = f"this stack is on {places}" if places else f"{group[0]} is on {ports[group[0]]}"
        warn(deps.reporter, f"port {taken} is taken: {own}")
    return ports


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


class Ownership:
    """Whether who answers on the ports of a stack is the stack's own server: the `Guard` of that stack.

    Ports are free when they are chosen and may be taken when the server starts; a stack that is down leaves
    them to anybody. So nothing is written to a server, and none is called ready, before the engine says that
    the stack's own container or process holds the port, and the server has the cluster id that was recorded.
    Ports are named as in the settings: `grpc`, `ui`, `http`.

    `cluster` is the id of the server's cluster: as recorded, or as the first connection learned it.
    """

    def __init__(self, stack: Stack, record: StackRecord, engine: Engine) -> None:
        self._stack = stack.identity
        self._engine = engine
        self._ports = record.ports
        self._book = stack.deps.ports
        self._clock = stack.deps.clock
        self._doubted_since: dict[str, float] = {}
        self.cluster = record.clusters.get(engine.name)

    def problem(self, name: str) -> str | None:
        """Return None if the stack holds the port `name` now, else a sentence on who does.

        Raises:
            PortTakenError: Somebody else has held it for longer than the engine takes to publish a port.
        """
        port: int = self._ports[name]
        if port in self._engine.held_ports(self._stack, [port]):
            self._doubted_since.pop(name, None)
            return None
        if self._book.is_free(port):
            self._doubted_since.pop(name, None)
            return f"nobody listens on port {port} ({name}) yet"
        since = self._doubted_since.setdefault(name, self._clock.now())
        holder = self._book.holder(port)
        if self._clock.now() - since >= self._engine.publishing_s:
            raise PortTakenError(port, name, holder, was_free=True)
        return f"port {port} ({name}) is held by {holder}"

    def check_all(self) -> None:
        """Return if nobody else holds a port of the server or the Web UI; an add-on may lose its own.

        Raises:
            PortTakenError: Somebody does.
        """
        for port in PORTS:
            self.check(port.name)

    def check(self, name: str) -> None:
        """Return if the stack holds the port `name`, or nobody does.

        Raises:
            PortTakenError: Somebody else holds it.
        """
        while self.problem(name) is not None and name in self._doubted_since:
            self._clock.sleep(POLL_S)

    def holder_problem(self) -> str | None:
        """Return None if the stack's server holds the gRPC port now, else who may hold it."""
        return self.problem("grpc")

    def check_cluster(self, cluster: str) -> None:
        """Return if `cluster` is the recorded one; where none is recorded, it is from now on.

        Raises:
            PortTakenError: It is another one.
        """
        if self.cluster is None:
            self.cluster = cluster
        if cluster != self.cluster:
            port = self._ports["grpc"]
            raise PortTakenError(
                port,
                "grpc",
                f"another server than the one that this stack was made with ({self._book.holder(port)})",
                details=[f"its cluster id is {cluster}", f"the recorded one is {self.cluster}"],
            )

    def remember(self, record: StackRecord, store: StackStore) -> StackRecord:
        """Save the learned id of the cluster, for who has the stack's lock; return the record."""
        engine = self._engine.name
        if self.cluster is None or record.clusters.get(engine) == self.cluster:
            return record
        remembered = record.model_copy(update={"clusters": {**record.clusters, engine: self.cluster}})
        store.save(remembered)
        return remembered


def helpful_hint(
    error: DevenvError, ports: DeclaredPorts, *, any_port: bool, keep_on_failure: bool, was_running: bool
) -> str:
    """Return the hint of `error`, or a better one where it names an option that was given or cannot work."""
    match error:
        case PortTakenError(setting=setting):
            # A stack that runs, be it in part, keeps its ports; a new one of an add-on is free to move.
            return _hint_of_taken_port(
                error,
                ports.setting_of(setting),
                is_fixed=setting in ports.written,
                any_port=any_port,
                was_running=was_running and setting not in ports.owners,
            )
        case ServiceCrashedError() if keep_on_failure:
            return "everything is still there: read `devenv logs`; `devenv down` takes it away"
    return error.hint


def _hint_of_taken_port(
    error: PortTakenError, setting: str, *, is_fixed: bool, any_port: bool, was_running: bool
) -> str:
    """Return how the port is freed, or the stack gets another."""
    if is_fixed:
        without = "without that line devenv" if any_port else "without that line `devenv up --any-port`"
        return (
            f"{error.remedy}, or change `{setting}` in devenv.toml (or devenv.local.toml), which "
            f"fixes the port: {without} takes a free one"
        )
    if was_running:
        return (
            f"{error.remedy}, or let the stack move: `devenv down`, which keeps its data, then "
            "`devenv up --any-port`"
        )
    if any_port:
        return f"{error.remedy}, or choose another port with `{setting}` in devenv.toml"
    return error.hint_for(setting)
