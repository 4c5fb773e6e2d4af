"""The add-on `backups` on the real stack: what is archived, and what happens when nothing can be."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from e2e.engine_view import docker
from e2e.polling import eventually

if TYPE_CHECKING:
    from e2e.stacks import Stack, Yard

pytestmark = pytest.mark.stack

SETTINGS = "[addons]\nbackups = true\n"
SWITCH_SEGMENT = "BEGIN; SELECT txid_current(); COMMIT; SELECT pg_switch_wal()"


@pytest.fixture(scope="module")
def backed_up(module_yard: Yard) -> Stack:
    """Return a stack with the add-on that is up."""
    stack = module_yard.project("backed-up", {"devenv.toml": f'visibility = "postgres"\n{SETTINGS}'})
    stack.up()
    return stack


def listed(stack: Stack) -> list[Any]:
    """Return its backups."""
    return list(stack.cli.answer("backup", "list")["backups"])


def alerts(stack: Stack) -> Any:
    return json.loads(stack.cli.run("status", "-o", "json").out)["alerts"]


def in_repository(stack: Stack, *command: str) -> str:
    """Run a command where the backups are."""
    return docker("exec", f"{stack.name}-postgres-1", *command)


def test_up_makes_the_first_backup_and_a_second_up_none(backed_up: Stack) -> None:
    """A database that was not started since has one already."""
    [first] = listed(backed_up)
    assert (first["kind"], first["finished_at"]) == (
        "full",
        backed_up.cli.answer("backup", "list")["earliest"],
    )
    backed_up.up()
    assert listed(backed_up) == [first]
    assert alerts(backed_up) == []


def test_what_cannot_be_archived_is_kept_and_told_until_it_can(backed_up: Stack) -> None:
    """No backup is half made meanwhile, and what there was is as it was."""
    before = listed(backed_up)
    in_repository(backed_up, "chmod", "0", "/var/lib/pgbackrest/archive")
    assert backed_up.cli.run("psql", "--", "-c", SWITCH_SEGMENT).exit == 0
    [alert] = eventually(lambda: alerts(backed_up))
    assert "the write-ahead log is not archived" in alert
    refused = backed_up.cli.run("backup", "now", "-o", "json")
    assert refused.document["error"]["code"] == "backup-failed"
    in_repository(backed_up, "chmod", "0750", "/var/lib/pgbackrest/archive")
    made = backed_up.cli.answer("backup", "now")["backup"]
    eventually(lambda: not alerts(backed_up))
    assert listed(backed_up) == [*before, made]
