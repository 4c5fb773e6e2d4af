"""Finding keys: by a part, and by what was probably meant."""

from __future__ import annotations

import pytest

from devenv.dynamicconfig.catalog.load import covered_versions, load_catalog

CATALOG = load_catalog(covered_versions()[-1])


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("limit.blobSize.eror", "limit.blobSize.error"),
        ("frontend.namespacRPS", "frontend.namespaceRPS"),
        ("frontend.namespaceRPSS", "frontend.namespaceRPS"),
        ("system.visibilityDisableOrderByClauses", "system.visibilityDisableOrderByClause"),
        ("worker.enableStickyQuery", "system.enableStickyQuery"),
        ("workflow.workflowTaskTimeout", "history.defaultWorkflowTaskTimeout"),
        ("workflow.defaultActivityRetryPolicy", "history.defaultActivityRetryPolicy"),
        ("numTaskqueueReadPartitions", "matching.numTaskqueueReadPartitions"),
        ("matching.NUMTASKQUEUEREADPARTITION", "matching.numTaskqueueReadPartitions"),
    ],
)
def test_the_likeliest_key_comes_first(written: str, meant: str) -> None:
    assert CATALOG.nearest(written)[0] == meant


@pytest.mark.parametrize("key", sorted(CATALOG.settings)[::23])
@pytest.mark.parametrize("slip", ["without", "doubled", "wrong"])
def test_one_wrong_letter_is_forgiven_everywhere(key: str, slip: str) -> None:
    middle = len(key) - len(key) // 3
    instead = {"without": "", "doubled": key[middle] * 2, "wrong": "q"}[slip]
    found = CATALOG.nearest(key[:middle] + instead + key[middle + 1 :])
    assert found[0].lower() == key


def test_nothing_is_near_to_nonsense() -> None:
    assert CATALOG.nearest("foo.bar") == []
    assert CATALOG.nearest("") == []


def test_no_more_than_asked_for() -> None:
    assert len(CATALOG.nearest("frontend.rps", n=2)) <= 2
    assert CATALOG.nearest("frontend.rps", n=0) == []


@pytest.mark.parametrize("pattern", ["stickyquery", "ENABLE stickyQuery", "system.*Sticky", "sticky*query"])
def test_a_pattern_is_words_of_the_key(pattern: str) -> None:
    assert [setting.key for setting in CATALOG.search(pattern)] == ["system.enableStickyQuery"]


def test_without_such_a_key_descriptions_are_searched() -> None:
    """No key contains the word."""
    found = CATALOG.search("emulating")
    assert found
    assert all("emulating" in setting.description.lower() for setting in found)


def test_an_empty_pattern_is_every_setting() -> None:
    assert len(CATALOG.search("")) == len(CATALOG.settings)


def test_what_nobody_says_is_not_found() -> None:
    assert CATALOG.search("no such words anywhere") == []
