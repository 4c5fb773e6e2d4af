"""Logs of the real development server, and commands beside it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from integration.embedded_sandbox import Sandbox, wait_for

from devenv.engines.protocol import LogLine
from devenv.errors import (
    CommandFailedError,
    NameInvalidError,
    NotRunningError,
)

if TYPE_CHECKING:
    from collections.abc import Callable


def test_logs_are_of_the_one_service(sandbox: Sandbox) -> None:
    """Every line carries the service's name; `tail` limits them."""
    sandbox.up()
    wait_for(lambda: "Temporal Metrics" in sandbox.files.log.read_text(encoding="utf-8"))
    lines = list(sandbox.engine.logs(sandbox.stack, ["temporal"]))
    assert lines[0] == LogLine("temporal", lines[0].text)
    assert "Temporal CLI" in lines[0].text
    assert list(sandbox.engine.logs(sandbox.stack, tail=1)) == lines[-1:]


def test_following_the_logs_ends_with_the_server(sandbox: Sandbox) -> None:
    """`logs -f` shows the last words and then returns."""
    sandbox.up()
    seen: list[LogLine] = []

    def follow() -> None:
        for line in sandbox.engine.logs(sandbox.stack, follow=True):
            seen.append(line)  # noqa: PERF402 - each as it comes

    follower = threading.Thread(target=follow)
    follower.start()
    with sandbox.files.log.open("a", encoding="utf-8") as log:
        log.write("written while it runs\n")
    wait_for(lambda: LogLine("temporal", "written while it runs") in seen)
    assert follower.is_alive()
    sandbox.kill()
    follower.join(timeout=10)
    assert not follower.is_alive()


def test_command_runs_beside_the_server(
    sandbox: Sandbox, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`temporal` is on its PATH and meant for this stack, whatever address the user's shell names."""
    monkeypatch.setenv("TEMPORAL_ADDRESS", "cloud.example:7233")
    monkeypatch.setenv("TEMPORAL_TLS", "true")
    sandbox.up()
    command = ["temporal", "operator", "namespace", "describe", "--namespace", "default"]
    assert sandbox.engine.execute(sandbox.stack, "temporal", command) == 0
    assert "default" in capfd.readouterr().out
    assert sandbox.engine.execute(sandbox.stack, "temporal", ["sh", "-c", "exit 42"]) == 42
    with pytest.raises(CommandFailedError, match="no-such-program"):
        sandbox.engine.execute(sandbox.stack, "temporal", ["no-such-program"])


def test_command_needs_a_running_server(sandbox: Sandbox) -> None:
    """Beside a stack that is absent nothing runs."""
    with pytest.raises(NotRunningError):
        sandbox.engine.execute(sandbox.stack, "temporal", ["true"])


@pytest.mark.parametrize(
    "use",
    [
        lambda box: box.engine.execute(box.stack, "postgres", ["true"]),
        lambda box: box.engine.stop(box.stack, ["postgres"]),
        lambda box: box.engine.start(box.spec, ["postgres"]),
        lambda box: box.engine.logs(box.stack, ["postgres"]),
    ],
    ids=["exec", "stop", "start", "logs"],
)
def test_other_services_do_not_exist(sandbox: Sandbox, use: Callable[[Sandbox], object]) -> None:
    """Who asks for one learns which there are, and nothing happens."""
    with pytest.raises(NameInvalidError) as caught:
        use(sandbox)
    assert "postgres" in caught.value.message
    assert "temporal" in caught.value.hint
    assert not sandbox.directory.exists()
