"""Users in seeds: what may be declared of them, and that no server is brought to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from fakes.gateway import FakeGateway

from devenv.errors import SeedsInvalidError
from devenv.seeds.kinds.user import UserSpec
from devenv.seeds.load import load_seeds, parse_seeds
from devenv.seeds.plan import observe, plan

if TYPE_CHECKING:
    from pathlib import Path

ALICE = "{name: alice, roles: {orders: write, default: read}}"


def declare(directory: Path, *users: str, namespaces: str = "{name: orders}, {name: default}") -> list[str]:
    """Return what is wrong with a file that declares `users`."""
    lines = [f"namespaces: [{namespaces}]", "users:", *(f"  - {user}" for user in users)]
    (directory / "a.yaml").write_text("\n".join(lines))
    try:
        load_seeds([directory])
    except SeedsInvalidError as error:
        return [line.removeprefix(f"{directory}/") for line in (error.message, *error.details)]
    return []


def test_what_a_user_may_do_is_said_in_the_words_of_the_servers_claim_mapper() -> None:
    roles = {"temporal-system": "admin", "a": "read"}
    [user] = parse_seeds({"users": [{"name": "root", "roles": roles}]}).of(UserSpec)
    assert user.permissions == ("temporal-system:admin", "a:read")


@pytest.mark.parametrize(
    ("users", "problem"),
    [
        (
            ["{name: bob, roles: {order: write}}"],
            'the namespace "order", which no seed declares; did you mean "orders"?',
        ),
        (
            ["{name: bob, roles: {orders: rite}}"],
            'a.yaml:3:25: expected one of worker, read, write, admin, found "rite"',
        ),
        ([ALICE, ALICE], 'a.yaml:4:6: the user "alice" is declared already at'),
        (["{name: show, roles: {orders: read}}"], 'a.yaml:3:6: no user can be called "show": devenv uses'),
        (["{name: a b, roles: {orders: read}}"], 'a.yaml:3:6: the user name "a b" must begin with a letter'),
        (["{name: tests, roles: {orders: read}}"], 'a.yaml:3:6: no user can be called "tests"'),
        (
            [ALICE, ALICE.replace("alice", "Alice")],
            'a.yaml:4:6: the user "Alice" has the name of the user alice',
        ),
        (["{name: bob, roles: {}}"], "a.yaml:3:"),
        (["{name: bob}"], "a.yaml:3:"),
        (["{name: bob, permissions: [a]}"], 'unknown field "permissions"; in seeds it is roles'),
    ],
)
def test_a_slip_is_told_at_its_place(tmp_path: Path, users: list[str], problem: str) -> None:
    assert problem in "\n".join(declare(tmp_path, *users))


def test_nobody_has_a_role_where_the_server_would_read_another_namespace(tmp_path: Path) -> None:
    """Its claim mapper takes what is before the first colon for the namespace."""
    namespaces = "{name: 'orders:eu'}, {name: default}"
    [problem] = declare(tmp_path, "{name: bob, roles: {'orders:eu': write}}", namespaces=namespaces)
    assert problem.startswith("a.yaml:3:")
    assert 'cannot have a role in the namespace "orders:eu"' in problem


def test_the_role_worker_alone_is_a_caution(tmp_path: Path) -> None:
    """The server's default authorizer lets it do less than read."""
    assert declare(tmp_path, "{name: bob, roles: {orders: worker}}") == []
    [caution] = load_seeds([tmp_path]).cautions
    assert "the role worker may do nothing on this server" in caution


def test_users_are_nothing_that_a_server_has_or_that_pruning_deletes() -> None:
    users = [{"name": "a", "roles": {"default": "read"}}]
    seeds = parse_seeds({"namespaces": [{"name": "default"}], "users": users})
    gateway = FakeGateway()
    changes = plan(seeds, observe(gateway, seeds, prune=True), prune=True)
    assert "user" not in {change.kind.name for change in changes}
