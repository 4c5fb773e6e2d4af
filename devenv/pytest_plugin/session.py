"""The session of this process: what its tests ask of the keeper, and what pytest's hooks do for them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from devenv.pytest_plugin import marker, options
from devenv.pytest_plugin.link import KeeperError, Link, StackInfo, await_end, join, new_directory

if TYPE_CHECKING:
    from collections.abc import Generator

_SHARED = "temporal_shared_directory"


class Session:
    """The connection of this process to the keeper, made when it is first needed."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._link: Link | None = None
        self._stack: StackInfo | None = None
        self.wanted: list[tuple[dict[str, Any], int]] = []
        worker_input = getattr(config, "workerinput", None)
        self._is_worker = worker_input is not None
        self._shared = Path(worker_input[_SHARED]) if worker_input else new_directory()
        self.problems: list[str] = []

    def stack(self) -> StackInfo:
        """Return the stack of the session, which is ready; a failure is that of the test."""
        if self._stack is None:
            answer = self._ask({"ask": "stack"})
            self._stack = StackInfo(**answer["stack"])
        return self._stack

    def take_namespace(self, node: pytest.Item | pytest.Collector) -> str:
        """Return a namespace that has what the markers of `node` wish; a failure is that of the test."""
        wishes = marker.wishes_of(node).of_namespace
        # What cannot be had is a mistake in the marker.
        place = f"{marker.place_of(node)}: " if any(wishes.values()) else ""
        return str(self._ask({"ask": "namespace", "wishes": wishes}, place)["namespace"])

    def return_namespace(self, name: str) -> None:
        """Give it back to be deleted; what is let go of, is given back."""
        if self._link is not None:
            self._ask({"ask": "return", "namespace": name})

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Fail a test whose marker is wrong, and skip one that is for another engine."""
        if not marker.uses_plugin(item) or item.get_closest_marker(marker.NAME) is None:
            return
        try:
            wishes = marker.wishes_of(item)
            marker.check_reaches_namespace(item)
        except marker.MarkerError as error:
            pytest.fail(str(error), pytrace=False)
        if wishes.engine is not None and self.stack().engine not in {None, wishes.engine}:
            pytest.skip(f"for the engine {wishes.engine}, and the stack runs on {self.stack().engine}")
        if wishes.dynamic_config and not self.stack().takes_dynamic_config:
            pytest.skip("dynamic_config needs a stack of this project on the engine compose")

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Add to the report of a test that failed what became of its workflows."""
        report = yield
        namespace = getattr(item, "funcargs", {}).get(marker.NAMESPACE_FIXTURE)
        if report.when == "call" and report.failed and namespace is not None and self._link is not None:
            keeps = self._config.getoption(options.KEEP_FAILED)
            fate = "kept" if keeps else f"deleted now: {options.KEEP_FAILED} would keep it"
            try:
                if keeps:
                    self._ask({"ask": "keep", "namespace": namespace})
                text = self._account_of(item, call, namespace)
            except pytest.fail.Exception as error:  # the server has gone; the test's own failure counts
                text = str(error)
            report.sections.append((f"Temporal workflows in {namespace} ({fate})", text))
        return report

    def _account_of(self, item: pytest.Item, call: pytest.CallInfo[None], namespace: str) -> str:
        from devenv.pytest_plugin import account, clients  # noqa: PLC0415  only a failure has a use for it

        fixtures = getattr(item, "funcargs", {})
        connection = fixtures.get("_temporal_connection") or clients.connect(self.stack(), {})
        is_shared = options.namespace_scope(self._config) != options.SCOPES[0]
        since = datetime.fromtimestamp(call.start, UTC) if is_shared else None
        return account.account(clients.for_namespace(connection, namespace), self.stack().ui_url, since)

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Tell an xdist worker where the keeper of the session is, or will be."""
        node.workerinput[_SHARED] = str(self._shared)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self) -> None:
        """Let go of the keeper; the process that ends last waits until all is removed."""
        self._let_go()
        if not self._is_worker and self._shared.is_dir():
            self.problems = await_end(self._shared)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say what devenv warned of, and what could not be removed."""
        if self.problems:
            terminalreporter.section("Temporal", yellow=True)
            for problem in self.problems:
                terminalreporter.line(problem)

    def _ask(self, question: dict[str, Any], place: str = "") -> dict[str, Any]:
        try:
            if self._link is None:
                self._link = join(self._shared, self._wishes())
            return self._link.ask(question)
        except KeeperError as error:
            failure = f"{place}{error}"
        except BaseException:  # Ctrl-C: an answer that comes now would be taken for that to the next question
            self._let_go()
            raise
        pytest.fail(failure, pytrace=False)

    def _let_go(self) -> None:
        if self._link is not None:
            self._link.close()
            self._link = None

    def _wishes(self) -> dict[str, Any]:
        return {
            "project": str(self._config.rootpath),
            "engine": options.engine(self._config),
            "like": options.namespace_like(self._config),
            "ahead": options.namespaces_ahead(self._config),
            "wanted": self.wanted,
        }
