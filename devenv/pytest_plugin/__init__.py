"""The pytest plugin: a stack for the session, and a Temporal namespace for each test.

pytest imports this module in every project that devenv is installed in. So it imports pytest alone; all else,
temporalio too, waits until a fixture is used. What outlives a test is kept by another process, the keeper.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from devenv.pytest_plugin import marker, options
from devenv.pytest_plugin.link import StackInfo
from devenv.pytest_plugin.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from temporalio.client import Client

    from devenv.pytest_plugin.time_skipping import TimeSkipping
    from devenv.pytest_plugin.workers import WorkerContext

__all__ = ["StackInfo"]

_SESSION = pytest.StashKey[Session]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options and their ini keys."""
    options.declare(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker, and check what the ini file says."""
    config.addinivalue_line("markers", marker.DOCUMENTATION)
    options.check(config)
    session = config.stash[_SESSION] = Session(config)
    config.pluginmanager.register(session, "temporal-session")


@pytest.hookimpl(trylast=True)
def pytest_collection_finish(session: pytest.Session) -> None:
    """Check the markers of all tests, and remember which namespaces they will need."""
    session.config.stash[_SESSION].wanted = marker.wanted_namespaces(session)


def _namespace_scope(fixture_name: str, config: pytest.Config) -> Any:  # noqa: ARG001  pytest passes it by name
    return options.namespace_scope(config)


@pytest.fixture(scope="session")
def temporal_stack(pytestconfig: pytest.Config) -> StackInfo:
    """The Temporal server of this session: the one of TEMPORAL_ADDRESS, the project's stack, or a new one."""
    return pytestconfig.stash[_SESSION].stack()


@pytest.fixture(scope=_namespace_scope)
def temporal_namespace(request: pytest.FixtureRequest) -> Iterator[str]:
    """The name of a namespace that nobody else uses, with the declared search attributes."""
    session = request.config.stash[_SESSION]
    name = session.take_namespace(request.node)
    yield name
    session.return_namespace(name)


@pytest.fixture(scope="session")
def temporal_client_options() -> dict[str, Any]:
    """What `temporal_client` is made with, as `data_converter`; override it in conftest.py."""
    return {}


@pytest.fixture(scope="session")
def _temporal_connection(temporal_stack: StackInfo, temporal_client_options: dict[str, Any]) -> Client:
    from devenv.pytest_plugin.clients import connect  # noqa: PLC0415  a project that has no use for it

    return connect(temporal_stack, temporal_client_options)


@pytest.fixture(scope=_namespace_scope)
def temporal_client(_temporal_connection: Client, temporal_namespace: str) -> Client:
    """A connected client of the test's namespace, for any event loop."""
    from devenv.pytest_plugin.clients import for_namespace  # noqa: PLC0415  as above

    return for_namespace(_temporal_connection, temporal_namespace)


@pytest.fixture(scope=_namespace_scope)
def temporal_worker(temporal_client: Client) -> Callable[..., WorkerContext]:
    """A function that makes a worker of the test's namespace: `temporal_worker(workflows=[...])`.

    `async with` runs it in the test's event loop, `with` in a thread of its own. The task queue has a random
    name unless `task_queue` says another; all else is passed to `temporalio.worker.Worker`.
    """
    from devenv.pytest_plugin.workers import WorkerContext  # noqa: PLC0415  as above

    def make(**settings: Any) -> WorkerContext:
        return WorkerContext(temporal_client, settings)

    return make


@pytest.fixture
def temporal_time_skipping(
    pytestconfig: pytest.Config,
    temporal_client_options: dict[str, Any],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[TimeSkipping]:
    """A server of the test's own that skips the time in which workflows only wait; it needs no stack."""
    from devenv.pytest_plugin.time_skipping import time_skipping  # noqa: PLC0415  as above

    with time_skipping(pytestconfig, temporal_client_options, tmp_path_factory.mktemp("temporal")) as server:
        yield server
