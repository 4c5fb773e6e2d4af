"""The index of OpenSearch is made anew of the executions that the database has."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import pytest
from fakes.engine import FakeEngine

from devenv.engines.protocol import StackIdentity
from devenv.errors import CommandFailedError
from devenv.stack.index_rebuild import ASKED_AT_ONCE, AT_ONCE, IndexRebuild

if TYPE_CHECKING:
    from collections.abc import Sequence

STACK = StackIdentity("shop", Path("/projects/shop"), 1000)


def run(number: int) -> str:
    return str(UUID(int=number))


class Database(FakeEngine):
    """An engine whose database has executions, and whose index lists those that were refreshed."""

    def __init__(self, count: int, *, lost: int = 0) -> None:
        super().__init__()
        self.rows = [
            f"orders,{f'order,{number} ☃'.encode().hex()},{UUID(int=number).hex},0" for number in range(count)
        ]
        self.lost = {run(number) for number in range(lost)}
        self.listed: list[str] = []
        self.refused = ""

    def output(self, stack: StackIdentity, service: str, command: Sequence[str]) -> str:
        self.executed.append((service, tuple(command)))
        if service == "postgres":
            return "\n".join(self.rows)
        if service == "backup-tools":
            if self.refused and self.refused in command:
                raise CommandFailedError("sh failed", [], ["rpc error: code = Internal"])
            self.listed += [each for each in command[6::4] if each not in self.lost]
            return ""
        body = json.loads(command[command.index("-d") + 1])
        asked = body.get("query", {}).get("terms", {}).get("RunId", [])
        assert len(asked) <= ASKED_AT_ONCE
        return json.dumps(
            {"hits": {"hits": [{"_source": {"RunId": each}} for each in asked if each in self.listed]}}
        )


def test_every_execution_is_refreshed_by_its_ids_and_found() -> None:
    """Whatever is in the id of a workflow; what is not listed yet is counted."""
    engine = Database(2 * AT_ONCE + 1)
    rebuild = IndexRebuild(engine, STACK)
    executions = rebuild.executions()
    assert executions[1].arguments == ("orders", "order,1 ☃", run(1), "0")
    assert rebuild.missing() == [f"{len(executions)} workflows of the database are not listed yet"]
    assert list(rebuild.refresh(executions)) == [AT_ONCE, 2 * AT_ONCE, 2 * AT_ONCE + 1]
    assert sorted(engine.listed) == sorted(each.run for each in executions)
    assert rebuild.missing() == []


def test_one_that_is_not_listed_is_missing() -> None:
    engine = Database(ASKED_AT_ONCE + 3, lost=2)
    rebuild = IndexRebuild(engine, STACK)
    list(rebuild.refresh(rebuild.executions()))
    assert rebuild.missing() == ["2 workflows of the database are not listed yet"]


def test_what_is_no_workflow_is_refreshed_and_need_not_be_listed() -> None:
    engine = Database(0)
    engine.rows = [f"orders,{b'nightly'.hex()},{UUID(int=7).hex},403648407"]
    rebuild = IndexRebuild(engine, STACK)
    [schedule] = rebuild.executions()
    assert schedule.arguments[-1] == "403648407"
    assert rebuild.missing() == []


def test_a_refusal_of_the_server_ends_it() -> None:
    """It is done again by the next `up`."""
    engine = Database(AT_ONCE)
    engine.refused = run(3)
    rebuild = IndexRebuild(engine, STACK)
    with pytest.raises(CommandFailedError):
        list(rebuild.refresh(rebuild.executions()))


def test_the_index_takes_the_search_attributes_by_their_types() -> None:
    engine = Database(0)
    IndexRebuild(engine, STACK).add_fields({"CustomerId": "Keyword", "Total": "Double"})
    [(service, command)] = engine.executed
    assert (service, command[-1].rpartition("/")[2]) == ("opensearch", "_mapping")
    fields = json.loads(command[command.index("-d") + 1])["properties"]
    assert fields == {
        "CustomerId": {"type": "keyword"},
        "Total": {"type": "scaled_float", "scaling_factor": 10000},
    }
