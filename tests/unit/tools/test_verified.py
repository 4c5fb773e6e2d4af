from __future__ import annotations

from datetime import date

from devenv.project.versions import Component
from tools.verified import noted, stacks

TEXT = """\
[temporal]
default = "2"

[temporal.tried]
"1" = 2026-01-01
"2" = 2026-01-01

[ui]
default = "2"

[ui.tried]
"""


def test_every_version_is_in_one_of_few_stacks() -> None:
    """The defaults first; a part with fewer versions stays at its default."""
    components = {
        "temporal": Component("3", supported=("1", "2", "3")),
        "ui": Component("5"),
        "opensearch": Component("7", tried={"7": date(2026, 1, 1), "8": date(2026, 1, 1)}),
    }

    assert list(stacks(components)) == [
        {"temporal": "3", "ui": "5", "opensearch": "7"},
        {"temporal": "1", "ui": "5", "opensearch": "8"},
        {"temporal": "2", "ui": "5", "opensearch": "7"},
    ]


def test_the_day_is_noted_at_each_version() -> None:
    """Of a part that has none yet, too; other parts keep theirs."""
    text = noted(TEXT, {"temporal": "2", "ui": "2"}, date(2026, 11, 28))

    assert text == TEXT.replace('"2" = 2026-01-01', '"2" = 2026-11-28') + '"2" = 2026-11-28\n'
