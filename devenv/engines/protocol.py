"""The words every engine shares, and the Protocol that `devenv.stack` drives."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

from devenv.engines.copying import CopiesData

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from devenv.errors import DevenvError
    from devenv.events import Reporter
    from devenv.overlays.review import ReviewedOverlays
    from devenv.project.addon_toml import Addon
    from devenv.project.services import Ports
    from devenv.project.visibility import StoreName

DYNAMIC_CONFIG_FILE = "dynamicconfig/development.yaml"
"""The file, below the mounts of the stack, that a server follows to which dynamic config is delivered so."""


@dataclass(frozen=True)
class Web:
    """How the Web UI and the HTTP API are served.

    The HTTP API is the Web UI's, which refuses writes of foreign web pages, or with `has_open_api` the
    server's own, which does not. `ui_path` is empty or begins with `/`.
    """

    ui_path: str = ""
    codec_endpoint: str = ""
    has_open_api: bool = False


@dataclass(frozen=True)
class StackIdentity:
    """Which stack, of which project, of which user (`owner` is a uid)."""

    name: str
    project: Path
    owner: int


ENDED = frozenset({"exited", "dead"})
"""Docker's words for a container that ran and does so no more."""


@dataclass(frozen=True)
class Service:
    """One service of a stack, or one of several containers that run it, as its engine sees it now.

    `state` uses Docker's words (`created`, `running`, `paused`, `restarting`, `exited`, `dead`);
    `health` is `healthy`, `starting`, `unhealthy` or None where nothing checks it. One that
    `is_one_shot` does its work once: exit code 0 is its normal end. `activity` says in words for people
    what a service does that is not up yet, where the engine knows more than its state. `number` counts from 1
    where several containers run the service.
    """

    name: str
    state: str
    health: str | None = None
    image: str | None = None
    exit_code: int | None = None
    started_at: datetime | None = None
    is_one_shot: bool = False
    activity: str = ""
    number: int | None = None

    @property
    def title(self) -> str:
        """Its name, and which it is of several that run the same."""
        return self.name if self.number is None else f"{self.name}-{self.number}"

    @property
    def is_running(self) -> bool:
        """Whether the service runs, healthy or not."""
        return self.state == "running"

    @property
    def is_paused(self) -> bool:
        """Whether somebody has frozen its processes: it holds its ports and answers nobody."""
        return self.state == "paused"

    @property
    def has_ended(self) -> bool:
        """Whether it ran and does so no more."""
        return self.state in ENDED

    @property
    def has_finished(self) -> bool:
        """Whether it did its work and ended well, as only a one-shot may."""
        return self.is_one_shot and self.has_ended and self.exit_code == 0

    @property
    def state_for_people(self) -> str:
        """Its state, and `finished` for a one-shot that ended well: `exited` reads like a failure."""
        return "finished" if self.has_finished else self.state

    @property
    def has_crashed(self) -> bool:
        """Whether it ended by itself: a one-shot may end well, the others may not end."""
        return self.has_ended and not self.has_finished


class Images(Protocol):
    """The images that a stack is made of."""

    @property
    def kind(self) -> str:
        """Where they come from: `official` or `stand-in`."""

    @property
    def refs(self) -> Mapping[str, str]:
        """References by service."""


@dataclass(frozen=True)
class LaunchSpec:
    """Everything an engine needs to bring a stack up.

    `settings` are the dynamic config values that hold without a constraint, for an engine whose server gets
    them when it is launched. `namespace` is the one that the Web UI opens; `is_durable` says that a power cut
    loses no data. `versions` are the declared ones by component, `images` those of an engine that runs some.
    `visibility` is the store that was chosen, as in `VISIBILITY_STORES`, for an engine that has the choice.
    `overlays` are Compose files of the project, relative to its root. `addons` are those that are on, whose
    ports and images are among `ports` and `images`.
    """

    stack: StackIdentity
    ports: Ports
    settings: Mapping[str, object] = field(default_factory=dict)
    web: Web = field(default_factory=Web)
    namespace: str = "default"
    is_durable: bool = True
    versions: Mapping[str, str] = field(default_factory=dict)
    images: Images | None = None
    visibility: StoreName = "opensearch"
    overlays: Sequence[Path] = ()
    addons: Sequence[Addon] = ()


