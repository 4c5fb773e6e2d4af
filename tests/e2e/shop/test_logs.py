"""`devenv logs` of a real stack: what the server and Postgres write is found by what it is about."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

import pytest
from e2e.polling import eventually
from e2e.workflows import run_broken

if TYPE_CHECKING:
    from e2e.stacks import Stack

pytestmark = pytest.mark.stack


def lines_of(shop: Stack, *options: str) -> list[dict[str, Any]]:
    lines = shop.cli.answer("logs", *options)["lines"]
    assert isinstance(lines, list)
    return lines


def test_a_failing_workflow_is_found_by_its_id(shop: Stack) -> None:
    """And by its namespace, of which the server writes only the ID; nobody else's lines are there."""
    failed, another = (run_broken(shop.grpc, "orders") for _ in range(2))

    def found(*options: str) -> list[str]:
        return [line["text"] for line in lines_of(shop, "--workflow", failed, *options)]

    [text] = eventually(lambda: found("--level", "warn"))
    fields = json.loads(text)
    assert (fields["level"], fields["wf-id"]) == ("warn", failed)
    assert "orders" not in text
    assert found("--namespace", "orders", "--since", "10m", "temporal", "--tail", "5") == [text]
    readable = shop.cli.run("logs", "--workflow", failed)
    assert readable.out.startswith("temporal   | ")
    assert " WARN  workflow task failed" in readable.out
    assert f"wf-id={failed}" in readable.out
    assert another not in readable.out


def test_a_filter_that_finds_nothing_says_so(shop: Stack) -> None:
    """As there is no error."""
    failed = run_broken(shop.grpc, "orders")
    result = shop.cli.run("logs", "--workflow", failed, "--namespace", "default")
    assert (result.exit, result.out) == (0, "")
    assert f"no line is found by --workflow {failed} --namespace default" in result.err


def test_the_last_errors_of_postgres_are_found_with_their_statements(shop: Stack) -> None:
    """The last errors, not the errors among the last lines."""
    name = f"nothing_{uuid.uuid4().hex[:8]}"
    shop.cli.run("psql", "-c", f"select {name}\n;")
    shop.cli.run("psql", "-c", "do $$ begin raise log 'not so bad'; end $$")

    def last() -> list[str]:
        lines = lines_of(shop, "postgres", "--level", "error", "--tail", "1", "--since", "5m")
        assert {line["service"] for line in lines} == {"postgres"}
        return [line["text"] for line in lines]

    assert eventually(lambda: any(name in text for text in last()))
    error, statement, end = last()
    assert f'ERROR:  column "{name}" does not exist' in error
    assert f"STATEMENT:  select {name}" in statement
    assert end == "\t;"
