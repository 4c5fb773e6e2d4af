"""The page that each declared service has."""

from __future__ import annotations

import json

import pytest

from devenv.addons.observability.dashboards import service_dashboards


def test_a_service_is_asked_for_by_its_names_on_both_sides() -> None:
    """The server rewrites what is in a label, and workers do not."""
    [(name, page)] = service_dashboards(["my-orders"]).items()
    assert (name, page["title"]) == ("service-my-orders", "my-orders")
    [row] = page["rows"]
    assert 'Namespace:="my-orders" or "event.line.wf-namespace":="my-orders"' in row["title"]
    queries = [query for panel in row["panels"] for query in panel["expr"]]
    for query in queries:
        of_worker = "temporal_" in query.replace("temporal_sys", "")
        assert f'namespace="{"my-orders" if of_worker else "my_orders"}"' in query
    assert {len(panel["expr"]) - len(panel["alias"]) for panel in row["panels"]} == {0}


@pytest.mark.parametrize(
    ("namespace", "name"),
    [
        ("orders", "service-orders"),
        ("a.b", "service-a-b-2e7336"),
        ("Orders", "service-orders-b7e8ac"),
        ("n" * 200, f"service-{'n' * 16}-"),
    ],
)
def test_its_name_is_that_of_a_file_and_its_own(namespace: str, name: str) -> None:
    """Short enough for the UID of Grafana, too, and without what a file system takes for the same."""
    [made] = service_dashboards([namespace])
    assert made.startswith(name)
    assert len(f"temporal-{made}") <= 40


def test_a_quote_in_a_name_ends_no_query() -> None:
    """A namespace may be called nearly anything."""
    [page] = service_dashboards(['a"b\\c']).values()
    assert r"namespace=\"a\\\"b\\\\c\"" in json.dumps(page)
