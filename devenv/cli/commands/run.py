"""`devenv run`: a command with a stack, and the evidence of its failure."""

from __future__ import annotations

import os
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from devenv.cli import options
from devenv.cli.answer import Answer
from devenv.cli.command import command
from devenv.cli.context import Call
from devenv.cli.options import option
from devenv.cli.output import github
from devenv.cli.output.visible import escape
from devenv.cli.questions import with_trust
from devenv.cli.stopping import Terminated
from devenv.errors import (
    CommandNotFoundError,
    DevenvError,
    ExitCode,
    InterruptedByUserError,
    RunFailedError,
    TerminatedError,
)
from devenv.events import warn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devenv.stack.artifacts import Artifacts
    from devenv.stack.desired import Desired
    from devenv.stack.endpoints import Endpoints
    from devenv.stack.evidence import Evidence
    from devenv.stack.progress import Timing
    from devenv.stack.run_session import RunSession
    from devenv.stack.up import UpRequest


NOTHING_LEFT = "the stack is as it was found"
NEXT = "run it again; a stack that stays up is `devenv up`"
IN_CI = "devenv-artifacts"


@command("run", panel="Use", context_settings=options.PROGRAM_SETTINGS)
def run(
    call: Call,
    program: Annotated[list[str], typer.Argument(metavar="-- CMD...", help="What to run")],
    engine: options.Engine = None,
    timeout: options.Timeout = None,
    any_port: options.AnyPort = False,
    trust: options.Trust = None,
    artifacts: Annotated[
        str | None,
        option(
            "--artifacts",
            help=f"Keep evidence there: logs, histories; in CI {IN_CI}, if CMD fails",
            metavar="DIR",
        ),
    ] = None,
    no_artifacts: Annotated[bool, option("--no-artifacts", help="Keep no evidence, in CI neither")] = False,
    keep: Annotated[bool, option("--keep", help="Leave the stack up afterwards")] = False,
) -> Answer:
    """Run a command with a stack, and leave everything as it was found.

    A stack that is up is used and stays up; else one is started, and what was made for it is removed.
    A `temporal` on the command's PATH reaches this stack only. Ctrl-C is the command's to answer. The exit
    code is the command's own; 125 says that devenv failed,
    127 that there is no such command.

    Examples: devenv run -- pytest tests/integration · devenv run --artifacts out -- go test ./...
    """
    if artifacts is not None and no_artifacts:
        raise typer.BadParameter("--artifacts cannot be given with --no-artifacts")
    program = options.without_separator(program)
    if not program:
        raise typer.BadParameter("no command is given: write it after `--`")
    session = _Run(call, program, keep=keep)
    try:
        if not no_artifacts:
            session.prepare_artifacts(artifacts)
        desired = call.desired(options.overrides(engine, timeout))
        request = options.up_request(any_port=any_port, must_stay=True, trust=trust)
        code = session.run(desired, request)
    except CommandNotFoundError:
        raise
    except DevenvError as error:
        session.tell_failure(error)
        raise _as_run_failure(error) from error
    except KeyboardInterrupt:
        raise InterruptedByUserError(NOTHING_LEFT, NEXT) from None
    except Terminated:
        raise TerminatedError(NOTHING_LEFT, NEXT) from None
    finally:
        session.discard_artifacts()
    return Answer(session.answer | {"ok": code == 0, "exit_code": code}, exit_code=code)


def _as_run_failure(error: DevenvError) -> RunFailedError:
    return RunFailedError(error.message, details=error.details, hint=error.hint)


