"""All commands agree about a stack of which only Postgres runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from cli.conftest import CommandLine

NEED_THE_SERVER = [
    ["env"],
    ["open"],
    ["temporal", "workflow", "list"],
    ["plan"],
    ["apply"],
    ["config", "apply"],
    ["namespace", "list"],
    ["namespace", "describe", "default"],
    ["namespace", "create", "mine"],
    ["import", "--dry-run"],
]


@pytest.fixture
def postgres_alone(running: CommandLine) -> CommandLine:
    """Return a command line whose project's stack has lost all but its database."""
    for service in ("opensearch", "temporal", "ui"):
        running.world.compose.put(running.stack, service, "exited", exit_code=1)
    running.world.gateway.addresses.clear()
    return running


@pytest.mark.parametrize("arguments", NEED_THE_SERVER, ids=" ".join)
def test_what_needs_the_server_says_that_it_is_not_running(
    postgres_alone: CommandLine, arguments: list[str]
) -> None:
    """With one code and one sentence, and nobody connects."""
    result = postgres_alone("-o", "json", *arguments)
    assert result.error["code"] == "not-running"
    assert result.error["message"] == f"The server of the stack {postgres_alone.stack} is not running"
    assert result.error["hint"].startswith("run `devenv up`")
    assert postgres_alone.world.gateway.addresses == []


def test_status_says_the_same(postgres_alone: CommandLine) -> None:
    """The stack is degraded; its services tell which one runs."""
    result = postgres_alone("status", "-o", "json")
    document = result.document
    assert document["state"] == "degraded"
    assert document["namespaces"] == []
    assert [each["name"] for each in document["services"] if each["state"] == "running"] == ["postgres"]
    assert f"The server of the stack {postgres_alone.stack} is not running" in result.err
    assert postgres_alone.world.gateway.addresses == []


def test_what_needs_only_a_service_goes_on(postgres_alone: CommandLine) -> None:
    """The SQL shell, and the logs that say why the server ended."""
    assert postgres_alone("psql", "-c", "select 1").code == 0
    assert postgres_alone("logs", "temporal").code == 0


def test_a_new_service_is_not_applied(postgres_alone: CommandLine) -> None:
    """There is nothing to apply it to; the next `up` does."""
    result = postgres_alone("new-service", "orders", "--lang", "go", "-o", "json")
    assert result.document["applied"] is False
