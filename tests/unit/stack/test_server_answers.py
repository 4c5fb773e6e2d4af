"""The server's log says whether it has taken a dynamic config file or refused it."""

from __future__ import annotations

import json

import pytest

from devenv.stack.config_delivery import Answer, read_answers


def line(message: str, **more: str) -> str:
    return json.dumps({"level": "info", "ts": "2026-01-02T03:04:05.006Z", "msg": message, **more})


UPDATED = line("Updated dynamic config")


CHANGED = line("dynamic config changed for the key: limit.maxidlength oldValue: nil newValue: nil")


ERROR = line("dynamic config error", error='unknown constraint type "x"')


WARNING = line("dynamic config warning", error='unregistered key "x"')


REVISION = line("dynamic config warning", error='unregistered key "devenv.revision.1e5"')


UNABLE = line("Unable to update dynamic config.", error="loading dynamic config failed: 1 errors, 0 warnings")


UNREADABLE = line("Unable to update dynamic config.", error="dynamic config file: x: permission denied")


QUOTING = line("somebody said Updated dynamic config")


TAKEN = Answer("1e5", is_taken=True, warnings=('unregistered key "x"',))


REFUSED = Answer(None, is_taken=False, errors=('unknown constraint type "x"',))


@pytest.mark.parametrize(
    "lines",
    [[], [CHANGED], [ERROR], [WARNING], [UNREADABLE], [QUOTING], ["Updated dynamic config"], ["[1]", "{"]],
)
def test_there_is_no_answer_yet(lines: list[str]) -> None:
    """Changed keys are told before all of them are in effect; an unreadable file is tried again."""
    assert list(read_answers(lines)) == []


@pytest.mark.parametrize("lines", [[WARNING, REVISION], [REVISION, WARNING]])
def test_a_file_is_taken_with_the_warnings_before_it(lines: list[str]) -> None:
    """The server warns of keys in any order."""
    assert list(read_answers([*lines, CHANGED, UPDATED])) == [TAKEN]


def test_a_file_is_refused_for_its_errors() -> None:
    """It has a revision if it is YAML."""
    (answer,) = read_answers([ERROR, REVISION, UNABLE])
    assert answer == Answer("1e5", is_taken=False, errors=('unknown constraint type "x"',))
    assert list(read_answers([ERROR, UNABLE])) == [REFUSED]


def test_each_file_has_its_answer() -> None:
    """What was said of one is not said of the next."""
    lines = [REVISION, WARNING, UPDATED, ERROR, UNABLE, UPDATED]
    assert list(read_answers(lines)) == [TAKEN, REFUSED, Answer(None, is_taken=True)]
