"""The base of every model that people fill in by hand."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from devenv.files.durations import NO_LIMITS, DurationLimits, format_duration, parse_duration
from devenv.files.sentences import described

LAX = Field(strict=False)
"""Marks a field whose written form differs from its type: enums (text) and tuples (lists).

Use it as `Annotated[tuple[str, ...], LAX]`.
"""


HIGHEST_PORT = 65535
PortNumber = Annotated[int, Field(ge=1, le=HIGHEST_PORT)]
"""A field that is the number of a TCP port."""


class StrictModel(BaseModel):
    """A frozen model that refuses unknown fields and converts nothing silently.

    `"5"` is not a number here and `1` is not true, so that a slip is an error at its place and
    not a surprise later. Fields marked with `LAX` are the exception.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


def read_duration(value: object, limits: DurationLimits = NO_LIMITS) -> object:
    """Return the duration that somebody wrote; the advice of a refusal is within `limits`.

    Raises:
        ValueError: With a sentence for the person who wrote it.
    """
    if isinstance(value, str):
        return parse_duration(value, limits)
    if isinstance(value, timedelta):
        return value
    raise ValueError(f"expected a duration such as 72h or 30d, found {described(value)}")


DURATION_SCHEMA = WithJsonSchema(
    {
        "type": "string",
        "description": "A Go duration; d and w are understood too",
        "examples": ["72h", "30d"],
    }
)

Duration = Annotated[timedelta, BeforeValidator(read_duration), DURATION_SCHEMA]
"""A field that is written as `72h` or `30d` and is a `timedelta`."""


def check_limits(duration: timedelta, what: str, limits: DurationLimits) -> timedelta:
    """Return `duration` if it is within `limits`; `what` is it, as in `a retention`.

    Raises:
        ValueError: With a sentence for the person who wrote it.
    """
    if duration < limits.shortest:
        raise ValueError(f"{what} of {format_duration(duration)} is too short, it is {limits.text}")
    if duration > limits.longest:
        raise ValueError(f"{what} of {format_duration(duration)} is too long, it is {limits.text}")
    return duration


def limited_duration(what: str, limits: DurationLimits) -> tuple[object, ...]:
    """Return what makes a field a duration within `limits`: `Annotated[timedelta, *limited_duration(…)]`."""
    return (
        BeforeValidator(partial(read_duration, limits=limits)),
        AfterValidator(partial(check_limits, what=what, limits=limits)),
        DURATION_SCHEMA,
    )
