"""Namespaces that are made ahead, on a server in memory."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from fakes.engine import RecordingReporter
from fakes.gateway import FakeGateway

from devenv.errors import DevenvError, SeedsInvalidError
from devenv.pytest_plugin.pool import NamespacePool, Server, Wishes, delete_namespaces
from devenv.seeds.kinds.namespace import NamespaceSpec

if TYPE_CHECKING:
    from collections.abc import Callable

NOTHING: Wishes = {"search_attributes": {}, "dynamic_config": {}}
TOTAL: Wishes = {"search_attributes": {"Total": "Double"}, "dynamic_config": {}}
LIKE = NamespaceSpec.model_validate(
    {"name": "orders", "retention": "30d", "search_attributes": {"CustomerId": "Keyword"}}
)


class ShortTime:
    """A clock of this machine."""

    def now(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds / 10)


def server(gateway: FakeGateway) -> Server:
    return Server(
        connect=lambda: gateway,
        check=lambda _: None,
        like=LIKE,
        timeout=timedelta(seconds=20),
        clock=ShortTime(),
        reporter=RecordingReporter(),
    )


def eventually(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_as_many_are_made_ahead_as_tests_expect_and_no_more_than_allowed() -> None:
    """One that is taken is replaced; at the end there are as many as tests that took one."""
    gateway = FakeGateway()
    with NamespacePool(server(gateway), 2, deletes=False) as pool:
        pool.expect(NOTHING, 3)
        eventually(lambda: len(gateway.registered) == 2)
        taken = {pool.take(NOTHING) for _ in range(3)}
        assert taken == set(gateway.registered)
    assert set(pool.undeleted) == taken


def test_they_are_like_the_declared_namespace() -> None:
    """With its retention and search attributes, and those of the marker."""
    gateway = FakeGateway(shares_attributes=False)
    with NamespacePool(server(gateway), 2, deletes=False) as pool:
        plain, wished = pool.take(NOTHING), pool.take(TOTAL)
    assert gateway.registered[plain].retention == timedelta(days=30)
    assert gateway.attributes[plain] == {"CustomerId": "Keyword"}
    assert gateway.attributes[wished] == {"CustomerId": "Keyword", "Total": "Double"}


def test_what_is_given_back_is_deleted_meanwhile_and_what_is_kept_is_not() -> None:
    """On a server that stays; the rest is deleted at the end."""
    gateway = FakeGateway()
    with NamespacePool(server(gateway), 1, deletes=True) as pool:
        kept, given_back, still_used = (pool.take(NOTHING) for _ in range(3))
        pool.keep(kept)
        pool.give_back(kept)
        pool.give_back(given_back)
        eventually(lambda: given_back not in gateway.registered)
        assert {kept, still_used} <= set(gateway.registered)
    delete_namespaces(server(gateway), pool.undeleted)
    assert set(gateway.registered) == {kept}


def test_whoever_waits_for_one_that_cannot_be_made_is_told_why() -> None:
    """Also whoever comes later, at once."""
    gateway = FakeGateway(failures=[DevenvError("no more room", hint="make some")] * 5)
    with NamespacePool(server(gateway), 1, deletes=False) as pool:
        for _ in range(2):
            with pytest.raises(DevenvError, match="no more room"):
                pool.take(NOTHING)


def test_a_search_attribute_that_no_server_has_is_told() -> None:
    """By its name, before anything is made."""
    wrong: Wishes = {"search_attributes": {"Total": "Decimal"}, "dynamic_config": {}}
    gateway = FakeGateway()
    with (
        NamespacePool(server(gateway), 1, deletes=False) as pool,
        pytest.raises(SeedsInvalidError, match="Total"),
    ):
        pool.take(wrong)
    assert gateway.registered == {}
