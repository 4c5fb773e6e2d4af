"""Answers that took minutes are asked for once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from devenv.dynamicconfig.catalog.model import read_data
from tools.catalog.answers import Answers, digest_of_sources
from tools.catalog.generate import versions

if TYPE_CHECKING:
    from collections.abc import Callable


def count(asked: list[str], answer: object) -> Callable[[], object]:
    def ask() -> object:
        asked.append("asked")
        return answer

    return ask


def test_the_same_question_is_asked_once() -> None:
    asked: list[str] = []
    answers = [Answers("go1").recall("settings", count(asked, {"a": 1})) for _ in range(2)]
    assert (answers, asked) == ([{"a": 1}, {"a": 1}], ["asked"])


@pytest.mark.parametrize(
    ("inputs", "question"), [(["go2"], "settings"), (["go1"], "others"), ([], "settings")]
)
def test_what_it_depends_on_is_part_of_the_question(inputs: list[str], question: str) -> None:
    Answers("go1").recall("settings", lambda: 1)
    assert Answers(*inputs).recall(question, lambda: 2) == 2


def test_the_committed_catalog_was_made_by_these_programs_for_these_versions() -> None:
    """After a change of either: `just catalog`."""
    committed = read_data()
    assert (committed["made_by"], committed["versions"]) == (digest_of_sources(), versions())


def test_a_failure_is_no_answer() -> None:
    def fail() -> None:
        raise RuntimeError("no toolchain")

    with pytest.raises(RuntimeError):
        Answers().recall("settings", fail)
    assert Answers().recall("settings", lambda: 3) == 3