@dataclass(frozen=True)
class LogLine:
    """One line of a service's log, without its line end."""

    service: str
    text: str


class Launch(Protocol):
    """A launch under way."""

    def check(self) -> None:
        """Return while the launch goes on or has succeeded.

        Raises:
            DevenvError: The launch has failed; the error carries the evidence.
        """

    def replacing(self) -> Sequence[str]:
        """Return a sentence while the engine may still replace what runs; then nobody may be asked anything.

        Raises:
            DevenvError: As `check`.
        """

    def wait(self) -> None:
        """Block until the engine has nothing left to start.

        Raises:
            DevenvError: As `check`.
        """

    def end(self) -> None:
        """Have the engine start nothing more; what runs stays as it is."""


@dataclass(frozen=True)
class EngineTraits:
    """What distinguishes an engine, as data: whoever decides by it asks for the trait, not for a name."""

    data_place: str
    """Where the data of a stack is kept, in words."""
    lacks: str = ""
    """What a stack does not have, in words; empty for a full one."""
    runs_images: bool = False
    """It runs images of the declared versions; without, the one server that devenv brings along."""
    takes_overlays: bool = False
    """It merges the Compose files that a project names."""
    config_delivery: Literal["file", "launch"] = "file"
    """The server follows a file of dynamic config, or it gets its values when it is launched."""
    enforces_constraints: bool = True
    """A value of dynamic config can hold for one namespace or task queue."""
    visibility: StoreName | None = None
    """The only visibility store it has, as in `VISIBILITY_STORES`; without, the setting chooses."""
    exposes_internal_ports: bool = False
    """Published on another address than 127.0.0.1, a stack has its internal ports there, too."""
    http_api_services: tuple[str, ...] = ()
    """The services of which one or the other publishes the HTTP API; they stop before it moves."""


class ServerValidator(Protocol):
    """Asks a Temporal server what it thinks of dynamic config files."""

    def validate(self, image: str, files: Sequence[bytes]) -> str:
        """Return what the server in `image` prints about `files`, which it knows by their numbers.

        Raises:
            CommandFailedError: It could not be asked.
        """


