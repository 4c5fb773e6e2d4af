"""Gives a dynamic config to a stack's server, and knows when the server really uses it.

The server looks at its file every five seconds, and reads it if it is newer than what it read last. It says
so in its log, but not which file it read: its next answer is about a file only if no other file was
unanswered when that was written. `ConfigMemory` knows. Where it does not, the file is written twice: whatever
the first answer is about, the second cannot be about anything older.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from devenv.dynamicconfig.answer import first_answer
from devenv.dynamicconfig.changes import changed_keys, differences
from devenv.dynamicconfig.render import render
from devenv.engines.protocol import EngineName
from devenv.engines.readable_log import readable_lines
from devenv.errors import ConfigRefusedError, ConfigUnconfirmedError, ServiceCrashedError
from devenv.events import warn
from devenv.stack.config_memory import ConfigMemory, Pending
from devenv.stack.progress import Step
from devenv.stack.serving import SERVER, server_of
from devenv.stack.waiting import Deadline

if TYPE_CHECKING:
    from devenv.dynamicconfig.answer import Answer
    from devenv.dynamicconfig.changes import ConfigChange
    from devenv.dynamicconfig.model import DynamicConfig
    from devenv.engines.protocol import Engine, StackIdentity
    from devenv.events import Reporter
    from devenv.stack.progress import Progress
    from devenv.stack.toolkit import Toolkit

STEP = "dynamic-config"
# Four of the server's looks: the first may have just been over, and a busy machine is late.
PATIENCE_S = 20.0
POLL_S = 0.1
LOOK_AT_SERVER_S = 1.0
LOG_TAIL_LINES = 15


@dataclass(frozen=True)
class HandedOver:
    """What came of it: `seconds` from the file's writing to the server's word, None if nothing was written.

    `warnings` are the server's own words; it uses the file all the same. `since_start` is what differs from
    what the server read when it started.
    """

    changes: tuple[ConfigChange, ...]
    since_start: tuple[ConfigChange, ...] = ()
    seconds: float | None = None
    warnings: tuple[str, ...] = ()

    @property
    def outcome(self) -> str:
        """How a step of it ended, in a few words."""
        count = len(changed_keys(self.changes))
        return f"{count} key{'' if count == 1 else 's'} changed" if count else "no value changed"


class Handover(Protocol):
    """One hand-over of a dynamic config, begun."""

    @property
    def is_awaited(self) -> bool:
        """Whether there is anything to wait for."""

    def finish(self, step: Step) -> HandedOver:
        """Return when the server uses the config.

        Raises:
            DevenvError: It does not.
        """


def begin_handover(stack: StackIdentity, config: DynamicConfig, engine: Engine, kit: Toolkit) -> Handover:
    """Give `config` to what runs the stack, or is about to; the caller holds the stack's lock to the end."""
    if engine.name is EngineName.EMBEDDED:
        return _AtLaunch(stack, config, kit)
    handover = _ByFile(stack, config, engine, kit)
    handover.begin()
    return handover


def finish_handover(handover: Handover, progress: Progress, reporter: Reporter) -> HandedOver:
    """Wait for the end of `handover`, as a step if it takes any time; the server's warnings are passed on.

    Raises:
        DevenvError: As `Handover.finish`.
    """
    if not handover.is_awaited:
        return handover.finish(Step(STEP, progress))
    with progress.step(STEP) as step:
        done = handover.finish(step)
        step.outcome = done.outcome
    for warning in done.warnings:
        warn(reporter, f"the server takes the dynamic config and warns: {warning}")
    return done


class _AtLaunch:
    """The embedded server gets its values when it is launched."""

    is_awaited = False

    def __init__(self, stack: StackIdentity, config: DynamicConfig, kit: Toolkit) -> None:
        self._memory = ConfigMemory(stack.name, kit.store)
        self._config = config

    def finish(self, step: Step) -> HandedOver:  # noqa: ARG002  the Protocol's
        """Remember what the server was launched with."""
        changes = differences(self._memory.entries_in_effect(), self._config)
        self._memory.note_in_effect(render(self._config))
        return HandedOver(tuple(changes))


