"""What services do that are not up yet, for people."""

from __future__ import annotations

import pytest

from devenv.engines.compose.activity import with_activities
from devenv.engines.protocol import Service

DATABASE = "waiting for the database"
SCHEMA = "waiting for the database schema, which is being made"


@pytest.mark.parametrize(
    ("health", "one_shots", "doing"),
    [
        ("starting", {"sql-schema": "created"}, DATABASE),
        ("healthy", {"sql-schema": "created"}, SCHEMA),
        ("healthy", {"sql-schema": "running"}, SCHEMA),
        ("healthy", {}, SCHEMA),
        ("healthy", {"sql-schema": "exited"}, "about to be started"),
    ],
)
def test_a_server_waits_for_its_database_and_then_for_the_schema(
    health: str, one_shots: dict[str, str], doing: str
) -> None:
    """In the order in which Compose starts them."""
    services = [Service("postgres", "running", health), Service("temporal", "created")]
    assert with_activities(services, one_shots)[1].activity == doing


def test_a_server_without_a_database_service_waits_for_it() -> None:
    """Compose has not made the container yet."""
    assert with_activities([Service("temporal", "created")], {})[0].activity == DATABASE


def test_a_web_ui_waits_for_no_index_where_the_stack_has_none() -> None:
    """Compose makes what it depends on first."""
    services = [Service("postgres", "running", "starting"), Service("ui", "created")]
    assert with_activities(services, {})[1].activity == "about to be started"


@pytest.mark.parametrize(
    ("service", "doing"),
    [
        (Service("postgres", "running", "healthy"), ""),
        (Service("worker", "running"), ""),
        (Service("opensearch", "running", "starting"), "OpenSearch is starting"),
        (Service("worker", "running", "starting"), "starting"),
        (Service("ui", "running", "unhealthy"), "its health check fails"),
        (Service("ui", "exited", exit_code=1), "stopped"),
        (Service("ui", "paused", "healthy"), "paused"),
        (Service("worker", "created"), "about to be started"),
        (Service("worker", "removing"), "removing"),
    ],
)
def test_every_state_has_its_words(service: Service, doing: str) -> None:
    """What is up does nothing that anybody waits for."""
    assert with_activities([service], {})[0].activity == doing