class _Run:
    """One call of `run`: the command, and what is kept of it for whoever asks why it failed."""

    def __init__(self, call: Call, program: list[str], *, keep: bool) -> None:
        self._call = call
        self._program = program
        self._keep = keep
        self._began_at = datetime.now(UTC)
        self._artifacts: Artifacts | None = None
        self._is_asked_for = False
        self._has_run = False
        self._is_on_github = github.is_github_actions() and not call.options.quiet
        self.answer: dict[str, Any] = {"artifacts": None, "evidence": None}

    def prepare_artifacts(self, given: str | None) -> None:
        """Have a directory for evidence, if one is wanted; a CI job that names none goes on without.

        Raises:
            DevenvError: The one that is `given` cannot be used; nothing was started.
        """
        from devenv.project.directories import state_dir
        from devenv.stack.artifacts import Artifacts
        from devenv.stack.up import in_ci

        if given is None and not in_ci():
            return
        self._is_asked_for = given is not None
        root, paths = self._call.project.root, self._call.settings().paths
        reserved = [state_dir(), root / paths.seeds, root / paths.dynamicconfig]
        try:
            self._artifacts = Artifacts.begin(Path(given or IN_CI), root, reserved)
        except DevenvError as error:
            if self._is_asked_for:
                raise
            warn(self._call.reporter, f"no evidence is kept: {error.message}")

    def discard_artifacts(self) -> None:
        """Leave no file that is not published."""
        if self._artifacts is not None:
            self._artifacts.discard()

    def run(self, desired: Desired, request: UpRequest) -> int:
        """Run the command and return its exit code; the stack is then as it was found, unless it is kept.

        Raises:
            CommandNotFoundError: There is no such command.
            DevenvError: The stack could not be brought up.
        """
        from devenv.stack.evidence import collect

        clock, began_s = self._call.deps.clock, self._call.deps.clock.now()
        with ExitStack() as until_restored:
            session = self._bring_up(until_restored, desired, request)
            self._hide_secrets(str(session.report.engine))
            started_s, not_found = clock.now(), None
            try:
                code = self._run_program(session)
            except CommandNotFoundError as error:
                code, not_found = int(error.exit_code), error
            ended_s, self._has_run = clock.now(), True
            evidence = self._evidence(code, session)
            evidence.timings += [*session.report.timings, _timing("command", began_s, started_s, ended_s)]
            with self._harmless():
                if self._artifacts is not None and (code or self._is_asked_for):
                    collect(self._call.stack, desired, self._artifacts, evidence, ended_s)
                    evidence.timings.append(_timing("evidence", began_s, ended_s, clock.now()))
                    self._publish(evidence, self._artifacts)
                self._tell_github(evidence)
            if not_found is not None:
                raise not_found
            return code

    def _bring_up(self, until_restored: ExitStack, desired: Desired, request: UpRequest) -> RunSession:
        from devenv.stack.run_session import run_session

        def begin() -> RunSession:
            return until_restored.enter_context(
                run_session(self._call.stack, desired, request, keep=self._keep)
            )

        with github.group("devenv: the stack starts", is_on=self._is_on_github):
            try:
                # A second try, after a yes, needs a session of its own.
                return with_trust(self._call, begin)
            finally:
                self._call.reporter.close()

    def tell_failure(self, error: DevenvError) -> None:
        """Keep what is known of an `error` for which the command was not run, and tell GitHub."""
        from devenv.stack.evidence import keep_logs_of_failed_start

        if self._has_run:
            return
        self._call.close_reporter()
        evidence = self._evidence(int(ExitCode.RUN_FAILED))
        evidence.error = error.message
        with self._harmless():
            if self._artifacts is not None:
                keep_logs_of_failed_start(self._call.stack, self._artifacts, self._began_at)
                self._publish(evidence, self._artifacts)
            self._tell_github(evidence)

    @contextmanager
    def _harmless(self) -> Iterator[None]:
        """Have nothing that goes wrong with the evidence change how the command ended; it is said."""
        try:
            yield
        except Exception as error:  # noqa: BLE001  whatever it is
            said = error.message if isinstance(error, DevenvError) else f"{type(error).__name__}: {error}"
            self._call.messages.say(f"[warn]warning:[/] the evidence is not kept: {escape(said)}")

    def _hide_secrets(self, engine: str) -> None:
        if self._artifacts is not None:
            stack = self._call.stack
            self._artifacts.secrets = stack.deps.engine(engine).secrets(stack.identity)

    def _run_program(self, session: RunSession) -> int:
        if session.report.endpoints is None:
            raise RunFailedError("The stack has no address", hint="run `devenv status`")
        return _run_with(self._call, self._program, session.report.endpoints)

    def _evidence(self, code: int, session: RunSession | None = None) -> Evidence:
        from devenv.stack.evidence import Evidence

        evidence = Evidence(self._call.stack_name, self._program[0], self._began_at, code)
        if session is not None:
            report = session.report
            evidence.engine, evidence.stays_up, evidence.is_fresh = (
                report.engine,
                session.stays_up,
                session.is_fresh,
            )
            evidence.ui = report.endpoints.ui if report.endpoints is not None else ""
        return evidence

    def _publish(self, evidence: Evidence, artifacts: Artifacts) -> None:
        from devenv.cli.views.evidence import evidence_document, evidence_files, evidence_text

        artifacts.publish(evidence_files(evidence, artifacts.sizes))
        self.answer = {"artifacts": str(artifacts.home), "evidence": evidence_document(evidence)}
        if not self._call.options.quiet:
            evidence_text(self._call.messages, evidence, artifacts.home)

    def _tell_github(self, evidence: Evidence) -> None:
        from devenv.cli.views.evidence import annotation, step_summary

        if not self._is_on_github:
            return
        if evidence.exit_code:
            github.annotate(*annotation(evidence))
        problem = github.add_to_summary(step_summary(evidence))
        if problem is not None:
            self._call.messages.say(f"[warn]warning:[/] the step has no summary: {escape(problem)}")


def _timing(step: str, began_s: float, from_s: float, to_s: float) -> Timing:
    from devenv.stack.progress import Timing

    return Timing(step, round(from_s - began_s, 3), round(to_s - from_s, 3))


def _run_with(call: Call, program: list[str], endpoints: Endpoints) -> int:
    from devenv.engines.host.programs import run_in_foreground
    from devenv.engines.host.temporal_cli import client_of, with_client
    from devenv.stack.environment import client_environment, client_variables, without_own_virtualenv

    inherited = without_own_virtualenv(os.environ, call.project.root)
    record = call.stack.record
    addons = record.addons if record else ()
    variables = client_variables(endpoints, call.settings().namespace, addons, call.names)
    environment = client_environment(inherited, variables)
    try:
        with client_of(endpoints.grpc, call.wiring.temporal_binary(), prefers_path=True) as client:
            return run_in_foreground(program, with_client(environment, client))
    except OSError as error:
        raise CommandNotFoundError(
            f"{program[0]} cannot be run: {error.strerror}", hint="check its name and your PATH"
        ) from error
