"""Delivers a dynamic config to a stack's server, and knows which one the server uses.

The server looks at its file every five seconds. Its log says whether it takes or refuses what it has read,
but not which file that was. It also warns of every key that it does not know: so each file that is written
here has a key with a name of its own, its revision, and the answer that names the revision is the answer to
that file (docs/adr/0009-a-revision-key.md).
"""

from __future__ import annotations

import json
import re
import secrets
from dataclasses import dataclass
from shutil import rmtree
from typing import TYPE_CHECKING, Any

from pydantic import AwareDatetime, ValidationError

from devenv.dynamicconfig.changes import changed_keys, differences
from devenv.dynamicconfig.load import load_text
from devenv.dynamicconfig.model import DynamicConfig, merged, namespace_of
from devenv.dynamicconfig.render import render, with_revision, without_revision
from devenv.engines.protocol import DYNAMIC_CONFIG_FILE
from devenv.errors import (
    ConfigRefusedError,
    ConfigUnconfirmedError,
    DynamicConfigInvalidError,
    ServiceCrashedError,
)
from devenv.events import warn
from devenv.files.atomic import explained, read_if_there, remove
from devenv.files.strict import StrictModel
from devenv.stack.progress import Deadline
from devenv.stack.stack import SERVER
from devenv.temporal.server_log import REVISION_KEY, SHOWN_LINES, readable_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from devenv.dynamicconfig.changes import ConfigChange
    from devenv.engines.protocol import Engine, StackIdentity
    from devenv.project.state import StackStore
    from devenv.stack.progress import Progress, Step
    from devenv.stack.stack import Observation, Stack

STEP = "dynamic-config"
# Four polls of the server: the first may have just been over, and a busy machine is late.
PATIENCE_S = 20.0
POLL_S = 0.1
LOOK_AT_SERVER_S = 1.0

STATE_FILE = "dynamicconfig.json"
# What a devenv of 2026-11 and before kept instead.
OLD_IN_EFFECT = "dynamicconfig/in-effect.yaml"
OLD_PENDING = "dynamicconfig-pending.json"
OLD_AT_START = "dynamicconfig-at-start/at-start.yaml"
OLD_START = "dynamicconfig-start.json"

# The messages of the server's common/dynamicconfig/file_based_client.go.
ERROR = "dynamic config error"
WARNING = "dynamic config warning"
TAKEN = "Updated dynamic config"
REFUSED = "Unable to update dynamic config."
REVISION_WARNING = re.compile(f'unregistered key "{re.escape(REVISION_KEY)}([^"]*)"')


class PendingFile(StrictModel):
    """A file of this `revision` that was written when the server's log ended at `mark`, not answered yet."""

    revision: str
    text: str
    mark: str


class FileAtStart(StrictModel):
    """What the server read when it started at `started_at`."""

    started_at: AwareDatetime | None
    text: str


class OldStart(StrictModel):
    """A start of the server, as `OLD_START` keeps it."""

    at: AwareDatetime | None


class DeliveryState(StrictModel):
    """What is known of the dynamic config of one stack's server; all texts are without their revision.

    `in_effect` is what the server was last seen to use. `pending` was written after it, by a delivery that
    has not ended.
    """

    in_effect: str | None = None
    pending: PendingFile | None = None
    at_start: FileAtStart | None = None


def config_in_effect(stack: Stack) -> DynamicConfig:
    """Return what the server was last seen to use, else what its file holds; nothing if that is damaged."""
    identity, store = stack.identity, stack.deps.store
    return _parse(_in_effect(_load_state(identity, store), identity, store))


def config_text_in_effect(stack: Stack) -> str:
    """Return the same as the text of its file, empty where there is none."""
    identity, store = stack.identity, stack.deps.store
    return _in_effect(_load_state(identity, store), identity, store) or ""


def _in_effect(state: DeliveryState, stack: StackIdentity, store: StackStore) -> str | None:
    return _file_text(stack, store) if state.in_effect is None else state.in_effect


def _config_file(stack: StackIdentity, store: StackStore) -> Path:
    return store.mounts(stack.name) / DYNAMIC_CONFIG_FILE


def _file_text(stack: StackIdentity, store: StackStore) -> str | None:
    text = _read(_config_file(stack, store))
    return None if text is None else without_revision(text)


def _load_state(stack: StackIdentity, store: StackStore) -> DeliveryState:
    """Return the state; without a file, or with a damaged one, nothing is known."""
    directory = store.directory(stack.name)
    text = _read(directory / STATE_FILE)
    try:
        return _load_old_state(directory) if text is None else DeliveryState.model_validate_json(text)
    except ValidationError:
        return DeliveryState()