class _ByFile:
    """Hands `config` over by the file that the server looks at.

    A server that does not run at the beginning reads the file when it starts, so that there is nothing to
    wait for.
    """

    def __init__(self, stack: StackIdentity, config: DynamicConfig, engine: Engine, kit: Toolkit) -> None:
        self._stack = stack
        self._config = config
        self._text = render(config)
        self._engine = engine
        self._clock = kit.clock
        self._memory = ConfigMemory(stack.name, kit.store)
        self._is_server_running = False
        self._is_certain = False
        self._earlier: str | None = None
        self._changes: tuple[ConfigChange, ...] = ()
        self._since_start: tuple[ConfigChange, ...] = ()
        self._began: float | None = None

    @property
    def is_awaited(self) -> bool:
        """Whether there is anything to wait for."""
        return self._is_server_running and self._began is not None

    def begin(self) -> None:
        """Write the file, unless the server uses these values already."""
        server = server_of(self._stack, self._engine)
        self._is_server_running = server is not None and server.is_running
        if server is not None and server.is_running:
            self._memory.note_start(server.started_at)
            self._since_start = tuple(differences(self._memory.entries_at_start(), self._config))
        self._settle()
        self._is_certain = self._memory.is_certain
        self._earlier = self._memory.in_effect or self._memory.written
        self._changes = tuple(differences(self._memory.entries_in_effect(), self._config))
        if self._changes or not self._is_certain:
            self._began = self._clock.now()
            # A server that starts later has read nothing older.
            self._write(self._text, is_next=self._is_certain or not self._is_server_running)

    def finish(self, step: Step) -> HandedOver:
        """Wait until the server says that it uses the file.

        Raises:
            ConfigRefusedError: It refuses it; the file before it is in place again, and the server agreed.
            ConfigUnconfirmedError: It says nothing.
            ServiceCrashedError: It is gone.
        """
        if self._began is None:
            return HandedOver(self._changes, self._since_start)
        if not self._is_server_running:
            self._memory.note_in_effect(self._text)
            return HandedOver(self._changes)
        answer = self._await(step)
        if not self._is_certain:
            self._write(self._text, is_next=True)
            answer = self._await(step)
        if not answer.is_taken:
            raise self._restore(answer, step)
        self._memory.note_in_effect(self._text)
        seconds = round(self._clock.now() - self._began, 3)
        return HandedOver(self._changes, self._since_start, seconds, answer.warnings)

    def _settle(self) -> None:
        """Look for the answer that an interrupted hand-over did not wait for."""
        pending = self._memory.pending
        if pending is None or not pending.is_next or not self._is_server_running:
            return
        answer = self._answer_since(pending.mark)
        if answer is None:
            return
        if answer.is_taken:
            self._memory.note_in_effect(pending.text)
        else:
            self._memory.forget_pending()

    def _restore(self, refusal: Answer, step: Step) -> ConfigRefusedError:
        is_restored = self._earlier is not None and self._earlier != self._text
        if self._earlier is not None and is_restored:
            self._write(self._earlier, is_next=True)
            is_restored = self._await(step).is_taken
        if self._earlier is not None and is_restored:
            self._memory.note_in_effect(self._earlier)
        return ConfigRefusedError(refusal.errors, is_restored=is_restored)

    def _write(self, text: str, *, is_next: bool) -> None:
        mark = self._engine.log_mark(self._stack, SERVER)
        self._memory.write(Pending(text=text, mark=mark, is_next=is_next))

    def _await(self, step: Step) -> Answer:
        pending = self._memory.pending
        mark = pending.mark if pending else ""
        deadline = Deadline(self._clock, self._clock.now(), PATIENCE_S)
        step.waiting("the server looks at the file every 5 s")
        next_look = 0.0
        while not deadline.has_passed():
            answer = self._answer_since(mark)
            if answer is not None:
                return answer
            if deadline.waited() >= next_look:
                self._demand_server(mark)
                next_look = deadline.waited() + LOOK_AT_SERVER_S
            self._clock.sleep(POLL_S)
        raise ConfigUnconfirmedError(deadline.waited(), str(self._memory.path))

    def _answer_since(self, mark: str) -> Answer | None:
        return first_answer(self._engine.log_since(self._stack, SERVER, mark))

    def _demand_server(self, mark: str) -> None:
        server = server_of(self._stack, self._engine)
        if server is not None and not server.is_running:
            log = self._engine.log_since(self._stack, SERVER, mark)
            raise ServiceCrashedError(SERVER, server.exit_code, readable_lines(log[-LOG_TAIL_LINES:]))
