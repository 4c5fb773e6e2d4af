"""What people wrote wrong: code 3, with the place, and nothing half-created."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from cli.conftest import CommandLine

WRONG = {
    "bad TOML": ("devenv.toml", 'engine = "auto\n', "settings-invalid", "devenv.toml:1", ""),
    "unknown key": (
        "devenv.toml",
        '\nengin = "auto"\n',
        "settings-invalid",
        "devenv.toml:2",
        "engine",
    ),
    "wrong type": (
        "devenv.toml",
        "[ports]\ngrpc = true\n",
        "settings-invalid",
        "devenv.toml:2",
        "a port number",
    ),
    "refused version": (
        "devenv.toml",
        '[versions]\npostgres = "18"\n',
        "settings-invalid",
        "devenv.toml:2",
        "volume path",
    ),
    "unknown version": (
        "devenv.toml",
        '[versions]\ntemporal = "9.9.9"\n',
        "settings-invalid",
        "devenv.toml:2",
        "1.32.2",
    ),
    "bad local TOML": ("devenv.local.toml", "x = 1\n", "settings-invalid", "devenv.local.toml:1", ""),
    "bad YAML": ("seeds/orders.yaml", "namespaces: [\n", "seeds-invalid", "seeds/orders.yaml:1:14", ""),
    "spoken retention": (
        "seeds/orders.yaml",
        "namespaces:\n  - name: orders\n    retention: 5 minutes\n",
        "seeds-invalid",
        "seeds/orders.yaml:3",
        "5m",
    ),
    "short retention": (
        "seeds/orders.yaml",
        "namespaces:\n  - name: orders\n    retention: 5m\n",
        "seeds-invalid",
        "seeds/orders.yaml:3",
        "at least 1h",
    ),
    "unknown field": (
        "seeds/orders.yaml",
        "namespaces:\n  - name: orders\n    retenton: 5h\n",
        "seeds-invalid",
        "seeds/orders.yaml:3",
        "retention",
    ),
    "duplicate namespace": (
        "seeds/orders.yaml",
        "namespaces:\n  - name: orders\n  - name: orders\n",
        "seeds-invalid",
        "seeds/orders.yaml:3",
        "orders",
    ),
    "bad dynamic config": (
        "dynamicconfig/limits.yaml",
        "limit.maxIDLength:\n  - value: [1\n",
        "dynamic-config-invalid",
        "dynamicconfig/limits.yaml:2",
        "",
    ),
}


@pytest.mark.parametrize(("name", "text", "code", "place", "word"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_file_is_exit_code_3_with_its_place(
    devenv: CommandLine, name: str, text: str, code: str, place: str, word: str
) -> None:
    """The message begins with file and line, helps, and the engine was not asked for anything."""
    devenv.write(name, text)
    result = devenv("up", "-o", "json")
    assert (result.error["code"], result.code) == (code, 3)
    assert result.error["message"].startswith(place)
    assert word in result.error["message"]
    assert result.error["hint"]
    assert devenv.world.compose.calls == []
    assert devenv.world.store.names() == []


def test_a_wrong_overlay_is_exit_code_3_with_its_place(devenv: CommandLine) -> None:
    """Named in devenv.toml, refused before anything runs; `status` has no use for it."""
    devenv.write("devenv.toml", '[compose]\noverlays = ["compose/x.yaml"]\n')
    devenv.write("compose/x.yaml", "services:\n  x:\n    privileged: true\n")
    error = devenv("up", "-o", "json").error
    assert (error["code"], error["exit_code"]) == ("overlay-invalid", 3)
    assert error["message"].startswith("compose/x.yaml:3")
    assert devenv("status").code == 0


@pytest.mark.parametrize("command", [("up",), ("run", "--", "true")], ids=" ".join)
@pytest.mark.parametrize("is_variable", [False, True])
@pytest.mark.parametrize(
    ("option", "value"), [("--engine", "docker"), ("--timeout", "soon"), ("--timeout", "0s")]
)
def test_a_wrong_value_of_an_option_is_a_mistake_on_the_command_line(
    devenv: CommandLine,
    monkeypatch: pytest.MonkeyPatch,
    command: tuple[str, ...],
    option: str,
    value: str,
    *,
    is_variable: bool,
) -> None:
    """Given as an option or as its variable: code 2, with the option and the value."""
    given: tuple[str, ...] = (option, value)
    if is_variable:
        monkeypatch.setenv(f"TEMPORAL_DEVENV_{option.removeprefix('--').upper()}", value)
        given = ()
    error = devenv(*command[:1], "-o", "json", *given, *command[1:]).error
    assert (error["code"], error["exit_code"]) == ("usage", 2)
    assert option in error["message"]
    assert value in error["message"]


@pytest.mark.parametrize("command", ["start", "restart"])
def test_a_wrong_timeout_is_a_mistake_wherever_there_is_one(running: CommandLine, command: str) -> None:
    """Nothing is stopped for it."""
    assert running(command, "--timeout", "5 minutes", "-o", "json").error["code"] == "usage"
    assert running.world.compose.calls == ["launch"]


def test_all_that_is_wrong_in_the_seeds_is_told_at_once(devenv: CommandLine) -> None:
    """The first in the message, the others in the details."""
    devenv.write("seeds/a.yaml", "namespaces: [{name: a, retention: 1m}]")
    devenv.write("seeds/b.yaml", "namespaces: [{name: b, retention: 2m}]")
    error = devenv("up", "-o", "json").error
    assert "seeds/a.yaml" in error["message"]
    assert "seeds/b.yaml" in "".join(error["details"])