def _load_old_state(directory: Path) -> DeliveryState:
    in_effect, start = _read(directory / OLD_IN_EFFECT), _read(directory / OLD_START)
    # Written without a revision, so that no answer names it: it is unanswered until it is written again.
    pending = PendingFile(revision="", text="", mark="") if (directory / OLD_PENDING).exists() else None
    at_start = None
    if start is not None:
        text = _read(directory / OLD_AT_START) or ""
        at_start = FileAtStart(started_at=OldStart.model_validate_json(start).at, text=text)
    return DeliveryState(in_effect=in_effect, pending=pending, at_start=at_start)


def _remove_old_state(directory: Path) -> None:
    for path in (directory / OLD_PENDING, directory / OLD_START):
        remove(path)
    for path in ((directory / OLD_IN_EFFECT).parent, (directory / OLD_AT_START).parent):
        with explained("remove", path):
            if path.exists():
                rmtree(path)


def _parse(text: str | None) -> DynamicConfig:
    try:
        return load_text(text or "", DYNAMIC_CONFIG_FILE)
    except DynamicConfigInvalidError:
        return DynamicConfig()


def _read(path: Path) -> str | None:
    content = read_if_there(path)
    return None if content is None else content.decode()


def reads_file(engine: Engine) -> bool:
    """Whether the engine's server follows a file; the embedded one gets its values when it is launched."""
    return engine.traits.config_delivery == "file"


def config_drift(now: Observation, config: DynamicConfig) -> list[ConfigChange]:
    """Return how `config` differs from what the server was last seen to use; nothing is asked or written.

    An engine that takes no constraints has no drift of constrained values: it says that it ignores them.
    """
    changes = differences(config_in_effect(now.stack), beside_others(config, now.stack))
    takes_all = now.engine.traits.enforces_constraints
    return [change for change in changes if takes_all or not change.constraints]


def beside_others(config: DynamicConfig, stack: Stack) -> DynamicConfig:
    """Return a declared `config` beside what is in effect for namespaces of other worktrees."""
    names = stack.names
    foreign = [
        entry
        for entry in config_in_effect(stack).entries
        if (namespace := namespace_of(entry)) is not None and names.is_foreign(namespace)
    ]
    return merged([*foreign, *config.entries]) if foreign else config


@dataclass(frozen=True)
class Delivered:
    """What a delivery changed; `seconds` from the file's writing to the server's answer, None without one.

    `since_start` is what differs from what the server read when it started. `warnings` are the server's own
    words; it uses the file all the same.
    """

    changes: tuple[ConfigChange, ...]
    since_start: tuple[ConfigChange, ...] = ()
    seconds: float | None = None
    warnings: tuple[str, ...] = ()


