"""The base of every model that people fill in by hand."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from devenv.project.durations import parse_duration
from devenv.project.sentences import described

LAX = Field(strict=False)
"""Marks a field whose written form differs from its type: enums (text) and tuples (lists).

Use it as `Annotated[tuple[str, ...], LAX]`.
"""


class StrictModel(BaseModel):
    """A frozen model that refuses unknown fields and converts nothing silently.

    `"5"` is not a number here and `1` is not true, so that a slip is an error at its place and
    not a surprise later. Fields marked with `LAX` are the exception.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


def _read_duration(value: object) -> object:
    if isinstance(value, str):
        return parse_duration(value)
    if isinstance(value, timedelta):
        return value
    raise ValueError(f"expected a duration such as 72h or 30d, found {described(value)}")


Duration = Annotated[
    timedelta,
    BeforeValidator(_read_duration),
    WithJsonSchema(
        {
            "type": "string",
            "description": "A Go duration; d and w are understood too",
            "examples": ["72h", "30d"],
        }
    ),
]
"""A field that is written as `72h` or `30d` and is a `timedelta`."""
