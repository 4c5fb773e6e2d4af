"""One stack: its record, its engine, its locks, and the one answer to whether it is up."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from devenv.engines.protocol import StackIdentity
from devenv.errors import (
    DevenvError,
    NotRunningError,
    PortTakenError,
    PrerequisiteError,
    ServerUnreachableError,
    StackElsewhereError,
    StackNameTakenError,
    UnknownServiceError,
)
from devenv.events import warn
from devenv.project.names import check_stack_name, default_stack_name
from devenv.project.project_lock import project_lock
from devenv.project.services import SERVICES
from devenv.project.worktree import names_in, sharing_worktree
from devenv.stack.credentials import own_credentials
from devenv.stack.endpoints import endpoints_of
from devenv.stack.interrupted import settle
from devenv.stack.members import load_members, seen_by
from devenv.stack.ports import Ownership, is_another_stacks
from devenv.stack.records import stacks_on_engines

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from devenv.engines.protocol import Engine, Service
    from devenv.project.locate import Project
    from devenv.project.state import StackRecord
    from devenv.project.worktree import Names, Worktree
    from devenv.stack.dependencies import Dependencies
    from devenv.stack.endpoints import Endpoints
    from devenv.stack.members import Member
    from devenv.temporal.protocol import Gateway

SERVER = "temporal"

# How long to wait for another devenv; bringing a stack to its declared state has more patience.
LOCK_TIMEOUT = timedelta(minutes=5)
LONG_LOCK_TIMEOUT = timedelta(minutes=10)


@dataclass(frozen=True)
class Stack:
    """One stack of this machine, up or not. Nothing is cached: each question reads the record again."""

    identity: StackIdentity
    deps: Dependencies
    worktree: Worktree | None = None
    """The worktree that shares the stack with others; None for a stack of the project alone."""

    @property
    def name(self) -> str:
        """The name, which is the Compose project's, too."""
        return self.identity.name

    @property
    def project(self) -> Path:
        """The root directory of its project."""
        return self.identity.project

    @property
    def record(self) -> StackRecord | None:
        """What the last `up` recorded, None if there is nothing.

        Raises:
            StackNameTakenError: The stack of that name belongs to another project.
        """
        record = self.deps.store.load(self.name)
        if record is not None and record.project != str(self.project):
            raise StackNameTakenError(self.name, record.project)
        return record

    @property
    def suffix(self) -> str:
        """What is behind the names of its namespaces on the server; empty but in a worktree that has one."""
        return self.worktree.suffix if self.worktree is not None else ""

    @property
    def members(self) -> list[Member]:
        """The worktrees that share the stack; empty if nobody ever did."""
        return load_members(self.name, self.deps)

    @property
    def own_names(self) -> Names:
        """What that which the worktree declares is called on the server; nobody is asked about others."""
        return names_in(self.worktree)

    @property
    def names(self) -> Names:
        """The same, and what is whose on the server, as far as git and the members tell."""
        return seen_by(self.suffix, self.own_names, self.members)

    def observe(self) -> Observation | None:
        """Return how the stack is now, None if it has no record.

        Raises:
            StackNameTakenError: As `record`.
            PrerequisiteError: The engine that has the stack does not answer.
        """
        record = self.record
        if record is None:
            return None
        engine = self.deps.engine(record.engine)
        return Observation(self, record, engine, engine.services(self.identity))

    def require_exists(self, services: Sequence[str] = ()) -> Observation:
        """Return how the stack is, which has containers or a process, running or not; also `services`.

        Raises:
            NotRunningError: The stack is absent.
            StackElsewhereError: Another state directory of this user runs it.
            UnknownServiceError: It has no service of one of those names.
        """
        now = self.observe()
        if now is None:
            raise NotRunningError(self.name)
        self.check_not_elsewhere(now.engine)
        if not now.exists:
            raise NotRunningError(self.name)
        existing = list(dict.fromkeys(service.name for service in now.services))
        for name in services:
            if name not in existing:
                raise UnknownServiceError(name, existing, _why_never(name, now.engine))
        return now

    def require_serving(self, hint: str | None = None) -> Observation:
        """Return how the stack is, whose server runs and holds its port, if anybody does.

        Raises:
            NotRunningError: The server does not run, whatever else does; `hint` says what to do then.
            PortTakenError: Another program has the server's port.
        """
        now = self.observe()
        if now is None:
            raise NotRunningError(self.name, hint)
        now.check_serving(hint)
        return now

    @property
    def is_serving(self) -> bool:
        """Whether there is a server that a declaration could be applied to."""
        try:
            self.require_serving()
        except (NotRunningError, PortTakenError, PrerequisiteError):
            return False
        return True

    @property
    def expects_registry(self) -> bool:
        """Whether images can be expected to come from a registry: stand-ins are for where there is none."""
        record = self.record
        if record is None:
            return True
        return record.image_family == "official" and self.deps.engine(record.engine).traits.runs_images

    @contextmanager
    def connect(self) -> Iterator[Gateway]:
        """Open a gateway to the server, as `Observation.connect`.

        Raises:
            DevenvError: As `Observation.connect`.
        """
        now = self.observe()
        if now is None:
            raise NotRunningError(self.name)
        with now.connect() as gateway:
            yield gateway

    @contextmanager
    def lock(self, timeout: timedelta = LONG_LOCK_TIMEOUT) -> Iterator[None]:
        """Keep other devenv processes away from the stack; waiting for one is a warning.

        The second lock, of the project, keeps those away that have another state directory: on Docker both
        would mean the same containers. What an interrupted copy of the data has left is cleared first.

        Raises:
            StackBusyError: Another devenv has not finished after `timeout`.
        """
        reporter, store = self.deps.reporter, self.deps.store

        def on_wait() -> None:
            warn(reporter, f"another devenv is changing the stack {self.name}: waiting for it")

        def on_wait_for_project() -> None:
            warn(reporter, f"another devenv is at work on the project {self.project}: waiting for it")

        with (
            store.lock(self.name, timeout, on_wait),
            project_lock(self.project, self.name, timeout, on_wait_for_project),
        ):
            settle(self.identity, self.deps)
            yield

    def mend_record(self, *, is_claimed: bool) -> None:
        """Set a damaged record aside, holding the lock; the engines are asked instead from now on.

        `is_claimed` says that the stack shall be this project's.

        Raises:
            StackNameTakenError: By its labels the stack of that name belongs to another project.
        """
        try:
            self.deps.store.load(self.name)
        except DevenvError:
            if is_claimed:
                self._check_labels()
        else:
            return
        aside = self.deps.store.set_aside_damaged(self.name)
        if aside is None:
            return
        warn(
            self.deps.reporter,
            f"the record of the stack {self.name} is damaged, and kept as {aside}: "
            "going on with what the engines tell; ports, image family and engine are chosen again",
        )

    def check_not_elsewhere(self, engine: Engine) -> None:
        """Return if the stack does not run on `engine`, or runs with this state directory.

        Raises:
            StackElsewhereError: Another state directory of this user has its ports, password and record.
        """
        directory = engine.other_state(self.identity)
        if directory is not None:
            raise StackElsewhereError(self.name, directory)

    def _check_labels(self) -> None:
        project, _ = stacks_on_engines(self.deps).get(self.name, (None, None))
        if project is not None and project != str(self.project):
            raise StackNameTakenError(self.name, project)


