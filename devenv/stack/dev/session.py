"""The services of a project under `dev`: which, with what, and one `dev` at a time."""

from __future__ import annotations

import fcntl
import os
import shutil
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from devenv.errors import DevRunningError, SettingsInvalidError, UnknownServiceError
from devenv.events import warn
from devenv.files.atomic import explained
from devenv.files.text import leads_out
from devenv.files.watching import MOST_FILES, Watched, watch
from devenv.stack.dev.worker import DevService, Worker
from devenv.stack.environment import client_environment, without_own_virtualenv

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from devenv.events import Reporter
    from devenv.project.settings import Settings
    from devenv.stack.dev.worker import Told

_LOCK = "dev.lock"


def choose(settings: Settings, root: Path, names: Sequence[str]) -> dict[str, Watched]:
    """Return the declared services of those `names`, all of them without any, with what is watched.

    Raises:
        SettingsInvalidError: None is declared, or one of them cannot be run; with the place.
        UnknownServiceError: There is none of a name.
    """
    declared = settings.services
    if not declared:
        raise SettingsInvalidError(
            "no service is declared",
            place=root / "devenv.toml",
            hint='declare one, as `[services.orders]` with `command = ["just", "run"]`; docs/dev.md shows it',
        )
    for name in names:
        if name not in declared:
            reason = f"devenv.toml declares no service {name} below [services]"
            raise UnknownServiceError(name, sorted(declared), reason)
    chosen = {}
    for name in dict.fromkeys(names or declared):
        directory = root / declared[name].directory
        place = settings.place_of("services", name, "directory") or settings.place_of("services", name)
        if leads_out(directory, root):
            raise SettingsInvalidError(f'"services.{name}.directory" leads out of the project', place=place)
        if not directory.is_dir():
            raise SettingsInvalidError(
                f'"services.{name}.directory" is no directory: {declared[name].directory}', place=place
            )
        chosen[name] = Watched(directory.resolve(), declared[name].watch)
    return chosen


def check_files(settings: Settings, watched: Mapping[str, Watched], reporter: Reporter) -> None:
    """Warn of globs that match nothing.

    Raises:
        SettingsInvalidError: More files matter than can be watched.
    """
    for name, each in watched.items():
        count = sum(1 for _, _ in zip(range(MOST_FILES + 1), each.files(), strict=False))
        place = settings.place_of("services", name, "watch") or settings.place_of("services", name)
        if count > MOST_FILES:
            raise SettingsInvalidError(
                f"{each.directory} has more than {MOST_FILES:,} files",
                place=place,
                hint=f'name those that matter: `watch = ["src/**/*"]` below [services.{name}]',
            )
        if not count:
            warn(reporter, f"{place}: no file is watched for {name}: nothing matches")


def services_of(
    settings: Settings,
    watched: Mapping[str, Watched],
    inherited: Mapping[str, str],
    variables: Mapping[str, str],
) -> list[DevService]:
    """Return what to run, with the environment of the stack.

    Raises:
        SettingsInvalidError: A command is not there.
    """
    services = []
    for name, each in watched.items():
        declared = settings.services[name]
        environment = client_environment(inherited, variables) | declared.env
        environment = without_own_virtualenv(environment, each.directory)
        for key in ("command", "build", "replay"):
            command = getattr(declared, key)
            is_built = key == "command" and declared.build and os.sep in command[0]
            if command and not is_built and not _is_there(command[0], each.directory, environment):
                raise SettingsInvalidError(
                    f'there is no command "{command[0]}"',
                    place=settings.place_of("services", name, key),
                    hint=f'install it, or correct "{key}" below [services.{name}]',
                )
        services.append(
            DevService(name, each.directory, declared.command, declared.build, declared.replay, environment)
        )
    return services


def _is_there(program: str, directory: Path, environment: Mapping[str, str]) -> bool:
    if os.sep in program:
        return os.access(directory / program, os.X_OK)
    return shutil.which(program, path=environment.get("PATH", os.defpath)) is not None


@contextmanager
def alone(directory: Path, stack: str) -> Iterator[None]:
    """Be the only `dev` of a stack; the kernel forgets one that was killed.

    Raises:
        DevRunningError: Another one runs; with its process number.
    """
    path = directory / _LOCK
    with explained("lock", path):
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DevRunningError(stack, os.read(descriptor, 20).decode(errors="replace")) from None
        os.truncate(descriptor, 0)
        os.write(descriptor, str(os.getpid()).encode())
        yield
    finally:
        os.close(descriptor)


class Session:
    """Workers that run, and the watching of their files."""

    def __init__(
        self, services: Sequence[DevService], watched: Mapping[str, Watched], tell: Callable[[Told], None]
    ) -> None:
        self._workers = {service.name: Worker(service, tell) for service in services}
        self._watched = watched
        self._stop = threading.Event()
        self._watcher = threading.Thread(target=self._watch, name="dev-files", daemon=True)
        self._problem: Exception | None = None

    def _watch(self) -> None:
        try:
            watch(self._watched, self._stop, lambda name, paths: self._workers[name].change(paths))
        except Exception as error:  # noqa: BLE001  it is raised where the session is waited for
            self._problem = error

    def _problems(self) -> list[Exception]:
        found = [self._problem, *(worker.problem for worker in self._workers.values())]
        return [problem for problem in found if problem is not None]

    def run(self) -> None:
        """Run all of it until an exception, as of Ctrl-C, and have ended it then.

        Raises:
            DevenvError: The files cannot be watched.
        """
        try:
            self._watcher.start()
            for worker in self._workers.values():
                worker.start()
            while not (problems := self._problems()):
                self._watcher.join(0.2)
            raise problems[0]
        finally:
            self.end()

    def end(self) -> None:
        """End all programs, side by side, and return when they have."""
        self._stop.set()
        for worker in self._workers.values():
            worker.stop()
        for worker in self._workers.values():
            if worker.is_alive():
                worker.join()
