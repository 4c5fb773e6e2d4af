"""One call of a command: its options, the project it is about, and how it answers."""

from __future__ import annotations

import functools
import os
import sys
import traceback
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from devenv.cli.globals import with_global_options
from devenv.cli.help_page import PlainHelpCommand
from devenv.cli.options import settings_from_variables
from devenv.cli.output.formats import OutputFormat
from devenv.cli.stopping import Terminated, be_deaf
from devenv.errors import (
    DevenvError,
    DirectoryGoneError,
    ExitCode,
    InterruptedByUserError,
    InvalidInputError,
    SettingsInvalidError,
    TerminatedError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from devenv.cli.output.deferred import DeferredReporter
    from devenv.cli.output.json_lines import JsonLinesReporter
    from devenv.cli.output.live import LiveReporter
    from devenv.cli.output.plain import PlainReporter
    from devenv.cli.output.steps import StepsReporter
    from devenv.cli.output.terminal import SafeConsole
    from devenv.cli.session import Session, Wiring
    from devenv.project.locate import Project
    from devenv.project.settings import Settings
    from devenv.stack.dependencies import Dependencies
    from devenv.stack.desired import Desired
    from devenv.stack.stack import Stack


@dataclass(frozen=True)
class Answer:
    """What a command has to say: fields of its JSON document, the same for people, and its exit code."""

    fields: Mapping[str, Any] = field(default_factory=dict)
    text: Callable[[SafeConsole], None] | None = None
    exit_code: int = ExitCode.OK
    about_stack: bool = True


class Call:
    """What a command works with. Everything is made when it is first asked for."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.options = session.options
        self.output = session.options.output or OutputFormat.TEXT

    @functools.cached_property
    def directory(self) -> Path:
        """The working directory, or `--project`, which may not exist."""
        project = self.options.project or Path()
        return (project if project.is_absolute() else working_directory() / project).resolve()

    @functools.cached_property
    def project(self) -> Project:
        """The project that the working directory, or `--project`, lies in."""
        from devenv.project.locate import find_project

        if not self.directory.is_dir():
            raise SettingsInvalidError(
                "no such directory",
                place=f"--project {self.options.project}",
                hint="name the directory of a project",
            )
        return find_project(self.directory)

    @functools.cached_property
    def stack_name(self) -> str:
        """The name of the stack that the command is about."""
        from devenv.project.identity import check_stack_name, default_stack_name

        if self.options.stack is not None:
            return check_stack_name(self.options.stack)
        return default_stack_name(self.project.root)

    @functools.cached_property
    def stack(self) -> Stack:
        """The stack that the command is about."""
        from devenv.engines.protocol import StackIdentity
        from devenv.stack.stack import Stack

        identity = StackIdentity(self.stack_name, self._root_of_stack, os.getuid())
        return Stack(identity, self.deps)

    @property
    def _root_of_stack(self) -> Path:
        """The project's; a stack that is named can be taken down where no project can be looked for."""
        try:
            return self.project.root
        except DirectoryGoneError:
            record = self.deps.store.load(self.stack_name) if self.options.stack else None
            if record is None:
                raise
            return Path(record.project)

    def settings(self, overrides: Mapping[str, object] | None = None) -> Settings:
        """Return the project's settings, under those of variables, under those that options give."""
        from devenv.project.settings import load_settings

        return load_settings(self.project, settings_from_variables(os.environ) | dict(overrides or {}))

    def desired(self, overrides: Mapping[str, object] | None = None) -> Desired:
        """Return what the project declares, of which each part is read when it is asked for."""
        from devenv.stack.desired import load_desired

        return load_desired(self.project, self.settings(overrides))

    @functools.cached_property
    def reporter(self) -> DeferredReporter | JsonLinesReporter:
        """Where progress goes."""
        if self.output is OutputFormat.JSONL:
            from devenv.cli.output.json_lines import JsonLinesReporter

            return JsonLinesReporter()
        from devenv.cli.output.deferred import DeferredReporter

        return DeferredReporter(self._reporter_for_people)

    def _reporter_for_people(self) -> LiveReporter | PlainReporter | StepsReporter:
        from devenv.cli.output.terminal import can_redraw

        if self.options.verbose and not self.options.quiet:
            from devenv.cli.output.steps import StepsReporter

            return StepsReporter(self.messages)
        if can_redraw() and not self.options.quiet:
            from devenv.cli.output.live import LiveReporter

            return LiveReporter(self.messages)
        from devenv.cli.output.plain import PlainReporter

        return PlainReporter(self.messages, quiet=self.options.quiet)

    @functools.cached_property
    def wiring(self) -> Wiring:
        """What makes adapters to everything outside."""
        if self._session.wiring is not None:
            return self._session.wiring
        from devenv import wiring

        return wiring

    @functools.cached_property
    def deps(self) -> Dependencies:
        """The adapters that operations on stacks work with."""
        return self.wiring.build_dependencies(self.reporter)

    @functools.cached_property
    def messages(self) -> SafeConsole:
        """The console on stderr."""
        from devenv.cli.output.terminal import messages

        return messages(no_color=self.options.no_color)

    @functools.cached_property
    def answers(self) -> SafeConsole:
        """The console on stdout."""
        from devenv.cli.output.terminal import answers

        return answers(no_color=self.options.no_color)

    def close_for_a_question(self) -> None:
        """Leave what was reported so far on the screen; what comes after the answer is reported anew."""
        self._close_reporter()
        for made in ("stack", "deps", "reporter"):
            self.__dict__.pop(made, None)

    def finish(self, answer: Answer) -> None:
        """Print the answer in the format that was asked for."""
        from devenv.cli.output.documents import print_document, success_document

        self._close_reporter()
        if self.output is not OutputFormat.TEXT:
            stack = self.stack_name if answer.about_stack else None
            print_document(success_document(stack, answer.fields), self.output)
        elif answer.text is not None:
            answer.text(self.answers)
        if answer.exit_code:
            raise typer.Exit(answer.exit_code)

    def fail(self, error: DevenvError) -> None:
        """Print what failed and exit with its code."""
        from devenv.cli.output.advice import addressed
        from devenv.cli.output.documents import failure_document, print_document
        from devenv.cli.output.terminal import print_error
        from devenv.cli.output.visible import visible

        if error.exit_code in {ExitCode.INTERRUPTED, ExitCode.TERMINATED}:
            be_deaf()
        self._close_reporter()
        shown = error.with_hint(addressed(error.hint, self.options))
        if self.options.debug:
            print(visible("".join(traceback.format_exception(error))), file=sys.stderr, end="")  # noqa: T201  as Python does
        if self.output is not OutputFormat.TEXT:
            print_document(failure_document(self._stack_name_if_known(), shown), self.output)
        else:
            print_error(self.messages, shown)
        raise typer.Exit(error.exit_code)

    def _stack_name_if_known(self) -> str | None:
        try:
            return self.stack_name
        except InvalidInputError:
            return None

    def _close_reporter(self) -> None:
        if "reporter" in self.__dict__:
            self.reporter.close()
        sys.stderr.flush()


def working_directory() -> Path:
    """Return the working directory.

    Raises:
        DirectoryGoneError: It was deleted.
    """
    try:
        return Path.cwd()
    except FileNotFoundError as error:
        raise DirectoryGoneError from error


def command(
    app: typer.Typer, name: str, **settings: Any
) -> Callable[[Callable[..., Answer | None]], Callable[..., Answer | None]]:
    """Register `function(call, **own) -> Answer` as the command `name` of `app`."""

    def register(function: Callable[..., Answer | None]) -> Callable[..., Answer | None]:
        @functools.wraps(function)
        def invoked(context: typer.Context, **own: Any) -> None:
            _run(Call(context.obj), lambda call: function(call, **own))

        app.command(name, cls=PlainHelpCommand, **settings)(with_global_options(invoked))
        return function

    return register


def _run(call: Call, work: Callable[[Call], Answer | None]) -> None:
    try:
        answer = work(call)
    except DevenvError as error:
        call.fail(error)
    except KeyboardInterrupt:
        call.fail(InterruptedByUserError())
    except Terminated:
        call.fail(TerminatedError())
    else:
        call.finish(answer or Answer())
