"""The options of the plugin, each with its ini key."""

from __future__ import annotations

import os
from typing import Any

import pytest

from devenv.registry import engine_settings

SCOPES = ("function", "class", "module", "package", "session")
TEST_SERVER = "--temporal-test-server"
KEEP_FAILED = "--temporal-keep-failed"
ENGINE_VARIABLE = "TEMPORAL_DEVENV_ENGINE"

_ENGINE = "temporal_engine"
_SCOPE = "temporal_namespace_scope"
_TEST_SERVER = "temporal_test_server"
_LIKE = "temporal_namespace_like"
_AHEAD = "temporal_namespaces_ahead"
_DEFAULT_AHEAD = 32


def declare(parser: pytest.Parser) -> None:
    """Declare them, as `pytest --help` shows them."""
    group = parser.getgroup("temporal", "Temporal (temporal-devenv)")
    engines = engine_settings()
    group.addoption(
        "--temporal-engine",
        choices=engines,
        help=f"What runs the stack that the session starts ({ENGINE_VARIABLE}; ini: {_ENGINE})",
    )
    group.addoption(
        "--temporal-namespace-scope",
        choices=SCOPES,
        help=f"How many tests share a namespace; each has its own by default (ini: {_SCOPE})",
    )
    group.addoption(
        KEEP_FAILED,
        action="store_true",
        help="Leave the namespaces of tests that fail, and the stack that has them, to look at in the Web UI",
    )
    group.addoption(
        TEST_SERVER,
        metavar="PATH",
        help=f"The program of temporal_time_skipping, or `download` (ini: {_TEST_SERVER})",
    )
    parser.addini(_TEST_SERVER, "The program of temporal_time_skipping, or `download`", default="")
    parser.addini(_ENGINE, f"What runs the stack of the session: {', '.join(engines)}")
    parser.addini(_SCOPE, f"How many tests share a namespace: {', '.join(SCOPES)}", default=SCOPES[0])
    parser.addini(
        _LIKE,
        "The declared namespace that the tests' namespaces are like; by default that of devenv.toml",
        default="",
    )
    parser.addini(
        _AHEAD,
        "How many namespaces are made ahead at most, before tests ask for them",
        default=str(_DEFAULT_AHEAD),
    )


def check(config: pytest.Config) -> None:
    """Return if the ini file says what the plugin understands.

    Raises:
        pytest.UsageError: It does not.
    """
    _one_of(config, _SCOPE, SCOPES)
    if config.getini(_ENGINE):
        _one_of(config, _ENGINE, engine_settings())
    if not str(config.getini(_AHEAD)).isdecimal():
        raise pytest.UsageError(_complaint(config, _AHEAD, "must be a number"))


def namespace_scope(config: pytest.Config) -> Any:
    """Return the scope of `temporal_namespace`."""
    return config.getoption("--temporal-namespace-scope") or config.getini(_SCOPE)


def engine(config: pytest.Config) -> str | None:
    """Return the engine that was chosen for this session, None if devenv.toml decides."""
    return (
        config.getoption("--temporal-engine")
        or os.environ.get(ENGINE_VARIABLE)
        or config.getini(_ENGINE)
        or None
    )


def namespace_like(config: pytest.Config) -> str | None:
    """Return the declared namespace to take for a model, None for that of devenv.toml."""
    return config.getini(_LIKE) or None


def test_server(config: pytest.Config) -> str | None:
    """Return the time-skipping server that was named, None to look for it."""
    return config.getoption(TEST_SERVER) or config.getini(_TEST_SERVER) or None


def namespaces_ahead(config: pytest.Config) -> int:
    """Return how many namespaces are made ahead."""
    return int(config.getini(_AHEAD))


def _one_of(config: pytest.Config, key: str, allowed: tuple[str, ...]) -> None:
    if config.getini(key) not in allowed:
        raise pytest.UsageError(_complaint(config, key, f"must be one of {', '.join(allowed)}"))


def _complaint(config: pytest.Config, key: str, must: str) -> str:
    return f"{config.inipath or 'the ini file'}: {key} {must}, not {config.getini(key)!r}"