@dataclass(frozen=True)
class Observation:
    """How a stack that has a record was when its engine was asked for its `services`.

    It exists if it has services, serves if the server among them runs, and is proven if it was seen to be
    usable since that server started.
    """

    stack: Stack
    record: StackRecord
    engine: Engine
    services: Sequence[Service]

    @property
    def exists(self) -> bool:
        """Whether the stack has services, running or not."""
        return bool(self.services)

    @property
    def server(self) -> Service | None:
        """The server, which may have stopped; None if there is none."""
        return next((each for each in self.services if each.name == SERVER), None)

    @property
    def is_serving(self) -> bool:
        """Whether the server runs, ready or not."""
        return self.server is not None and self.server.is_running

    def check_serving(self, hint: str | None = None) -> None:
        """Return if the server runs and holds its port, if anybody does.

        Raises:
            NotRunningError: As `Stack.require_serving`.
            PortTakenError: As `Stack.require_serving`.
        """
        if not self.is_serving:
            raise self._not_serving(hint)
        self.ownership().check("grpc")

    @property
    def server_started_at(self) -> datetime | None:
        """When the server started, None if it does not run."""
        return self.server.started_at if self.server is not None and self.server.is_running else None

    @property
    def removed(self) -> list[str]:
        """The services that ran when the stack was proven, and that somebody has removed since."""
        there = {service.name for service in self.services}
        proof = self.record.proof
        return [name for name in proof.services if name not in there] if proof is not None else []

    def is_proven(self, namespaces: Iterable[str]) -> bool:
        """Whether the recorded proof is about this run of the server and all of `namespaces`."""
        proof = self.record.proof
        is_of_this_run = proof is not None and proof.server_started_at == self.server_started_at
        return proof is not None and is_of_this_run and set(namespaces) <= set(proof.namespaces)

    @property
    def endpoints(self) -> Endpoints:
        """Where the stack answers when it is up."""
        return endpoints_of(self.record, self.engine)

    def ownership(self) -> Ownership:
        """Return what knows whether the stack itself holds its ports."""
        return Ownership(self.stack, self.record, self.engine)

    def _not_serving(self, hint: str | None) -> NotRunningError | PortTakenError:
        """Return the error of a server that does not run; it names the program that has its port.

        If that is another stack, the next `up` moves to other ports. A paused server has the port, too.
        """
        is_partly_up = any(service.is_running or service.is_paused for service in self.services)
        error = NotRunningError(self.stack.name, hint, is_partly_up=is_partly_up)
        ports, port = self.stack.deps.ports, self.record.ports["grpc"]
        if ports.is_free(port) or port in self.engine.held_ports(self.stack.identity, [port]):
            return error
        if is_another_stacks(port, self.record, self.stack.deps):
            return error
        return PortTakenError(port, "grpc", ports.holder(port), details=[error.message])

    def again(self) -> Observation:
        """Return how the stack is now, of which nobody has changed the record."""
        return replace(self, services=self.engine.services(self.stack.identity))

    @contextmanager
    def connect(self) -> Iterator[Gateway]:
        """Open a gateway to the server; it is checked before each write that the server is the stack's own.

        Raises:
            NotRunningError: The server does not run.
            PortTakenError: Another program holds the server's port; nothing was sent there.
            ServerUnreachableError: The server does not answer.
        """
        self.check_serving()
        ownership = self.ownership()
        address, deps = self.endpoints.grpc, self.stack.deps
        with deps.connect(address, ownership, own_credentials(self.record, deps)) as gateway:
            problem = gateway.frontend_problem()
            if problem is not None:
                raise ServerUnreachableError(address, problem).with_details(*self.access_problems())
            yield gateway

    def warn_of_access(self) -> None:
        """Say what of the files is wrong that a client is about to be given."""
        for problem in self.access_problems():
            warn(self.stack.deps.reporter, problem)

    def access_problems(self) -> list[str]:
        """Return what is wrong with the files by which clients connect, where add-ons have them need some."""
        addons = [addon for addon in self.record.addons if addon.access.tls is not None]
        if not addons:
            return []
        from devenv.stack.addon_plan import code_of  # noqa: PLC0415 - most stacks have no such add-on

        code = code_of(addons, self.record, self.stack.deps)
        return [problem for _, module, context in code for problem in module.alerts(context)]


def find_stack(project: Project, name: str | None, deps: Dependencies) -> Stack:
    """Return the stack of `project`, which may be one that worktrees share, or the one of a given `name`.

    Raises:
        NameInvalidError: A stack cannot be called that.
        SettingsInvalidError: As `sharing_worktree`.
    """
    worktree = sharing_worktree(project)
    root = worktree.stack_root if worktree is not None else project.root
    name = check_stack_name(name) if name is not None else default_stack_name(root)
    return Stack(StackIdentity(name, root, deps.owner), deps, worktree)


def _why_never(service: str, engine: Engine) -> str | None:
    """Return why no stack on `engine` has a service that others have, None for any other service."""
    title = next((each.title for each in SERVICES if each.name == service), None)
    return None if title is None or engine.traits.runs_images else f"The {engine.name} engine has no {title}"
