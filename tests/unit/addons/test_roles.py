"""What `up` waits for with the add-on `roles`, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from fakes.engine import FakeEngine, RecordingReporter

from devenv.addons import AddonContext, roles
from devenv.engines.protocol import Service, StackIdentity
from devenv.errors import SettingsInvalidError
from devenv.project.services import Ports

if TYPE_CHECKING:
    from collections.abc import Mapping

STACK = StackIdentity("shop", Path("/projects/shop"), 1000)
RUNNING = {"temporal": 1, "history": 2, "matching": 2, "worker": 1, "internal-frontend": 1, "admin-tools": 1}
RINGS = {"frontend": 1, "history": 2, "matching": 2, "worker": 1, "internal-frontend": 1}


class Cluster(FakeEngine):
    """An engine whose `admin-tools` answer what the cluster says of itself."""

    def __init__(self, rings: Mapping[str, int], *, polls: bool = True) -> None:
        super().__init__()
        self.rings, self.polls, self.is_answering = rings, polls, True
        self.running["shop"] = {
            f"{name}-{number}": Service(name, "running", number=number)
            for name, count in RUNNING.items()
            for number in range(1, count + 1)
        }

    def output(self, stack: StackIdentity, service: str, command: tuple[str, ...]) -> str:  # type: ignore[override]
        if not self.is_answering:
            return super().output(stack, service, command)
        if command[0] == "tdbg":
            return json.dumps([{"role": role, "members": [{}] * count} for role, count in self.rings.items()])
        return json.dumps({"pollers": [{"identity": "temporal-system@1"}] if self.polls else None})


def context(
    engine: FakeEngine, *, shards: int = 4, written: bool = False, of_data: int | None = None
) -> AddonContext:
    places = {"shards": "devenv.toml:3"} if written else {}
    settings = {"shards": shards}
    nowhere = Path("/nowhere")
    return AddonContext(
        STACK, engine, Ports(), settings, RecordingReporter(), nowhere, nowhere, places, of_data
    )


def test_nothing_is_missing_once_all_are_one_cluster_whose_workers_poll() -> None:
    assert list(roles.after_ready(context(Cluster(RINGS)))) == []


@pytest.mark.parametrize(
    ("rings", "sentence"),
    [
        ({**RINGS, "history": 1}, "history: of 2 that run, 1 are members of the cluster"),
        ({**RINGS, "frontend": 0}, "temporal: of 1 that run, 0 are members of the cluster"),
        ({"history": 2, "frontend": 1, "matching": 2, "worker": 1}, "internal-frontend: of 1 that run, 0"),
    ],
)
def test_a_member_that_has_not_joined_is_missing_and_an_alert(
    rings: Mapping[str, int], sentence: str
) -> None:
    """It runs, and has no part in the work."""
    [missing] = roles.after_ready(context(Cluster(rings)))
    assert missing.startswith(sentence)
    assert list(roles.alerts(context(Cluster(rings)))) == [missing]


def test_the_server_is_not_ready_before_its_own_workers_poll() -> None:
    assert list(roles.after_ready(context(Cluster(RINGS, polls=False)))) == [
        "the server's own workers do not poll yet"
    ]


def test_a_cluster_that_cannot_be_asked_is_told() -> None:
    engine = Cluster(RINGS)
    engine.is_answering = False
    [missing] = roles.after_ready(context(engine))
    assert "admin-tools" in missing
    [alert] = roles.alerts(context(engine))
    assert alert.startswith("the members of the cluster are not known: ")


def with_data(*, has_data: bool = True) -> FakeEngine:
    engine = Cluster(RINGS)
    if has_data:
        engine.data.add("shop")
    return engine


def test_other_shards_than_those_of_the_data_are_refused() -> None:
    """With the place of the setting, and what to write there."""
    with pytest.raises(SettingsInvalidError, match=r"devenv\.toml:3: .*is 512, .* has 4, for good") as caught:
        roles.check(context(with_data(), shards=512, written=True, of_data=4))
    assert "`shards = 4`" in caught.value.hint


@pytest.mark.parametrize(
    "fine",
    [
        context(with_data(), shards=4, written=True, of_data=4),
        context(with_data(), shards=4, written=False, of_data=512),
        context(with_data(), shards=512, written=True, of_data=None),
        context(with_data(has_data=False), shards=512, written=True, of_data=4),
    ],
    ids=["those of the data", "not written", "of which nobody knows", "of data that is gone"],
)
def test_shards_can_be_chosen_as_long_as_the_data_allows(fine: AddonContext) -> None:
    roles.check(fine)
