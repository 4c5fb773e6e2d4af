from __future__ import annotations

from pathlib import Path

import pytest

from devenv.dynamicconfig.catalog.load import load_catalog
from devenv.dynamicconfig.explain import Candidate, Explanation, explain
from devenv.dynamicconfig.load import read_layers

CATALOG = load_catalog("1.32.2")
SHIPPED = """\
limit.blobSize.error: [{value: 1}]
matching.numTaskqueueReadPartitions: [{value: 8}]
"""
OWN = """\
limit.blobSize.error:
  - value: 2
  - {value: 3, constraints: {namespace: orders}}
  - {value: 4, constraints: {namespace: payments}}
frontend.rps: [{value: many}]
matching.rps:
  - {value: 1, constraints: {taskQueueName: q}}
  - {value: 2, constraints: {namespace: a}}
  - {value: 3, constraints: {namespace: a, taskQueueName: q, taskType: Activity}}
  - {value: 4}
"""


def of(key: str, **request: str) -> Explanation:
    setting = CATALOG.find(key)
    assert setting is not None
    return explain(setting, read_layers([Path("shipped"), Path("own")]), request)


def winner(found: Explanation) -> Candidate:
    assert found.winner is not None
    return found.winner


def sources(candidates: tuple[Candidate, ...]) -> list[tuple[object, str | None]]:
    return [(each.value, each.place) for each in candidates]


@pytest.fixture(autouse=True)
def _layers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, text in (("shipped", SHIPPED), ("own", OWN)):
        Path(name).mkdir()
        Path(name, "a.yaml").write_text(text)


def test_the_strongest_constraints_win_and_then_the_later_layer() -> None:
    """What is beaten comes in the order in which it would hold."""
    found = of("Limit.blobSize.error", namespace="orders")

    assert (found.value, winner(found).place) == (3, "own/a.yaml:3:5")
    assert sources(found.beaten) == [(2, "own/a.yaml:2:5"), (1, "shipped/a.yaml:1:24"), (2097152, None)]
    assert sources(found.elsewhere) == [(4, "own/a.yaml:4:5")]


def test_what_a_request_does_not_name_does_not_match() -> None:
    """Values for single namespaces hold elsewhere."""
    found = of("limit.blobSize.error")

    assert winner(found).place == "own/a.yaml:2:5"
    assert [value for value, _ in sources(found.elsewhere)] == [3, 4]


def test_the_server_s_default_holds_without_a_value() -> None:
    """It beats nothing."""
    found = of("limit.maxIDLength")

    assert (found.value, winner(found).place, found.beaten) == (1000, None, ())


def test_a_value_that_the_server_cannot_use_leaves_the_default() -> None:
    """Though it wins."""
    found = of("frontend.rps")

    assert winner(found).value == "many"
    assert "a whole number" in (winner(found).objection or "")
    assert found.value == found.setting.default


def test_task_queues_are_asked_for_in_the_server_s_order() -> None:
    """A type by its name or its number."""
    found = of("matching.numTaskqueueReadPartitions", namespace="a", taskQueueName="q", taskType="1")
    assert found.value == 8

    rates = of("matching.forwarderMaxRatePerSecond", namespace="a", taskQueueName="q", taskType="2")
    assert rates.value == rates.setting.default


def test_a_default_for_some_requests_beats_a_weaker_value() -> None:
    """As the server's constrained defaults do."""
    setting = CATALOG.find("matching.numTaskqueueReadPartitions")
    assert setting is not None
    [special, *_] = [each for each in setting.constrained_defaults if each.constraints]
    request = {name: str(value) for name, value in special.constraints.items()}

    found = explain(setting, read_layers([Path("shipped")]), request)

    assert (found.value, winner(found).place) == (special.value, None)
    assert sources(found.beaten)[0] == (8, "shipped/a.yaml:2:39")


@pytest.mark.parametrize(
    "broken",
    [
        "frontend.namespaceRPS: [{value: 1, constraints: {domainName: mail}}, {value: 500}]",
        "frontend.namespaceRPS: [{value: 1, constraints: {namespce: mail}}, {value: 500}]",
        "frontend.namespaceRPS: [{value: 1, constraints: {namespace: 5}}, {value: 500}]",
        "frontend.namespaceRPS: [{value: 1, constraints: [mail]}, {value: 500}]",
        "frontend.namespaceRPS: [{value: 1, constraints: {~: mail}}, {value: 500}]",
        "frontend.namespaceRPS: [{value: 1, constraints: {namespace: a, namespace: b}}, {value: 500}]",
        "frontend.namespaceRPS: [{value: 1, constraint: {namespace: mail}}, {value: 500}]",
        "frontend.namespaceRPS: [{constraints: {namespace: mail}}, {value: 500}]",
        "frontend.namespaceRPS: [{value: 500}, [1]]",
    ],
)
def test_what_cannot_be_read_leaves_no_winner(broken: str) -> None:
    """It is named with its place, and what holds without it is told."""
    Path("own", "a.yaml").write_text(broken)

    found = of("frontend.namespaceRPS", namespace="mail")

    assert (found.winner, found.value) == (None, None)
    assert [each.value for each in found.beaten] == [500, found.setting.default]
    assert all(each.place.startswith("own/a.yaml:1:") for each in found.unreadable)
    assert found.unreadable


@pytest.mark.parametrize(
    "broken",
    [
        "frontend.namespaceRPS: [",
        "history.rps: [{value: 1}]\nhistory.rps: [{value: 2}]\nfrontend.namespaceRPS: [{value: 3}]\n",
        "frontend.namespaceRPS: [{value: 1}]\nFrontend.namespaceRPS: [{value: 2}]\n",
    ],
)
def test_a_file_that_the_server_rejects_leaves_no_winner(broken: str) -> None:
    """The value may be in it, or be one of two."""
    Path("own", "a.yaml").write_text(broken)

    assert of("frontend.namespaceRPS").winner is None


def test_a_fault_of_another_key_is_not_in_the_way() -> None:
    """Only what may give a value to this one."""
    Path("own", "a.yaml").write_text(
        "frontend.rps: [{value: 1, constraints: {domainName: mail}}]\nfrontend.namespaceRPS: [{value: 5}]\n"
    )

    assert winner(of("frontend.namespaceRPS")).value == 5
