"""`namespace list|create|describe|delete`, as people and programs see them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from devenv.temporal.protocol import Namespace, NexusEndpoint

if TYPE_CHECKING:
    from cli.conftest import CommandLine

SEEDS = """\
namespaces:
  - {name: orders, retention: 30d, description: Orders, search_attributes: {CustomerId: Keyword}}
"""


@pytest.fixture
def shop(running: CommandLine) -> CommandLine:
    """Return a command line whose running stack has `default` and `orders`."""
    running.write("seeds/orders.yaml", SEEDS)
    assert running("apply").code == 0
    return running


def test_list_shows_where_each_is_declared(shop: CommandLine) -> None:
    """By name; one that was made by hand is in no seeds."""
    assert shop("namespace", "create", "by-hand").code == 0
    lines = [line.split(maxsplit=2) for line in shop("namespace", "list").out.splitlines()]
    assert [line[:2] for line in lines] == [
        ["NAME", "RETENTION"],
        ["by-hand", "3d"],
        ["default", "3d"],
        ["orders", "30d"],
    ]
    assert lines[1][2] == "in no seeds"
    assert lines[3][2].split() == ["seeds/orders.yaml:2:6", "Orders"]


def test_list_has_a_document(shop: CommandLine) -> None:
    """With the fields that `status` has, and more."""
    [default, orders] = shop("namespace", "list", "-o", "json").document["namespaces"]
    assert (default["name"], orders["name"]) == ("default", "orders")
    assert (orders["state"], orders["retention_seconds"]) == ("registered", 30 * 24 * 3600)
    assert orders["declared_at"] == "seeds/orders.yaml:2:6"


def test_create_is_usable_and_says_that_no_seeds_have_it(running: CommandLine) -> None:
    """A workflow went through it."""
    result = running("namespace", "create", "myapp", "7d", "--description", "Mine")
    assert result.code == 0
    assert result.out == (
        "The namespace myapp is usable, with a retention of 7d.\n"
        "It is in no seeds: declare it in seeds/ to have it on every stack.\n"
    )
    gateway = running.world.gateway
    assert gateway.registered["myapp"].retention == timedelta(days=7)
    assert gateway.registered["myapp"].description == "Mine"
    assert gateway.proven[-1] == ["myapp"]
    document = running("namespace", "create", "other", "2w", "-o", "json").document
    assert document["namespace"]["retention_seconds"] == 14 * 24 * 3600


def test_one_that_is_declared_is_created_as_declared(running: CommandLine) -> None:
    """With its search attributes; another retention contradicts its file."""
    running.write("seeds/orders.yaml", SEEDS)
    refused = running("namespace", "create", "orders", "7d", "-o", "json").error
    assert (refused["code"], "seeds/orders.yaml:2:6" in refused["message"]) == ("seeds-invalid", True)
    result = running("namespace", "create", "orders")
    assert "It is as seeds/orders.yaml:2:6 declares it." in result.out
    assert running("plan").out == "No changes.\n"


@pytest.mark.parametrize(
    ("arguments", "code", "exit_code", "words"),
    [
        (("create", "orders"), "namespace-exists", 1, "with a retention of 30d"),
        (("create", "a b"), "name-invalid", 3, "holds a space"),
        (("create", "temporal-system"), "name-invalid", 3, "belongs to the server"),
        (("create", "x", "5m"), "invalid-input", 3, "at least 1h"),
        (("create", "x", "7"), "invalid-input", 3, "write 7h for hours or 7d for days"),
        (("describe", "order"), "unknown-namespace", 1, 'did you mean "orders"?'),
        (("delete", "order", "--yes"), "unknown-namespace", 1, 'did you mean "orders"?'),
        (("delete", "default", "--yes"), "name-invalid", 3, "never deleted"),
        (("delete", "temporal-system", "--yes"), "name-invalid", 3, "never deleted"),
        (("delete", "orders"), "confirmation-needed", 9, "with all its workflows"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_cannot_be_is_refused(
    shop: CommandLine, arguments: tuple[str, ...], code: str, exit_code: int, words: str
) -> None:
    """And changes nothing."""
    before = dict(shop.world.gateway.registered)
    error = shop("namespace", *arguments, "-o", "json").error
    assert (error["code"], error["exit_code"]) == (code, exit_code)
    assert words in error["message"]
    assert shop.world.gateway.registered == before


def test_describe_shows_what_belongs_to_it(shop: CommandLine) -> None:
    """And what leads to it."""
    shop.world.gateway.nexus["pay"] = NexusEndpoint("pay", namespace="orders", task_queue="q")
    shop.world.gateway.attributes["*"]["Keyword01"] = "Keyword"
    document = shop("namespace", "describe", "orders", "-o", "json").document["namespace"]
    assert document["search_attributes"] == {"CustomerId": "Keyword"}
    assert document["nexus_endpoints"] == ["pay"]
    text = shop("namespace", "describe", "orders").out
    assert "retention" in text
    assert "CustomerId Keyword" in text
    assert "declared" in text


def test_the_target_of_an_endpoint_is_not_deleted(shop: CommandLine) -> None:
    """The endpoint is named."""
    shop.world.gateway.nexus["pay"] = NexusEndpoint("pay", namespace="orders", task_queue="q")
    error = shop("namespace", "delete", "orders", "--yes", "-o", "json").error
    assert (error["code"], "Nexus endpoint pay" in error["message"]) == ("namespace-in-use", True)
    assert "nexus endpoint delete --name pay" in error["hint"]


def test_a_deletion_that_up_undoes_is_said(shop: CommandLine) -> None:
    """The file is named."""
    result = shop("namespace", "delete", "orders", "--yes")
    assert result.out == (
        "The namespace orders is gone.\n"
        "seeds/orders.yaml:2:6 declares it: the next `devenv up` creates it again, empty.\n"
    )
    assert "orders" not in shop.world.gateway.registered
    shop.world.gateway.registered["old"] = Namespace("old")
    assert shop("namespace", "delete", "old", "--yes").out == "The namespace old is gone.\n"


@pytest.mark.parametrize("arguments", ["list", "create a", "describe a", "delete a --yes"])
def test_without_a_running_stack_there_is_nothing_to_ask(devenv: CommandLine, arguments: str) -> None:
    """The hint says how to get one."""
    assert devenv("namespace", *arguments.split(), "-o", "json").error["code"] == "not-running"