class Delivery:
    """One delivery of a dynamic config; the caller holds the stack's lock from `begin` to `finish`.

    A server that does not run when it begins reads the file when it starts, and the embedded one gets its
    values when it is launched: then there is no answer to wait for.
    """

    def __init__(self, now: Observation, config: DynamicConfig) -> None:
        self._at_begin = now
        self._stack = now.stack.identity
        self._config = config
        self._text = render(self._config)
        self._engine = now.engine
        self._deps = now.stack.deps
        self._state = _load_state(self._stack, self._deps.store)
        self._before: str | None = None
        self._changes: tuple[ConfigChange, ...] = ()
        self._since_start: tuple[ConfigChange, ...] = ()
        self._is_server_running = False
        self._written_s: float | None = None

    def begin(self) -> None:
        """Write the file that the server reads, unless it uses these values already."""
        if reads_file(self._engine):
            self._look_at_server()
        self._before = _in_effect(self._state, self._stack, self._deps.store)
        self._changes = tuple(differences(_parse(self._before), self._config))
        if reads_file(self._engine) and (self._changes or not self._is_file_in_effect()):
            self._written_s = self._deps.clock.now()
            self._write(self._text)

    def finish(self, progress: Progress) -> Delivered:
        """Return when the server uses the config; waiting for it is a step.

        Raises:
            ConfigRefusedError: It refuses it; the file before it is in place again, and the server took it.
            ConfigUnconfirmedError: It does not answer.
            ServiceCrashedError: It is gone.
        """
        if self._written_s is None or not self._is_server_running:
            if self._written_s is not None or not reads_file(self._engine):
                self._note(in_effect=self._text, pending=None)
            return Delivered(self._changes, self._since_start)
        with progress.step(STEP) as step:
            answer = self._await_answer(step)
            if not answer.is_taken:
                raise self._restore(answer, step)
            self._note(in_effect=self._text, pending=None)
            count = len(changed_keys(self._changes))
            step.outcome = f"{count} key{'' if count == 1 else 's'} changed" if count else "no value changed"
        for warning in answer.warnings:
            warn(self._deps.reporter, f"the server takes the dynamic config and warns: {warning}")
        seconds = round(self._deps.clock.now() - self._written_s, 3)
        return Delivered(self._changes, self._since_start, seconds, answer.warnings)

    def _look_at_server(self) -> None:
        """Find out what the server read when it started, and has read since."""
        server = self._at_begin.server
        if server is None or not server.is_running:
            return
        self._is_server_running = True
        at_start = self._state.at_start
        if at_start is None or at_start.started_at != server.started_at:
            # Nothing was written since this start: the file holds what the server read then.
            text = _file_text(self._stack, self._deps.store) or ""
            at_start = FileAtStart(started_at=server.started_at, text=text)
            self._note(at_start=at_start)
        self._since_start = tuple(differences(_parse(at_start.text), self._config))
        self._settle_interrupted()

    def _settle_interrupted(self) -> None:
        """Read the answer that an interrupted delivery did not wait for, if the server has given it."""
        pending = self._state.pending
        answer = self._answer_to(pending) if pending else None
        if pending and answer:
            in_effect = pending.text if answer.is_taken else self._state.in_effect
            self._note(in_effect=in_effect, pending=None)

    def _is_file_in_effect(self) -> bool:
        """Whether the server uses what is in its file, or will if it does not run."""
        in_effect = self._state.in_effect
        is_settled = in_effect is not None and self._state.pending is None
        return is_settled and in_effect == _file_text(self._stack, self._deps.store)

    def _write(self, text: str) -> None:
        revision = secrets.token_hex(4)
        mark = self._engine.log_mark(self._stack, SERVER)
        # First the note: a delivery that is interrupted between the two is seen to be unfinished.
        self._note(pending=PendingFile(revision=revision, text=text, mark=mark))
        self._deps.store.renew_mount(self._stack.name, DYNAMIC_CONFIG_FILE, with_revision(text, revision))

    def _note(self, **changes: Any) -> None:
        self._state = self._state.model_copy(update=changes)
        self._deps.store.write_secret(self._stack.name, STATE_FILE, self._state.model_dump_json(indent=2))
        _remove_old_state(self._deps.store.directory(self._stack.name))

    def _await_answer(self, step: Step) -> Answer:
        pending = self._state.pending
        assert pending is not None  # noqa: S101  it was written
        deadline = Deadline(self._deps.clock, self._deps.clock.now(), PATIENCE_S)
        step.waiting("the server looks at the file every 5 s")
        next_look = 0.0
        while not deadline.has_passed():
            answer = self._answer_to(pending)
            if answer is not None:
                return answer
            if deadline.waited() >= next_look:
                self._check_server(pending.mark)
                next_look = deadline.waited() + LOOK_AT_SERVER_S
            self._deps.clock.sleep(POLL_S)
        # A file that is no YAML to the server is refused before it finds the revision in it.
        for answer in read_answers(self._engine.log_since(self._stack, SERVER, pending.mark)):
            if answer.revision is None and not answer.is_taken:
                return answer
        raise ConfigUnconfirmedError(deadline.waited(), str(_config_file(self._stack, self._deps.store)))

    def _answer_to(self, file: PendingFile) -> Answer | None:
        answers = read_answers(self._engine.log_since(self._stack, SERVER, file.mark))
        return next((answer for answer in answers if answer.revision == file.revision), None)

    def _check_server(self, mark: str) -> None:
        server = self._at_begin.again().server
        if server is not None and not server.is_running:
            log = self._engine.log_since(self._stack, SERVER, mark)
            raise ServiceCrashedError(SERVER, server.exit_code, readable_lines(log[-SHOWN_LINES:]))

    def _restore(self, refusal: Answer, step: Step) -> ConfigRefusedError:
        """Write the file that was in effect before, and return the error that says so."""
        is_restored = False
        if self._before is not None and self._before != self._text:
            self._write(self._before)
            is_restored = self._await_answer(step).is_taken
        if is_restored:
            self._note(in_effect=self._before, pending=None)
        return ConfigRefusedError(refusal.errors, is_restored=is_restored)


@dataclass(frozen=True)
class Answer:
    """What the server said of one file: it uses it, or it refuses it for `errors`.

    `revision` is None for a file that has none, and for one that is no YAML to the server.
    """

    revision: str | None
    is_taken: bool
    errors: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def read_answers(lines: Iterable[str]) -> Iterator[Answer]:
    """Yield what the server's log says of the files that it has read, in their order."""
    revision, errors, warnings = None, [], []
    for line in lines:
        message, detail = _parse_line(line)
        if message == ERROR:
            errors.append(detail)
        elif message == WARNING and (match := REVISION_WARNING.fullmatch(detail)):
            revision = match[1]
        elif message == WARNING:
            warnings.append(detail)
        # Without an error in the file it could not be read at all: then the server tries again by itself.
        elif message == TAKEN or (message == REFUSED and errors):
            yield Answer(revision, message == TAKEN, tuple(errors), tuple(warnings))
            revision, errors, warnings = None, [], []


def _parse_line(line: str) -> tuple[str, str]:
    """Return the message of a log line and its error; a line that is no JSON object has neither."""
    try:
        record = json.loads(line)
    except ValueError:
        return "", ""
    if not isinstance(record, dict):
        return "", ""
    return str(record.get("msg", "")), str(record.get("error", ""))
