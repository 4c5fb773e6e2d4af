"""What devenv asks of a Temporal server, and which one, in words of its own; nothing of the SDK is here."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path
    from types import TracebackType

    from devenv.errors import DevenvError
    from devenv.temporal.schedules import Schedule

# Not a user's namespace: the server's own workflows live there.
SYSTEM_NAMESPACE = "temporal-system"
# How the IDs of devenv's own workflows begin, which prove namespaces usable.
CANARY_PREFIX = "devenv-canary-"


@dataclass(frozen=True)
class Cluster:
    """A server as it describes itself.

    `shares_attributes` tells where search attributes live: in one index of the whole cluster (OpenSearch), or
    in columns of their own for each namespace (SQL). `history_shards` are the parts that its data is divided
    into.
    """

    version: str = ""
    shares_attributes: bool = True
    history_shards: int = 4


@dataclass(frozen=True)
class Namespace:
    """A registered namespace, as the server describes it; archival states are `enabled` or `disabled`.

    A global one is replicated between clusters.
    """

    name: str
    retention: timedelta = timedelta(days=3)
    description: str = ""
    owner_email: str = ""
    data: Mapping[str, str] = field(default_factory=dict)
    history_archival_state: str = ""
    history_archival_uri: str = ""
    visibility_archival_state: str = ""
    visibility_archival_uri: str = ""
    id: str = ""
    is_global: bool = False


@dataclass(frozen=True)
class SearchAttributes:
    """Custom search attributes of one namespace (on OpenSearch of them all): name to type, as `Keyword`."""

    namespace: str
    types: Mapping[str, str]


@dataclass(frozen=True)
class NexusEndpoint:
    """A Nexus endpoint: `namespace` and `task_queue` of its workers, or the `url` of an external one."""

    name: str
    namespace: str = ""
    task_queue: str = ""
    url: str = ""
    description: str = ""

    @property
    def target(self) -> str:
        """Where its calls go: `namespace/task-queue`, or the URL."""
        return self.url or f"{self.namespace}/{self.task_queue}"


@dataclass(frozen=True)
class TaskQueue:
    """Rate limits that are set for the activity tasks of a task queue, per second; None where none is."""

    namespace: str
    name: str
    rate_limit: float | None = None
    fairness_key_rate_limit: float | None = None

    @property
    def has_limits(self) -> bool:
        """Whether any limit is set."""
        return (self.rate_limit, self.fairness_key_rate_limit) != (None, None)


@dataclass(frozen=True)
class Poller:
    """A worker whose last poll began at `polled_at`; `sdk` is its name and version, if known."""

    identity: str
    polled_at: datetime
    sdk: str = ""


@dataclass(frozen=True)
class Tasks:
    """The tasks of a kind, `workflow` or `activity`, of a task queue: who polls for them, and what waits.

    `seen_at` is when the server last heard of a poller; it forgets one after five minutes.
    """

    kind: str
    pollers: Sequence[Poller] = ()
    seen_at: datetime | None = None
    backlog: int = 0
    backlog_age: timedelta = timedelta(0)


@dataclass(frozen=True)
class QueueActivity:
    """What happens on a task queue, by the kind of its tasks."""

    namespace: str
    name: str
    tasks: Sequence[Tasks]


class Action(StrEnum):
    """What a change does to its object."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"


