"""What is valid in seeds and hardly means what it says is a caution."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from unit.seeds.seed_files import refusals, write

from devenv.seeds.load import load_seeds

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _work_in_tmp_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("field", "place", "caution"),
    [
        (
            "cron: 0 0 2 * * *",
            "3:62",
            '"0 0 2 * * *" has six fields, and the server takes the sixth for the year',
        ),
        ("cron: ['@daily', 0 9 * * MON#1]", "3:79", '"0 9 * * MON#1" has a "#"'),
        ("calendar: {day_of_month: 31, month: 2}", "3:62", "the calendar names a day that never comes"),
        (
            "interval: 1h, note: 'to {{ .Env }}'",
            "3:76",
            "nothing expands {{ .Env }} here, it is taken as it stands",
        ),
        (
            "interval: 1h, input: [a, {b: 'x ${Y}'}]",
            "3:88",
            "nothing expands ${Y} here, it is taken as it stands",
        ),
    ],
)
def test_what_hardly_means_what_it_says_is_a_caution_at_its_place(
    field: str, place: str, caution: str
) -> None:
    """It is no error: the server accepts it."""
    schedule = f"{{id: s, namespace: a, workflow: W, task_queue: q, {field}}}"
    layer = write("seeds/a.yaml", f"namespaces: [{{name: a}}]\nschedules:\n          [{schedule}]\n")
    [told] = load_seeds([layer]).cautions
    assert told.startswith(f"seeds/a.yaml:{place}: {caution}")


def test_a_placeholder_in_a_name_is_an_error_and_elsewhere_a_caution() -> None:
    """A namespace of that name would be made."""
    layer = write("seeds/a.yaml", "namespaces:\n- name: ${NS}\n")
    [told] = refusals(layer)
    assert told.startswith(
        'seeds/a.yaml:2:3: the name "${NS}" holds a placeholder, nothing expands ${NS} here: '
    )
    layer = write("seeds/a.yaml", "namespaces:\n- name: a\n  description: for ${TEAM}\n  data: {k: '$(X)'}\n")
    assert [each.partition(" here, it is taken")[0] for each in load_seeds([layer]).cautions] == [
        "seeds/a.yaml:3:3: nothing expands ${TEAM}",
        "seeds/a.yaml:4:10: nothing expands $(X)",
    ]
