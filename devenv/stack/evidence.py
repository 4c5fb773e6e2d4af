"""The evidence of a `run`: what explains a failure once the stack is gone.

It is collected by a thread of its own, so that nothing that hangs keeps the stack from being removed: after
some time, or at a signal, what is there is what there is.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Thread
from time import monotonic
from typing import TYPE_CHECKING

from devenv.engines.host.programs import undisturbed
from devenv.errors import DevenvError, InvalidInputError
from devenv.stack.artifacts import ClosedError
from devenv.stack.config_delivery import config_text_in_effect
from devenv.stack.histories import HistoryFiles, Limits, SavedHistory, Wanted
from devenv.stack.status import get_status, get_status_without_files
from devenv.temporal.protocol import CANARY_PREFIX
from devenv.temporal.server_log import readable_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from devenv.stack.artifacts import Artifacts
    from devenv.stack.desired import Desired
    from devenv.stack.progress import Timing
    from devenv.stack.report import StackReport
    from devenv.stack.stack import Stack
    from devenv.temporal.protocol import History

PATIENCE_S = 60.0
# Whoever ended the command has no time: GitHub kills what has not ended ten seconds after a job is cancelled.
PATIENCE_AFTER_SIGNAL_S = 5.0
# Visibility may tell of a workflow so much later: the server's bulk writes and OpenSearch's refresh take a
# second each.
VISIBILITY_LAG_S = 2.5
LOG_LINES = 10_000
FAILED_LIMIT, OPEN_LIMIT = 100, 50
LIMITS = Limits(history_bytes=10_000_000, total_bytes=100_000_000)

DYNAMIC_CONFIG = "dynamicconfig.yaml"
FAILED_STATUSES = ("Failed", "TimedOut", "Terminated")


@dataclass
class Evidence:
    """What is known of one `run`; `exit_code` is its command's, or devenv's where `error` has a sentence.

    `stays_up` tells that the Web UI at `ui` is there afterwards. `left_out` and `problems` are sentences.
    """

    stack: str
    program: str
    began_at: datetime
    exit_code: int = 0
    error: str = ""
    engine: str | None = None
    ui: str = ""
    stays_up: bool = False
    is_fresh: bool = False
    timings: list[Timing] = field(default_factory=list)
    status: StackReport | None = None
    histories: Sequence[SavedHistory] = ()
    left_out: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def failed(self) -> list[SavedHistory]:
        """The workflows that failed, in the order in which they did."""
        ended = [each for each in self.histories if each.run.status in FAILED_STATUSES]
        return sorted(ended, key=lambda each: each.run.closed_at or self.began_at)

    @property
    def open(self) -> list[SavedHistory]:
        """The workflows that were still open, those first that keep failing at something."""
        return sorted(
            (each for each in self.histories if each.run.is_open), key=lambda each: not each.failure
        )

    @property
    def first_failure(self) -> SavedHistory | None:
        """The workflow that failed first; else one that keeps failing, else one that was terminated."""
        by_itself = [each for each in self.failed if each.run.status != "Terminated"]
        return next((each for each in (*by_itself, *self.open, *self.failed) if each.failure), None)


def collect(stack: Stack, desired: Desired, artifacts: Artifacts, evidence: Evidence, ended_s: float) -> None:
    """Collect what the stack, which still runs, has to say of the command that ended at `ended_s`.

    It ends after a minute, or at Ctrl-C or SIGTERM; then what could not be collected is a problem, as
    whatever else goes wrong.
    """
    collection = _Collection(stack, desired, artifacts, evidence, ended_s)
    is_hurried = evidence.exit_code in {130, 143}
    _run_for(collection.run, PATIENCE_AFTER_SIGNAL_S if is_hurried else PATIENCE_S, artifacts, evidence)


def _run_for(work: Callable[[], None], patience_s: float, artifacts: Artifacts, evidence: Evidence) -> None:
    worker = Thread(target=work, name="evidence", daemon=True)
    with undisturbed() as signals:
        worker.start()
        until = monotonic() + patience_s
        while worker.is_alive() and not signals and monotonic() < until:
            worker.join(0.05)
    artifacts.close()
    if worker.is_alive():
        why = "was interrupted" if signals else f"took more than {patience_s:.0f} s"
        evidence.problems.append(f"collecting {why}: what is missing here was not reached")


class _Collection:
    def __init__(
        self, stack: Stack, desired: Desired, artifacts: Artifacts, evidence: Evidence, ended_s: float
    ) -> None:
        self._stack = stack
        self._desired = desired
        self._artifacts = artifacts
        self._evidence = evidence
        self._ended_s = ended_s

    def run(self) -> None:
        """Collect one thing after the other; what goes wrong with one leaves the others."""
        parts = {
            "dynamic config": self._config,
            "logs": self._logs,
            "status": self._status,
            "workflows": self._workflows,
        }
        for name, collect_part in parts.items():
            try:
                collect_part()
            except ClosedError:
                return
            except DevenvError as error:
                self._evidence.problems.append(": ".join([name, error.message, *error.details[:1]]))
            except Exception as error:  # noqa: BLE001  a bug here must not change how the command ended
                self._evidence.problems.append(f"{name}: {type(error).__name__}: {error}")

    def _config(self) -> None:
        text = config_text_in_effect(self._stack)
        if text:
            self._artifacts.write(DYNAMIC_CONFIG, text.encode())

    def _logs(self) -> None:
        since = None if self._evidence.is_fresh else self._evidence.began_at
        self._evidence.left_out += save_logs(self._stack, self._artifacts, since)

    def _status(self) -> None:
        try:
            self._evidence.status = get_status(self._stack, self._desired)
        except InvalidInputError:  # the command may have changed files of the project
            self._evidence.status = get_status_without_files(self._stack)

    def _workflows(self) -> None:
        clock = self._stack.deps.clock
        clock.sleep(max(0.0, self._ended_s + VISIBILITY_LAG_S - clock.now()))
        files = HistoryFiles(self._artifacts.write, LIMITS, _explains)
        self._evidence.histories, files.left_out = files.saved, self._evidence.left_out
        began = "" if self._evidence.is_fresh else f' AND StartTime >= "{_stamp(self._evidence.began_at)}"'
        ours = f'WorkflowId NOT STARTS_WITH "{CANARY_PREFIX}"{began}'
        statuses = ", ".join(f'"{status}"' for status in FAILED_STATUSES)
        with self._stack.connect() as gateway:
            taken = self._stack.names.taken  # what another worktree did there is no evidence
            namespaces = [name for name in gateway.namespaces() if name not in taken]
            failed = Wanted("that failed", f"ExecutionStatus IN ({statuses}) AND {ours}", FAILED_LIMIT)
            files.save(gateway, namespaces, failed)
            files.save(gateway, namespaces, Wanted("still open", f"CloseTime IS NULL AND {ours}", OPEN_LIMIT))
        problems = [each.problem for each in files.saved if each.problem]
        if problems:
            self._evidence.left_out.append(f"histories of {len(problems)} workflows: {problems[0]}")


def save_logs(stack: Stack, artifacts: Artifacts, since: datetime | None) -> list[str]:
    """Save the log of each service, readable; return what was left out."""
    now = stack.observe()
    if now is None:
        return []
    left_out = []
    for service in sorted({service.name for service in now.services}):
        log = now.engine.logs(stack.identity, [service], tail=LOG_LINES, since=since)
        texts = [line.text for line in log]
        artifacts.write(f"logs/{service}.log", _as_file(readable_lines(texts)))
        if len(texts) >= LOG_LINES:
            left_out.append(f"log of {service}: all but its last {LOG_LINES:,} lines")
    return left_out


def keep_logs_of_failed_start(stack: Stack, artifacts: Artifacts, began_at: datetime) -> None:
    """Copy the logs that an `up` has saved since `began_at`, which failed: its services are gone."""
    failed = stack.deps.store.directory(stack.name) / "failed"
    began = began_at.strftime("%Y%m%dT%H%M%SZ")
    saved = sorted(path for path in failed.glob("*") if path.name >= began)
    for log in sorted(saved[-1].glob("*.log")) if saved else ():
        artifacts.write(f"logs/{log.name}", log.read_bytes())


def _as_file(lines: Sequence[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode(errors="replace")


def _explains(history: History) -> bool:
    """Whether a history tells of something that went wrong; some have ended well since they were found."""
    return history.run.is_open or history.run.status in FAILED_STATUSES


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
