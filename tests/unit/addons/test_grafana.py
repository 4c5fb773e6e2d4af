"""What the queries of the local pages are in Grafana.

tests/integration/test_promql.py has Prometheus read them.
"""

from __future__ import annotations

import pytest

from devenv.addons.observability.grafana import in_grafana


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("max(num_goroutines)", "max(num_goroutines)"),
        (
            'topk_avg(8, sum by (a) (rate(x{y!~"[z]|w"}[1m])))',
            'topk(8, sum by (a) (rate(x{y!~"[z]|w"}[$__rate_interval])))',
        ),
        ("sum(increase(x[1m]))", "sum(60 * rate(x[$__rate_interval]))"),
        ("rate(a[1m]) / rate(b[1m])", "rate(a[$__rate_interval]) / rate(b[$__rate_interval])"),
        ("rate(x[5m])", "rate(x[5m])"),
    ],
)
def test_a_query_is_asked_in_the_words_of_grafana(query: str, expected: str) -> None:
    """Over a window that is long enough for how often a team's Prometheus scrapes."""
    assert in_grafana(query) == expected
