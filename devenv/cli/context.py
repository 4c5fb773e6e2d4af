"""One call of a command: its options, the project it is about, and what it works with."""

from __future__ import annotations

import functools
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import typer

from devenv.cli.options import GlobalOptions, settings_from_variables
from devenv.cli.output.formats import OutputFormat
from devenv.errors import DirectoryGoneError, SettingsInvalidError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from devenv.cli.output.deferred import DeferredReporter
    from devenv.cli.output.documents import JsonLinesReporter
    from devenv.cli.output.live import LiveReporter
    from devenv.cli.output.plain import PlainReporter, StepsReporter
    from devenv.cli.output.terminal import SafeConsole
    from devenv.doctor.checks import Machine
    from devenv.engines.protocol import ServerValidator
    from devenv.events import Reporter
    from devenv.images.build import BuildResult
    from devenv.images.catalog import StandIn
    from devenv.images.store import ImageStore
    from devenv.project.addon_toml import Addon
    from devenv.project.locate import Project
    from devenv.project.settings import Settings
    from devenv.project.worktree import Names, Worktree
    from devenv.stack.dependencies import Dependencies
    from devenv.stack.desired import Desired
    from devenv.stack.stack import Stack
    from devenv.temporal.protocol import Gateway, Server


class Wiring(Protocol):
    """Makes the adapters that commands ask for; the module `devenv.wiring` makes the real ones."""

    def build_dependencies(self, reporter: Reporter) -> Dependencies:
        """Return adapters to everything that an operation on a stack touches."""

    def build_machine(self, settings: Settings, addons: Sequence[Addon], stack: Stack) -> Machine:
        """Return what the doctor examines."""

    def build_images(
        self, store: ImageStore, stand_ins: Sequence[StandIn], reporter: Reporter, *, keep_cache: bool
    ) -> BuildResult:
        """Build those of `stand_ins` that `store` lacks."""

    def server_validator(self) -> ServerValidator:
        """Return what asks a server about dynamic config files."""

    def connect_elsewhere(self, server: Server) -> Gateway:
        """Return a gateway to a server that is no stack of ours."""

    def temporal_binary(self) -> Path:
        """Return where the Temporal CLI should be."""


@dataclass(frozen=True)
class Session:
    """The global options given so far, and what makes the adapters; None stands for the real ones."""

    options: GlobalOptions = field(default_factory=GlobalOptions)
    wiring: Wiring | None = None


class Call(typer.Context):
    """The context of a command, which has it as its first parameter.

    Everything is made when it is first asked for.
    """

    obj: Session

    @property
    def options(self) -> GlobalOptions:
        """The global options, wherever they were given."""
        return self.obj.options

    @property
    def output(self) -> OutputFormat:
        """What stdout carries."""
        return self.options.output or OutputFormat.TEXT

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
        from devenv.project.names import check_stack_name, default_stack_name

        if self.options.stack is not None:
            return check_stack_name(self.options.stack)
        return default_stack_name(self.worktree.stack_root if self.worktree else self.project.root)

    @functools.cached_property
    def worktree(self) -> Worktree | None:
        """The worktree that shares its stack with others; None for a project with a stack of its own."""
        from devenv.project.worktree import sharing_worktree

        return sharing_worktree(self.project)

    @functools.cached_property
    def stack(self) -> Stack:
        """The stack that the command is about."""
        from devenv.engines.protocol import StackIdentity
        from devenv.stack.stack import Stack

        # A stack that is named can be taken down where nobody can tell whose worktree this is.
        try:
            worktree = self.worktree
        except (DirectoryGoneError, SettingsInvalidError):
            if self.options.stack is None:
                raise
            worktree = None
        root = worktree.stack_root if worktree is not None else self._root_of_stack
        return Stack(StackIdentity(self.stack_name, root, os.getuid()), self.deps, worktree)

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

    @property
    def names(self) -> Names:
        """What that which the project declares is called on the server of its stack."""
        from devenv.project.worktree import names_in

        return names_in(self.worktree)

    @property
    def namespace(self) -> str:
        """The namespace that clients get."""
        return self.names.on_server(self.settings().namespace)

    def addons(self, switched_on: Sequence[str] = ()) -> tuple[Addon, ...]:
        """Return the add-ons that are on in the project and its stack, and those switched on now."""
        from devenv.stack.addon_plan import plan_addons

        switched = dict.fromkeys(switched_on, True)
        return plan_addons(self.stack, self.settings(), switched).on

    def desired(self, overrides: Mapping[str, object] | None = None) -> Desired:
        """Return what the project declares for its stack, of which each part is read when it is asked for."""
        from devenv.stack.desired import load_desired

        return load_desired(self.project, self.settings(overrides), self.names)

    def written(self) -> Desired:
        """Return what the project declares as it is written, for a server that is no stack of ours."""
        from devenv.stack.desired import load_desired

        return load_desired(self.project, self.settings())

    @functools.cached_property
    def reporter(self) -> DeferredReporter | JsonLinesReporter:
        """Where progress goes."""
        if self.output is OutputFormat.JSONL:
            from devenv.cli.output.documents import JsonLinesReporter

            return JsonLinesReporter()
        from devenv.cli.output.deferred import DeferredReporter

        return DeferredReporter(self._reporter_for_people)

    def _reporter_for_people(self) -> LiveReporter | PlainReporter | StepsReporter:
        from devenv.cli.output.terminal import can_redraw

        if self.options.verbose and not self.options.quiet:
            from devenv.cli.output.plain import StepsReporter

            return StepsReporter(self.messages)
        if can_redraw() and not self.options.quiet:
            from devenv.cli.output.live import LiveReporter

            return LiveReporter(self.messages)
        from devenv.cli.output.plain import PlainReporter

        return PlainReporter(self.messages, quiet=self.options.quiet)

    @functools.cached_property
    def wiring(self) -> Wiring:
        """What makes adapters to everything outside."""
        if self.obj.wiring is not None:
            return self.obj.wiring
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
        self.close_reporter()
        for made in ("deps", "reporter", "stack"):
            self.__dict__.pop(made, None)

    def close_reporter(self) -> None:
        """Have the reporter end what it shows, if there is one."""
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
