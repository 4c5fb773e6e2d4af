"""The password of the database: what becomes of a stack whose password file is emptied, removed or wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from fakes.world import make_desired

from devenv.engines.compose.password import password_file
from devenv.errors import PasswordLostError, PasswordRefusedError, ServiceCrashedError
from devenv.stack.lifecycle import down
from devenv.stack.up import UpRequest, bring_up

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from fakes.world import World


def up(world: World) -> None:
    bring_up(world.stack(), make_desired(), UpRequest())


@pytest.fixture
def password(world: World) -> str:
    """Return the password of a stack that is up."""
    up(world)
    return kept(world).read_text()


def kept(world: World) -> Path:
    return password_file(world.stack().identity, world.store)


def empty(path: Path) -> None:
    path.write_text("\n")


LOSSES: dict[str, Callable[[Path], None]] = {"emptied": empty, "removed": lambda path: path.unlink()}


@pytest.mark.parametrize("lose", LOSSES.values(), ids=LOSSES.keys())
def test_it_is_taken_back_from_what_compose_was_given(
    world: World, password: str, lose: Callable[[Path], None]
) -> None:
    """Nothing is launched anew, and it is said."""
    lose(kept(world))
    world.ports.hold((7233, 8233, 7243), "the container shop-temporal-1")
    up(world)
    assert kept(world).read_text() == password
    assert kept(world).stat().st_mode & 0o777 == 0o600
    assert world.compose.calls == ["launch"]
    [warning] = world.reporter.warnings()
    assert str(kept(world)) in warning
    assert "stack.env" in warning
    assert password not in warning


def test_it_is_taken_back_from_the_container(world: World, password: str) -> None:
    """Where an older devenv wrote an empty one for Compose."""
    empty(kept(world))
    kept(world).with_name("stack.env").write_text("POSTGRES_PASSWORD=''\n")
    world.compose.environments["shop/postgres"] = {"POSTGRES_PASSWORD": password}
    world.ports.hold((7233, 8233, 7243), "the container shop-temporal-1")
    up(world)
    assert kept(world).read_text() == password
    assert "taken back from the container of postgres" in world.reporter.warnings()[0]


def test_one_that_is_nowhere_is_told_with_both_ways_out(world: World, password: str) -> None:
    """Before anything is launched or removed: with another password nothing would open the data."""
    down(world.stack(), volumes=False)
    kept(world).unlink()
    kept(world).with_name("stack.env").unlink()
    calls = list(world.compose.calls)
    with pytest.raises(PasswordLostError) as caught:
        up(world)
    assert world.compose.calls == calls
    assert world.compose.data == {"shop"}
    assert str(kept(world)) in caught.value.hint
    assert "devenv down --volumes" in caught.value.hint
    assert password not in str(caught.value.details)


def test_without_data_an_empty_file_is_no_password(world: World) -> None:
    """One is made: Postgres takes no empty one."""
    world.store.write_secret("shop", "postgres-password", "")
    up(world)
    assert len(kept(world).read_text()) >= 24
    assert world.reporter.warnings() == []


def test_one_that_the_database_refuses_is_told_with_its_file(world: World, password: str) -> None:
    """Somebody changed it: a stack of Go says less."""
    down(world.stack(), volumes=False)
    kept(world).write_text("another")
    said = 'FATAL: password authentication failed for user "temporal" (SQLSTATE 28P01)'
    world.compose.launch_failure = ServiceCrashedError("sql-schema", 1, ["goroutine 1", said])
    world.gateway.problems = ["refused"] * 10_000
    with pytest.raises(PasswordRefusedError) as caught:
        up(world)
    assert str(kept(world)) in caught.value.message
    assert "devenv down --volumes" in caught.value.hint
    assert "goroutine 1" not in caught.value.details
    assert world.compose.data == {"shop"}
    assert kept(world).read_text() == "another"
    assert password != "another"
