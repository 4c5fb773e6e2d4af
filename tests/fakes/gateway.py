"""A Temporal server in memory, typed by the Protocols of `devenv.temporal`."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Self, TypeVar

from devenv.errors import ServerRejectedError, ServerUnreachableError
from devenv.temporal.protocol import (
    Action,
    Cluster,
    Namespace,
    NexusEndpoint,
    Refusal,
    RunsFound,
    SearchAttributes,
    TaskQueue,
)
from devenv.temporal.schedules import Schedule

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from types import TracebackType

    from devenv.errors import DevenvError
    from devenv.project.access import ClientTls
    from devenv.temporal.protocol import Guard, History, QueueActivity, WorkflowRun, Write

Key = TypeVar("Key")
Value = TypeVar("Value")

VERBS = {Action.CREATE: "create", Action.UPDATE: "update", Action.DELETE: "delete"}


@dataclass
class FakeCanaries:
    """`Canaries` that say what `gateway.lacking` says about a stage, one answer each time they are asked."""

    gateway: FakeGateway

    def start(self) -> Sequence[str]:
        return self._next("start")

    def find(self) -> Sequence[str]:
        return self._next("find")

    def delete(self) -> Sequence[str]:
        return self._next("delete")

    def abandon(self) -> None:
        self.gateway.calls.append("canaries abandon")

    def _next(self, stage: str) -> Sequence[str]:
        self.gateway.calls.append(f"canaries {stage}")
        answers = self.gateway.lacking.get(stage, [])
        return answers.pop(0) if answers else []


@dataclass
class FakeGateway:
    """A `Gateway` to a server in memory. `proven` is every list of namespaces that canaries were sent to.

    Writes to what is in `refused` are refused for good, to what is in `not_yet` as often as it says; those to
    what is in `ignored` are accepted and forgotten. `killed_after` writes the process is interrupted. Of the
    renamings of columns those whose number is in `silent_renamings` get no answer, and have no effect; the
    process is interrupted before that of the number `killed_renaming`.
    Of `histories`, which a query finds by whether their runs are open, and the empty one all, there are as
    many more as `unlisted`.
    `listed_schedules` tells whether an index or a SQL store finds a schedule by search attributes: the one
    that was in use when it was written; the first `listed_after` writes but the last are too early for that.
    Before each write, and when the frontend is asked, `guard` decides whether this server is the one meant.
    """

    registered: dict[str, Namespace] = field(default_factory=dict)
    attributes: dict[str, dict[str, str]] = field(default_factory=dict)
    columns: dict[str, dict[str, str]] = field(default_factory=dict)
    nexus: dict[str, NexusEndpoint] = field(default_factory=dict)
    schedules: dict[tuple[str, str], Schedule] = field(default_factory=dict)
    listed_schedules: dict[tuple[str, str], bool] = field(default_factory=dict)
    listed_after: int = 1
    queues: dict[tuple[str, str], TaskQueue] = field(default_factory=dict)
    activity: list[QueueActivity] = field(default_factory=list)
    queue_problem: DevenvError | None = None
    asked_queues: list[tuple[str, str]] = field(default_factory=list)
    histories: list[History] = field(default_factory=list)
    unlisted: int = 0
    queries: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    visibility_problems: list[str] = field(default_factory=list)
    query_problems: list[str] = field(default_factory=list)
    failures: list[DevenvError] = field(default_factory=list)
    lacking: dict[str, list[Sequence[str]]] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    not_yet: dict[str, int] = field(default_factory=dict)
    ignored: set[str] = field(default_factory=set)
    renamings: int = 0
    silent_renamings: list[int] = field(default_factory=list)
    deleted: set[str] = field(default_factory=set)
    killed_after: int | None = None
    killed_renaming: int | None = None
    shares_attributes: bool = True
    calls: list[str] = field(default_factory=list)
    proven: list[list[str]] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)
    tls: ClientTls | None = None
    open: int = 0
    guard: Guard | None = None
    cluster_id: str = "cluster-1"

    def __enter__(self) -> Self:
        self.open += 1
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.open -= 1

    def frontend_problem(self) -> str | None:
        return (self.problems.pop(0) if self.problems else None) or self._prove()

    def _prove(self) -> str | None:
        problem = self.guard.holder_problem() if self.guard else None
        if self.guard and problem is None:
            self.guard.check_cluster(self.cluster_id)
        return problem

    def visibility_problem(self, namespace: str) -> str | None:
        if self.visibility_problems:
            return self.visibility_problems.pop(0)
        return f"namespace {namespace} is not found" if namespace in self.deleted else None

    def unready_namespaces(self, namespaces: Iterable[str]) -> Sequence[str]:
        return [f"namespace {name} is not known" for name in namespaces if name not in self.registered]

    def cluster(self) -> Cluster:
        if self.failures:
            raise self.failures.pop(0)
        return Cluster("1.32.2", self.shares_attributes)

    def namespaces(self) -> Mapping[str, Namespace]:
        return dict(self.registered)

    def search_attributes(self, namespaces: Collection[str]) -> Mapping[str, Mapping[str, str]]:
        assert set(namespaces) <= self.registered.keys(), "the server refuses a question about others"
        return {name: dict(self.attributes.get(self._place(name), {})) for name in namespaces}

    def attribute_columns(self) -> Mapping[str, Mapping[str, str]]:
        return {name: dict(columns) for name, columns in self.columns.items() if columns}

    def name_attribute_columns(self, namespace: str, names: Mapping[str, str]) -> None:
        self.renamings += 1
        if self.renamings == self.killed_renaming:
            raise KeyboardInterrupt
        if self.renamings in self.silent_renamings:
            raise ServerUnreachableError("127.0.0.1:7233", "busy")
        columns = self.columns.setdefault(namespace, {})
        assert not any(names[column] and column in columns for column in names), "the server refuses it"
        self.columns[namespace] = {key: name for key, name in {**columns, **names}.items() if name}

    def unusable_attributes(self, attributes: Mapping[str, Collection[str]]) -> Sequence[str]:
        return [self.query_problems.pop(0)] if self.query_problems else []

    def endpoints(self) -> Mapping[str, NexusEndpoint]:
        return dict(self.nexus)

    def describe_schedules(
        self, schedules: Collection[tuple[str, str]]
    ) -> Mapping[tuple[str, str], Schedule]:
        return {key: self.schedules[key] for key in schedules if key in self.schedules}

    def schedule_ids(self, namespaces: Collection[str]) -> Sequence[tuple[str, str]]:
        return [key for key in self.schedules if key[0] in namespaces]

    def unlisted_schedules(self, schedules: Collection[Schedule]) -> Mapping[tuple[str, str], str]:
        if self.query_problems:
            return dict.fromkeys((each.key for each in schedules), self.query_problems.pop(0))
        listed = {key for key, shared in self.listed_schedules.items() if shared is self.shares_attributes}
        return {each.key: "" for each in schedules if each.key not in listed}

    def task_queues(self, queues: Collection[tuple[str, str]]) -> Mapping[tuple[str, str], TaskQueue]:
        return {key: self.queues[key] for key in queues if key in self.queues}

    def queue_activity(
        self, namespaces: Collection[str], declared: Collection[tuple[str, str]]
    ) -> Sequence[QueueActivity]:
        self.asked_queues += declared
        if self.queue_problem is not None:
            raise self.queue_problem
        return [each for each in self.activity if each.namespace in namespaces]

    def find_runs(self, namespaces: Collection[str], query: str, limit: int) -> Sequence[RunsFound]:
        if self.failures:
            raise self.failures.pop(0)
        self.queries.append(query)
        wants_open = "CloseTime IS NULL" in query
        listed = [each.run for each in self.histories if not query or each.run.is_open == wants_open]
        runs = {name: [run for run in listed if run.namespace == name] for name in namespaces}
        return [RunsFound(name, own[:limit], len(own) + self.unlisted) for name, own in runs.items()]

    def find_run(self, namespace: str, workflow_id: str, run_id: str = "") -> WorkflowRun | None:
        runs = [each.run for each in self.histories if each.run.namespace == namespace]
        found = [run for run in runs if run.workflow_id == workflow_id and run.run_id.startswith(run_id)]
        return found[-1] if found else None

    def read_histories(
        self, runs: Collection[WorkflowRun], limit_bytes: int, done: Callable[[History], None]
    ) -> None:
        for run in runs:
            done(next(each for each in self.histories if each.run.run_id == run.run_id))

    def perform(self, writes: Sequence[Write], done: Callable[[Write], None]) -> Sequence[Refusal | None]:
        problem = self._prove()
        if problem is not None:
            return [Refusal(ServerUnreachableError("127.0.0.1:7233", problem), may_pass=True) for _ in writes]
        return [self._perform(write, done) for write in writes]

    def canaries(self, namespaces: Iterable[str]) -> FakeCanaries:
        self.proven.append(list(namespaces))
        return FakeCanaries(self)

    def _perform(self, write: Write, done: Callable[[Write], None]) -> Refusal | None:
        if self.killed_after is not None:
            if self.killed_after == 0:
                raise KeyboardInterrupt
            self.killed_after -= 1
        name, verb = _name_of(write), VERBS[write.action]
        if name in self.refused:
            return Refusal(ServerRejectedError(f"{name} could not be {verb}d", "no"), may_pass=False)
        if self.not_yet.get(name, 0):
            self.not_yet[name] -= 1
            return Refusal(ServerRejectedError(f"{name} could not be {verb}d", "not yet"), may_pass=True)
        self.calls.append(f"{verb} {name}")
        if name not in self.ignored:
            self._change(write)
        done(write)
        return None

    def _change(self, write: Write) -> None:
        match write.target:
            case Namespace() as namespace:
                self._change_namespace(write.action, namespace)
            case SearchAttributes(namespace=owner, types=types):
                known = self.attributes.setdefault(self._place(owner), {})
                for name, kind in types.items():
                    if write.action is Action.DELETE:
                        known.pop(name, None)
                    else:
                        known.setdefault(name, kind)
            case NexusEndpoint() as endpoint:
                _put(self.nexus, endpoint.name, endpoint, write.action)
            case Schedule() as schedule:
                _put(self.schedules, schedule.key, schedule, write.action)
                if self.listed_after > 1:
                    self.listed_after -= 1
                else:
                    _put(self.listed_schedules, schedule.key, self.shares_attributes, write.action)
            case TaskQueue() as queue:
                has_limits = write.action is not Action.DELETE and queue.has_limits
                action = Action.UPDATE if has_limits else Action.DELETE
                _put(self.queues, (queue.namespace, queue.name), queue, action)

    def _change_namespace(self, action: Action, namespace: Namespace) -> None:
        known = self.registered.get(namespace.name)
        if action is Action.DELETE:
            leads = [each.name for each in self.nexus.values() if each.namespace == namespace.name]
            assert not leads, "the server keeps a namespace that an endpoint leads to"
            self.registered.pop(namespace.name, None)
            self.deleted.add(namespace.name)
        elif known is None:
            self.registered[namespace.name] = namespace
        else:
            # As the server: empty texts clear nothing, and data is merged.
            self.registered[namespace.name] = replace(
                namespace,
                description=namespace.description or known.description,
                owner_email=namespace.owner_email or known.owner_email,
                data={**known.data, **namespace.data},
            )

    def _place(self, namespace: str) -> str:
        return "*" if self.shares_attributes else namespace


def _put(known: dict[Key, Value], key: Key, value: Value, action: Action) -> None:
    if action is Action.DELETE:
        known.pop(key, None)
    else:
        known[key] = value


def _name_of(write: Write) -> str:
    match write.target:
        case Namespace(name=name):
            return name
        case SearchAttributes(namespace=owner, types=types):
            return f"{', '.join(types)} in {owner or 'all'}"
        case NexusEndpoint(name=name):
            return f"endpoint {name}"
        case Schedule(namespace=owner, id=name):
            return f"schedule {owner}.{name}"
        case TaskQueue(namespace=owner, name=name):
            return f"task queue {owner}.{name}"