class Engine(CopiesData, Protocol):
    """Runs stacks. Every method takes the stack it is about; none remembers one."""

    @property
    def name(self) -> str:
        """Which engine this is: its name in `devenv.registry.ENGINES`."""

    @property
    def traits(self) -> EngineTraits:
        """What distinguishes it from others."""

    def check_prerequisites(self) -> None:
        """Return if a stack can be started here.

        Raises:
            PrerequisiteError: Saying what is missing and how to get it.
        """

    def check_data(self, stack: StackIdentity, reporter: Reporter) -> None:
        """Return if the data of the stack, where it has some, can be opened; what is mended is said.

        Raises:
            PrerequisiteError: What it takes is lost.
        """

    def review_overlays(
        self, spec: LaunchSpec, known: ReviewedOverlays | None = None
    ) -> ReviewedOverlays | None:
        """Return what the overlays of `spec` can do, None if it has none or this engine takes none.

        Nothing is written. What was `known` is used again if it is about the same files.

        Raises:
            OverlayInvalidError: They cannot be used.
        """

    def prepare(self, spec: LaunchSpec, reviewed: ReviewedOverlays | None) -> str:
        """Write what `launch` needs, with the overlays as they were `reviewed`, and return its fingerprint.

        That is the same as long as services would come out the same.
        """

    def launch(self, spec: LaunchSpec, reporter: Reporter) -> Launch:
        """Start bringing the stack to `spec` and return at once."""

    def services(self, stack: StackIdentity) -> list[Service]:
        """Return the services that exist, running or not; empty for a stack that is absent."""

    def explain(self, error: DevenvError, stack: StackIdentity) -> DevenvError:
        """Return what a failure of `stack` means: `error` itself, where the engine knows no better."""

    @property
    def publishing_s(self) -> float:
        """How many seconds a port of a starting service may be held before it counts as the service's own."""

    def held_ports(self, stack: StackIdentity, ports: Collection[int]) -> frozenset[int]:
        """Return those of `ports` of 127.0.0.1 that running services of the stack hold now.

        The system is asked, not a record: a port that is not among them is nobody's, or somebody else's.
        """

    def reserved_ports(self, stack: StackIdentity) -> frozenset[int]:
        """Return the ports on which other stacks of this engine are about to be published, not yet held."""

    def other_state(self, stack: StackIdentity) -> str | None:
        """Return the state directory of another home of this user that runs the stack, None if none does."""

    def stop(self, stack: StackIdentity, services: Sequence[str] = ()) -> None:
        """Stop all or the named services, keeping everything."""

    def start(self, spec: LaunchSpec, services: Sequence[str] = ()) -> None:
        """Start all or the named services again."""

    def resume(self, stack: StackIdentity) -> Sequence[str]:
        """Have services that are paused run again; return their names."""

    def remove(self, stack: StackIdentity, *, volumes: bool) -> None:
        """Remove what this stack has made, and with `volumes` its data and every sign of it.

        Absent things are done already.
        What existed before and was only named by an overlay is not the stack's.
        """

    def has_data(self, stack: StackIdentity) -> bool:
        """Whether data of this stack is kept, running or not."""

    def had_data(self, stack: StackIdentity) -> bool:
        """Whether the state directory shows that the stack has or had data here; Docker is not asked."""

    def secrets(self, stack: StackIdentity) -> Sequence[str]:
        """Return what of the stack must be shown to nobody, such as the password of its database."""

    def database_version(self, stack: StackIdentity, image: str) -> str | None:
        """Return the version that the kept data itself says made the database, None if it does not say.

        `image` is a local image of that database, which is not started.
        """

    def logs(
        self,
        stack: StackIdentity,
        services: Sequence[str] = (),
        *,
        follow: bool = False,
        tail: int | None = None,
        since: datetime | None = None,
    ) -> Iterator[LogLine]:
        """Yield log lines, oldest first; with `follow` until the caller stops.

        Of those written after `since` they are the last `tail` of each service. The server's warnings of our
        own revision keys are left out.
        """

    def log_mark(self, stack: StackIdentity, service: str) -> str:
        """Return where the log of `service` ends now; empty when there is none."""

    def log_since(self, stack: StackIdentity, service: str, mark: str) -> list[str]:
        """Return what `service` said after `mark`, also if it was started or made anew since."""

    def execute(self, stack: StackIdentity, service: str, command: Sequence[str]) -> int:
        """Run `command` beside or in `service` with this process's terminal; return its exit code."""

    def output(self, stack: StackIdentity, service: str, command: Sequence[str]) -> str:
        """Run `command` as `execute` does, and return what it prints on its standard output.

        Raises:
            NotRunningError: The service does not run.
            CommandFailedError: It ended with another code than 0; the details are what it printed.
        """

    def internal_address(self, ports: Ports) -> str:
        """Return the frontend's `host:port` as other services of the stack reach it."""

    def http_port(self, ports: Ports, web: Web) -> int:
        """Return the port that the HTTP API answers on."""

    def stacks(self, owner: int) -> Mapping[str, str]:
        """Return the stacks of `owner` that the engine itself can tell of: their names to their projects."""

    def memory(self, stack: StackIdentity) -> int | None:
        """Return how many bytes of memory running services use, None if nobody says so within seconds."""

    def network(self, stack: StackIdentity) -> str | None:
        """Return the name of the stack's network, None where there is none."""
