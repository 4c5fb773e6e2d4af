"""`devenv run` with a stack that is up: it is used, and stays up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from e2e.stacks import Stack

pytestmark = pytest.mark.stack


def test_a_stack_that_is_up_is_used_and_stays(shop: Stack) -> None:
    before = shop.containers()
    result = shop.cli.run("run", "--", "sh", "-c", "echo $TEMPORAL_ADDRESS $TEMPORAL_NAMESPACE; exit 42")
    assert (result.exit, result.out.split()) == (42, [shop.grpc, "orders"])
    assert shop.containers() == before


def test_a_command_that_does_not_exist_is_127(shop: Stack) -> None:
    result = shop.cli.run("run", "--", "no-such-program")
    assert result.exit == 127
    assert "no-such-program cannot be run" in result.err