@dataclass(frozen=True)
class WorkflowRun:
    """One run of a workflow; `status` is the server's word, as `Running`, `Failed` or `TimedOut`."""

    namespace: str
    workflow_id: str
    run_id: str
    type: str = ""
    status: str = "Running"
    started_at: datetime | None = None
    closed_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether it has not ended."""
        return self.status in OPEN_STATUSES


# A workflow that an operator has paused is open, too.
OPEN_STATUSES = frozenset({"Running", "Paused"})


@dataclass(frozen=True)
class RunsFound:
    """What a query found in one namespace: the newest `runs`, and how many there are in `total`."""

    namespace: str
    runs: Sequence[WorkflowRun]
    total: int


@dataclass(frozen=True)
class History:
    """The history of a run, which says itself by now how it stands.

    `json` is the form that the Web UI imports and that SDKs replay; empty where `problem` says why there is
    none. `failure` is the innermost cause of how it ended, or of what an open one keeps trying.
    """

    run: WorkflowRun
    json: str = ""
    failure: str = ""
    problem: str = ""


Target: TypeAlias = "Namespace | SearchAttributes | NexusEndpoint | Schedule | TaskQueue"
"""What a write creates, updates or deletes."""


@dataclass(frozen=True)
class Write:
    """One request that changes the server; deleting looks only at what identifies the target."""

    action: Action
    target: Target


@dataclass(frozen=True)
class Refusal:
    """Why a write was not done; one that `may_pass` is worth another try, as while caches are filled."""

    error: DevenvError
    may_pass: bool


class Guard(Protocol):
    """Knows which server is meant, where any may answer at its address."""

    def holder_problem(self) -> str | None:
        """Return None if the server that is meant holds its port now, else who may hold it.

        Raises:
            DevenvError: It is certain that another program holds the port.
        """

    def check_cluster(self, cluster: str) -> None:
        """Return if `cluster` is the id of the server that is meant; the first one may be learned.

        Raises:
            DevenvError: Another server answers.
        """


class Canaries(Protocol):
    """Throw-away workflows, one per namespace, that prove the namespaces usable.

    Start them once visibility answers: the server retries early writes to it with growing pauses.

    Each method tries once for every namespace that still lacks it, and returns a sentence per namespace on
    what is missing; an empty list means done. Calling again goes on where the last call stopped.
    """

    def start(self) -> Sequence[str]:
        """Have every namespace accept a workflow start."""

    def find(self) -> Sequence[str]:
        """Find every started workflow by a visibility query."""

    def delete(self) -> Sequence[str]:
        """Delete every canary in any namespace, of whatever proof, and see them gone from visibility."""

    def abandon(self) -> None:
        """Ask once, and no longer than a second, for the deletion of what was started; no failure is told."""


class Gateway(Protocol):
    """One Temporal server. Requests of one call run side by side.

    Raises, from every method that returns what the server has: `ServerUnreachableError` while it cannot be
    reached, `PermissionDeniedError` when who asks may not know, `ServerRejectedError` when it refuses.
    """

    def __enter__(self) -> Gateway:
        """Return itself; leaving closes the connection."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close the connection."""

    def frontend_problem(self) -> str | None:
        """Return why the frontend does not serve, None when its health check says SERVING."""

    def visibility_problem(self, namespace: str) -> str | None:
        """Return why workflows of `namespace` cannot be listed, None when they can."""

    def unready_namespaces(self, namespaces: Iterable[str]) -> Sequence[str]:
        """Return a sentence for each namespace that some part of the server does not know yet.

        Nothing is written; it proves less than `canaries` do: that a workflow would be looked for there.
        """

    def cluster(self) -> Cluster:
        """Return what the server says of itself."""

    def namespaces(self) -> Mapping[str, Namespace]:
        """Return every registered namespace by name, without the server's own and deleted ones."""

    def search_attributes(self, namespaces: Collection[str]) -> Mapping[str, Mapping[str, str]]:
        """Return the custom search attributes visible in each namespace: name to type, as `Keyword`."""

    def attribute_columns(self) -> Mapping[str, Mapping[str, str]]:
        """Return the columns of a SQL store that have names, with the search attribute, by namespace.

        Whoever has them is where they were given: a server whose visibility is in an index now has them, too.
        """

    def name_attribute_columns(self, namespace: str, names: Mapping[str, str]) -> None:
        """Give columns of `namespace` the search attributes `names`; an empty name frees the column."""

    def unusable_attributes(self, attributes: Mapping[str, Collection[str]]) -> Sequence[str]:
        """Return a sentence for each namespace in which a query on its `attributes` is refused."""

    def endpoints(self) -> Mapping[str, NexusEndpoint]:
        """Return every Nexus endpoint by name."""

    def describe_schedules(
        self, schedules: Collection[tuple[str, str]]
    ) -> Mapping[tuple[str, str], Schedule]:
        """Return those of `schedules` (namespace and id) that exist."""

    def schedule_ids(self, namespaces: Collection[str]) -> Sequence[tuple[str, str]]:
        """Return namespace and id of every schedule, as visibility knows them: new ones may be missing."""

    def unlisted_schedules(self, schedules: Collection[Schedule]) -> Mapping[tuple[str, str], str]:
        """Return those of `schedules` (namespace and id) that no query finds by their search attributes.

        Each with the server's words if it refuses that query, else with none.
        """

    def task_queues(self, queues: Collection[tuple[str, str]]) -> Mapping[tuple[str, str], TaskQueue]:
        """Return those of `queues` (namespace and name) that have a rate limit."""

    def queue_activity(
        self, namespaces: Collection[str], declared: Collection[tuple[str, str]]
    ) -> Sequence[QueueActivity]:
        """Return what happens on task queues of `namespaces`, within seconds or not at all.

        They are those `declared` (namespace and name), those that workers poll, and those that the newest
        open workflows are on; of each namespace some tens at most.
        """

    def find_runs(self, namespaces: Collection[str], query: str, limit: int) -> Sequence[RunsFound]:
        """Return what visibility finds by `query` in each namespace, no more than `limit` runs of each.

        It knows of a change a moment after it. A namespace that is being deleted has no runs. Raises
        `QueryInvalidError` for a query that the server does not take.
        """

    def find_run(self, namespace: str, workflow_id: str, run_id: str = "") -> WorkflowRun | None:
        """Return a run of a workflow, the latest one unless `run_id` is given; None if there is none."""

    def read_histories(
        self, runs: Collection[WorkflowRun], limit_bytes: int, done: Callable[[History], None]
    ) -> None:
        """Call `done` with the history of each run as soon as it is read; no more than a few are in memory.

        One of more than `limit_bytes` on the wire, or that the server does not have any more, is a problem
        of that history. What `done` raises ends the reading.
        """

    def perform(self, writes: Sequence[Write], done: Callable[[Write], None]) -> Sequence[Refusal | None]:
        """Make every write, a bounded number at a time; return what became of each, in their order.

        What is created already, or deleted already, counts as done. `done` is called after each success.
        """

    def canaries(self, namespaces: Iterable[str]) -> Canaries:
        """Return canaries for `namespaces`, none started yet."""


@dataclass(frozen=True)
class TlsFiles:
    """TLS to a server: who signed its certificate, and what a client has to show, if anything."""

    authority: Path
    certificate: Path | None = None
    key: Path | None = None


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
