"""`devenv login` where there is nobody to log in as; who can is in tests/e2e/test_login.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from cli.conftest import CommandLine


@pytest.mark.parametrize("arguments", [("alice",), ("show", "alice"), ("show", "alice", "--reset")])
def test_a_stack_without_the_add_on_has_nobody_to_log_in_as(
    devenv: CommandLine, arguments: tuple[str, ...]
) -> None:
    """And users that are declared there are asked nothing, which `up` and `plan` say."""
    devenv.write("seeds/a.yaml", "users: [{name: alice, roles: {default: read}}]\n")
    assert "the user alice is declared, and nobody is asked for a login" in devenv("up").err
    assert "the user alice is declared, and nobody is asked for a login" in devenv("plan").err
    refused = devenv("login", *arguments, "-o", "json")
    assert (refused.code, refused.document["error"]["code"]) == (1, "no-login")
    assert refused.document["error"]["hint"] == "run `devenv up --with login`"
    assert devenv("status", "-o", "json").document["not_enforced"] != []
    # It is no fault of the engine.
    assert "not enforced: the user alice is declared" in devenv("status").out


@pytest.mark.parametrize("arguments", [(), ("show",), ("a", "b"), ("alice", "--reset"), ("show", "a", "b")])
def test_other_words_are_a_slip(devenv: CommandLine, arguments: tuple[str, ...]) -> None:
    assert devenv("login", *arguments).code == 2


def test_who_is_not_up_logs_nobody_in(devenv: CommandLine) -> None:
    assert devenv("login", "alice", "-o", "json").document["error"]["code"] == "not-running"
    assert devenv("login", "show", "alice", "-o", "json").document["error"]["code"] == "not-running"
