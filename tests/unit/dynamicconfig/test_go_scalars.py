from __future__ import annotations

from datetime import UTC, datetime

import pytest

from devenv.dynamicconfig.go_scalars import ScalarError, parse_duration, scalar_value, tag_of, to_nanoseconds
from devenv.files.yaml_nodes import Node, compose

SECOND = 1_000_000_000


def node_of(text: str) -> Node:
    root, _ = compose(f"key: {text}")
    assert root is not None
    return root.items[1]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *[("true", True), ("False", False), ("yes", "yes"), ("on", "on"), ("tRUE", "tRUE")],
        *[("~", None), ("null", None), ("", None), ("NULL", None), ("nil", "nil")],
        *[("12", 12), ("+5", 5), ("-3", -3), ("1_000", 1000), ("0x1F", 31), ("-0x1f", -31)],
        *[("010", 8), ("0o17", 15), ("0b11", 3), ("0b-1", -1), ("08", 8.0), ("0b2", "0b2")],
        *[("18446744073709551615", 2**64 - 1), ("18446744073709551616", float(2**64)), ("-0", 0)],
        *[(".5", 0.5), ("5.", 5.0), ("1e3", 1000.0), ("1e999", "1e999"), (".inf", float("inf")), (".", ".")],
        *[("'12'", "12"), ('"true"', "true"), ("|-\n  5", "5"), ("! 5", 5), ("<<", "<<"), ("!custom 5", "5")],
        *[
            ("!!str 5", "5"),
            ("!!int '5'", 5),
            ("!!float 5", 5.0),
            ("!!null ''", None),
            ("!!binary aGk=", "hi"),
        ],
        *[("12:30:45", "12:30:45"), ("2020-13-01", "2020-13-01"), ("2020-01-02 03:04:05 +01:00",) * 2],
        ("2020-1-2", datetime(2020, 1, 2, tzinfo=UTC)),
        ("2020-01-02T03:04:05.5Z", datetime(2020, 1, 2, 3, 4, 5, 500_000, tzinfo=UTC)),
        ("2020-01-02 03:04:05", datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC)),
    ],
)
def test_a_scalar_is_what_the_server_takes_it_for(text: str, value: object) -> None:
    """Neither YAML 1.1 nor 1.2."""
    found = scalar_value(node_of(text))

    assert (type(found), found) == (type(value), value)


@pytest.mark.parametrize("text", ["!!int x", "!!bool yes", "!!float x", "!!null x", "!!binary '%'"])
def test_a_tag_that_does_not_fit_its_text_is_an_error(text: str) -> None:
    """The server rejects the whole file."""
    with pytest.raises(ScalarError):
        scalar_value(node_of(text))


@pytest.mark.parametrize(
    ("text", "tag"),
    [("5", "!!int"), ("'5'", "!!str"), ("<<", "!!merge"), ("!x 5", "!x"), ("2020-01-01", "!!timestamp")],
)
def test_a_key_has_the_tag_of_its_value(text: str, tag: str) -> None:
    """It decides whether a mapping is one of text."""
    assert tag_of(node_of(text)) == tag


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        *[
            ("10s", 10),
            ("1h30m", 5400),
            ("1d", 86400),
            ("1.5d", 129600),
            ("1d2h", 93600),
            ("-1m", -60),
            ("30", 30),
        ],
        *[
            ("1.5", 1.5),
            (".5", 0.5),
            ("0", 0),
            ("500ms", 0.5),
            ("1.s", 1),
            ("+1s", 1),
            ("2562047h", 2562047 * 3600),
        ],
        *[
            ("", None),
            ("s", None),
            ("1 s", None),
            ("1S", None),
            ("10 seconds", None),
            ("1w", None),
            ("-5", None),
        ],
        *[("1h ", None), (".s", None), ("1e3s", None), ("2562048h", None), ("٣s", None)],
    ],
)
def test_a_duration_is_what_the_server_takes_it_for(text: str, seconds: float | None) -> None:
    """Go's, with days, and a number without a unit is seconds."""
    assert parse_duration(text) == (None if seconds is None else seconds * SECOND)


def test_a_number_is_a_duration_in_seconds() -> None:
    """True and false are none."""
    assert [to_nanoseconds(value) for value in (2, 0.5, "3s", True, None, [1])] == [
        *(2 * SECOND, SECOND // 2, 3 * SECOND),
        *(None, None, None),
    ]
    assert to_nanoseconds(float("nan")) == 0
