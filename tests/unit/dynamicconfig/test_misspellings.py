from __future__ import annotations

import pytest

from devenv.dynamicconfig.catalog.nearest import certain_match
from devenv.dynamicconfig.constraints import certain_name

NAMES = {
    name.lower(): name for name in ("namespace", "namespaceID", "taskType", "rps", "cache.v2", "max_size")
}


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Namespace", "namespace"),
        ("namespce", "namespace"),
        ("namesspace", "namespace"),
        ("namepsace", "namespace"),
        ("namespacf", "namespace"),
        ("task_type", "taskType"),
        ("maxSize", "max_size"),
        ("max.size", "max_size"),
    ],
)
def test_one_slip_is_enough_to_know_a_name(written: str, meant: str) -> None:
    """Or the same letters with other separators."""
    assert certain_match(written, NAMES) == meant


@pytest.mark.parametrize(
    "written", ["", "qps", "rpx", "namespaces5", "cache.v3", "nmespce", "namespaceI", "taskName"]
)
def test_more_than_one_slip_is_a_guess(written: str) -> None:
    """A short name, a digit, two slips, or two names that may be meant."""
    assert certain_match(written, NAMES) is None


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("domainName", "namespace"),
        ("DomainID", "namespaceID"),
        ("taskListName", "taskQueueName"),
        ("taskQueuName", "taskQueueName"),
        ("cluster", None),
    ],
)
def test_constraints_of_old_are_known(written: str, meant: str | None) -> None:
    """Cadence calls a namespace a domain."""
    assert certain_name(written) == meant
