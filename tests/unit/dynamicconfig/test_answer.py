"""What the server's log says about its dynamic config file."""

from __future__ import annotations

import json

import pytest

from devenv.dynamicconfig.answer import Answer, first_answer


def line(message: str, **more: str) -> str:
    return json.dumps({"level": "info", "ts": "2026-01-02T03:04:05.006Z", "msg": message, **more})


UPDATED = line("Updated dynamic config")
CHANGED = line("dynamic config changed for the key: limit.maxidlength oldValue: nil newValue: nil")
ERROR = line("dynamic config error", error='unknown constraint type "x"')
WARNING = line("dynamic config warning", error='unregistered key "x"')
UNABLE = line("Unable to update dynamic config.", error="loading dynamic config failed: 1 errors, 0 warnings")
UNREADABLE = line("Unable to update dynamic config.", error="dynamic config file: x: permission denied")
QUOTING = line("somebody said Updated dynamic config")


@pytest.mark.parametrize(
    "lines",
    [[], [CHANGED], [ERROR], [WARNING], [UNREADABLE], [QUOTING], ["Updated dynamic config"], ["[1]", "{"]],
)
def test_there_is_no_answer_yet(lines: list[str]) -> None:
    """Changed keys are told before all of them are in effect; an unreadable file is tried again."""
    assert first_answer(lines) is None


def test_it_is_taken_with_the_warnings_before_it() -> None:
    answer = first_answer([WARNING, CHANGED, UPDATED])
    assert answer == Answer(is_taken=True, warnings=('unregistered key "x"',))


def test_it_is_refused_for_its_errors() -> None:
    answer = first_answer([ERROR, WARNING, UNABLE])
    assert answer == Answer(
        is_taken=False, errors=('unknown constraint type "x"',), warnings=('unregistered key "x"',)
    )


def test_the_first_answer_counts() -> None:
    """What follows is about a later file."""
    first = first_answer([UPDATED, ERROR, UNABLE])
    assert first is not None
    assert first.is_taken
    assert first_answer([ERROR, UNABLE, UPDATED]) == Answer(
        is_taken=False, errors=('unknown constraint type "x"',)
    )
