"""The logs of the containers of a stack."""

from __future__ import annotations

import pytest
from fakes.docker import SHOP, FakeDocker, captured, containers

from devenv.engines.compose.engine import to_log_line
from devenv.engines.protocol import LogLine


def test_the_tail_of_a_log_is_the_services_own() -> None:
    """What is no text is replaced; a service that is not there has none."""
    docker = FakeDocker([captured("ui"), captured("temporal")])
    docker.api.output = {"shop-3f2a1c-temporal": b"one\ntwo\nthr\xffee"}
    assert containers(docker).log_tail(SHOP, "temporal", 2) == ["two", "thr\ufffdee"]
    assert containers(docker).log_tail(SHOP, "redis", 2) == []


@pytest.mark.parametrize(
    ("line", "service", "text"),
    [
        ("temporal-1  | ready", "temporal", "ready"),
        ("sql-schema-1  | a | b", "sql-schema", "a | b"),
        ("my-service-2-1 | x", "my-service-2", "x"),
        ("ui-1  | ", "ui", ""),
        ("ui-1  |   indented", "ui", "  indented"),
        ("\x1b[2Kui-1  | x", "ui", "x"),
        ("\x1b[2K\x1b[2Kui-1  | x", "ui", "x"),
        ("no prefix at all", "", "no prefix at all"),
        ("\x1b[2Kno prefix at all", "", "no prefix at all"),
        ("", "", ""),
    ],
)
def test_a_log_line_is_told_from_its_prefix(line: str, service: str, text: str) -> None:
    """Compose writes the container, devenv the service."""
    assert to_log_line(line) == LogLine(service, text)


def with_log(*containers_with: tuple[str, bytes]) -> FakeDocker:
    """Return an engine with the log of each container."""
    engine = FakeDocker([captured("temporal"), captured("ui")])
    engine.api.output.update(containers_with)
    return engine


LOG = b"""\
2026-01-02T03:04:05.000000001Z started
2026-01-02T03:04:05.900000000Z {"msg": "old news"}
2026-01-02T03:04:06.000000000Z {"msg": "news"}
"""


UI_LOG = b"2026-01-02T03:04:09.000000000Z another service\n"


def test_a_mark_is_where_the_log_of_a_service_ends() -> None:
    """By the clock of the engine, whatever this machine's says."""
    engine = with_log(("shop-3f2a1c-temporal", LOG), ("shop-3f2a1c-ui", UI_LOG))
    assert containers(engine).log_mark(SHOP, "temporal") == "2026-01-02T03:04:06.000000000Z"


def test_what_was_said_after_a_mark_is_told_from_what_was_said_before() -> None:
    """Also within the same second, which is all that the engine can tell apart."""
    view = containers(with_log(("shop-3f2a1c-temporal", LOG), ("shop-3f2a1c-ui", UI_LOG)))
    assert view.log_since(SHOP, "temporal", "2026-01-02T03:04:05.000000001Z") == [
        '{"msg": "old news"}',
        '{"msg": "news"}',
    ]
    assert view.log_since(SHOP, "temporal", "2026-01-02T03:04:05.900000000Z") == ['{"msg": "news"}']
    assert view.log_since(SHOP, "temporal", "2026-01-02T03:04:06.000000000Z") == []


def test_the_log_of_a_service_that_said_nothing_has_no_mark() -> None:
    """Everything it says is after it."""
    view = containers(with_log())
    assert view.log_mark(SHOP, "temporal") == ""
    later = containers(with_log(("shop-3f2a1c-temporal", LOG)))
    assert len(later.log_since(SHOP, "temporal", "")) == 3


def test_a_container_that_is_just_being_replaced_says_nothing() -> None:
    engine = with_log(("shop-3f2a1c-temporal", LOG))
    engine.api.going.add("shop-3f2a1c-temporal")
    assert containers(engine).log_since(SHOP, "temporal", "") == []
