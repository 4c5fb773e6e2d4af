"""What of a stack is removed from a Docker engine, in which order, and what interrupted replacements left."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from fakes.docker import CAPTURED, SHOP, FakeDocker, FakeVolume, captured, conflict, containers

from devenv.engines.docker.connection import LONG_TIMEOUT_S
from devenv.errors import CommandFailedError, DockerUnreachableError

LABELS = CAPTURED["Config"]["Labels"]


OTHERS = {
    "another stack": captured("temporal", stack="bank-000000"),
    "another user": captured("temporal", owner=1001),
}


@pytest.mark.parametrize(("volumes", "removed"), [(False, ["c", "n"]), (True, ["c", "n", "v"])])
def test_remove_takes_what_carries_the_labels(*, volumes: bool, removed: list[str]) -> None:
    """Containers, then networks, then volumes where that was asked; nothing of others."""
    docker = FakeDocker([captured("ui") | {"Id": "c"}, *OTHERS.values()])
    docker.api.networks_there = {"n": LABELS, "theirs": LABELS | {"dev.temporal-devenv.owner": "1001"}}
    docker.volumes.existing = [FakeVolume("v", LABELS), FakeVolume("theirs", {})]
    containers(docker).remove(SHOP, volumes=volumes)
    assert docker.api.removed == removed
    assert docker.api.removed_with_volumes == (["c"] if volumes else [])


def test_a_volume_without_the_labels_stays_whatever_mounts_it() -> None:
    """Docker labels what it makes, never what an overlay only names; nor is another stack's ours."""
    docker = FakeDocker([captured("postgres")])
    docker.api.mounts["shop-3f2a1c-postgres"] = [{"Type": "volume", "Name": "existing", "RW": True}]
    project = {"com.docker.compose.project": "shop-3f2a1c"}
    docker.volumes.existing = [FakeVolume("existing", {}), FakeVolume("made-by-compose", project)]
    docker.api.networks_there = {"existing": {}, "made-by-compose": project}
    containers(docker).remove(SHOP, volumes=True)
    assert docker.api.removed == ["shop-3f2a1c-postgres"]


def test_a_service_stops_before_those_that_it_depends_on() -> None:
    """Also over a one-shot that has ended; and what was paused is stopped too."""
    described = [captured("postgres"), captured("sql-schema", exit_code=0), captured("temporal")]
    for item, needed in zip(described, ("", "postgres", "sql-schema"), strict=True):
        item["Config"]["Labels"]["com.docker.compose.depends_on"] = f"{needed}:service_started:false"
    described[0]["State"]["Status"] = "paused"
    docker = FakeDocker(described)
    containers(docker).remove(SHOP, volumes=False)
    assert docker.api.stopped == {"shop-3f2a1c-temporal": 10, "shop-3f2a1c-postgres": 10}
    assert list(docker.api.stopped) == ["shop-3f2a1c-temporal", "shop-3f2a1c-postgres"]


def test_what_writes_only_to_what_is_deleted_gets_a_second_to_stop() -> None:
    """Where anything that it can write stays, it may end as it needs to."""
    docker = FakeDocker([captured("postgres"), captured("other")])
    docker.volumes.existing = [FakeVolume("v", LABELS)]
    docker.api.mounts["shop-3f2a1c-postgres"] = [{"Type": "volume", "Name": "v", "RW": True}]
    docker.api.mounts["shop-3f2a1c-other"] = [{"Type": "volume", "Name": "existing", "RW": True}]
    containers(docker).remove(SHOP, volumes=True)
    assert docker.api.stopped == {"shop-3f2a1c-postgres": 1, "shop-3f2a1c-other": 10}


def test_to_remove_may_take_longer_than_to_answer() -> None:
    """On a disk that others keep busy it takes minutes; afterwards a question has its own time again."""
    docker = FakeDocker([captured("ui")])
    containers(docker).remove(SHOP, volumes=True)
    assert docker.api.timeouts == {LONG_TIMEOUT_S}
    assert docker.api.timeout < LONG_TIMEOUT_S


def renamed(service: str, container: str, created: int = 0) -> dict[str, Any]:
    """Return a container that Compose has made and not yet given its name."""
    described = captured(service) | {"Id": container, "Created": created}
    return described | {"Name": f"/{created:012x}_shop-3f2a1c-{service}-1"}


def test_a_replacement_that_was_interrupted_is_undone() -> None:
    """The old container has its name still: the new one goes, without the volumes that both have."""
    docker = FakeDocker([captured("ui"), renamed("ui", "new")])
    containers(docker).clear_leftovers(SHOP)
    assert docker.api.removed == ["new"]
    assert docker.api.removed_with_volumes == []


def test_a_replacement_that_was_nearly_done_is_finished() -> None:
    """The old container is gone: the new one gets its name, and keeps what it mounts."""
    docker = FakeDocker([renamed("ui", "older", 1), renamed("ui", "newer", 2), captured("postgres")])
    containers(docker).clear_leftovers(SHOP)
    assert docker.api.removed == ["older"]
    assert [item["Name"] for item in docker.api.described] == ["/shop-3f2a1c-ui-1", "/shop-3f2a1c-postgres-1"]


def test_what_is_not_this_stacks_is_never_cleared() -> None:
    """Whatever it is called."""
    theirs = renamed("ui", "theirs")
    theirs["Config"]["Labels"] = OTHERS["another stack"]["Config"]["Labels"]
    docker = FakeDocker([theirs])
    containers(docker).clear_leftovers(SHOP)
    assert docker.api.removed == []
    assert docker.api.described[0]["Name"].startswith("/000000000000_")


def test_what_is_gone_or_going_is_removed() -> None:
    """Two `down` at once do not fail each other."""
    docker = FakeDocker([captured("ui"), captured("postgres"), captured("temporal")])
    docker.api.going = {"shop-3f2a1c-ui"}
    reason = "removal of container x is already in progress"
    docker.api.refusals = {"shop-3f2a1c-postgres": conflict(reason)}
    containers(docker).remove(SHOP, volumes=True)
    assert docker.api.removed == ["shop-3f2a1c-temporal"]


def test_a_volume_that_is_in_use_is_not_passed_over() -> None:
    """Whoever asked for its deletion must hear of it."""
    docker = FakeDocker()
    docker.volumes.existing = [FakeVolume("v", LABELS)]
    docker.api.refusals = {"v": conflict("volume is in use")}
    with pytest.raises(CommandFailedError) as caught:
        containers(docker).remove(SHOP, volumes=True)
    assert "volume is in use" in " ".join(caught.value.details)


def test_an_engine_that_is_gone_meanwhile_is_an_expected_error() -> None:
    """It is told as one that does not answer, not as a bug."""
    docker = FakeDocker([captured("ui")])
    docker.api.refusals = {"v": requests.ConnectionError("gone")}
    docker.volumes.existing = [FakeVolume("v", LABELS)]
    with pytest.raises(DockerUnreachableError):
        containers(docker).remove(SHOP, volumes=True)
