"""What a model refused, told with its place and in a person's words.

pydantic's own messages speak of types; the reader here is somebody who wrote a file.
"""

from __future__ import annotations

import datetime as dt
import difflib
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any, Protocol, get_args, get_origin

from pydantic import BaseModel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

    from devenv.files.yaml_documents import KeyPath

_EXPECTED = {
    "string_type": "text",
    "list_type": "a list",
    "tuple_type": "a list",
    "dict_type": "a mapping of names to values",
    "model_type": "a mapping of names to values",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "invalid-json-value": "a JSON value",
}

_FOUND: tuple[tuple[type, str], ...] = (
    (type(None), "nothing"),
    (str, "text"),
    (list, "a list"),
    (tuple, "a list"),
    (dict, "a mapping"),
    (dt.date, "a date"),
    (dt.time, "a time of day"),
)


class Located(Protocol):
    """Data that knows where its keys stand, like a `Document`."""

    def place(self, key_path: KeyPath) -> str:
        """Return the place of the key or item at `key_path`."""


def sentences(
    refusal: ValidationError, model: type[BaseModel], document: Located, *, under: KeyPath = ()
) -> list[str]:
    """Return one `place: reason` for each error, missing fields last: a misspelt one explains them.

    Args:
        refusal: What validating with `model` raised.
        model: Its fields are the candidates for a misspelt name.
        document: Where the data came from.
        under: The way from the document's root to the data that was validated.
    """
    errors = sorted(refusal.errors(include_url=False), key=lambda error: error["type"] == "missing")
    return [f"{document.place(under + _key_path(error))}: {_reason(error, model)}" for error in errors]


def described(value: object) -> str:
    """Name what somebody wrote: `text`, `a list`, `the number 5`."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return f"the number {value}"
    return next((words for kind, words in _FOUND if isinstance(value, kind)), type(value).__name__)


def did_you_mean(name: str, candidates: Iterable[str]) -> str:
    """Return `; did you mean "…"?` for the nearest candidate, or nothing when none is near."""
    by_folded = {candidate.lower(): candidate for candidate in candidates}
    near = difflib.get_close_matches(name.lower(), by_folded, n=1)
    return f'; did you mean "{by_folded[near[0]]}"?' if near else ""


def _key_path(error: ErrorDetails) -> KeyPath:
    """Return the error's way; pydantic appends `[key]` where the key of a mapping is at fault."""
    return error["loc"][:-1] if error["loc"][-1:] == ("[key]",) else error["loc"]


def _reason(error: ErrorDetails, model: type[BaseModel]) -> str:
    kind, loc = error["type"], error["loc"]
    if kind == "extra_forbidden":
        return _unknown_field(str(loc[-1]), _annotation_at(model, loc[:-1]))
    if kind == "missing":
        return f'missing field "{loc[-1]}"'
    if kind == "enum":
        return _choice_reason(error, _annotation_at(model, loc))
    if kind == "value_error":
        return str(error["ctx"]["error"])
    if kind in _EXPECTED:
        return f"expected {_EXPECTED[kind]}, found {described(error['input'])}"
    return _other_reason(error)


def _other_reason(error: ErrorDetails) -> str:
    if error["type"] == "greater_than_equal":
        return f"expected a number of at least {error['ctx']['ge']:g}, found {described(error['input'])}"
    return error["msg"][:1].lower() + error["msg"][1:]


def _choice_reason(error: ErrorDetails, annotation: Any) -> str:
    value = error["input"]
    if not (isinstance(annotation, type) and issubclass(annotation, Enum)):
        return f"expected {error['ctx']['expected']}"
    choices = [str(member.value) for member in annotation]
    found = f'"{value}"' if isinstance(value, str) else described(value)
    return f"expected one of {', '.join(choices)}, found {found}{did_you_mean(str(value), choices)}"


def _unknown_field(name: str, model: Any) -> str:
    if not (isinstance(model, type) and issubclass(model, BaseModel)):
        return f'unknown field "{name}"'
    explain: Callable[[str], str | None] = getattr(model, "explain_unknown", lambda _: None)
    return explain(name) or f'unknown field "{name}"{did_you_mean(name, model.model_fields)}'


def _annotation_at(model: type[BaseModel], loc: Iterable[str | int]) -> Any:
    """Follow `loc` through fields, lists and mappings to the type that is expected there."""
    annotation: Any = model
    for step in loc:
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            field = annotation.model_fields.get(str(step))
            annotation = field.annotation if field else None
        else:
            arguments = [each for each in get_args(annotation) if each is not ...]
            annotation = arguments[-1] if arguments else None
        annotation = _bare(annotation)
    return annotation


def _bare(annotation: Any) -> Any:
    """Reduce `X | None` and `Annotated[X, ...]` to `X`."""
    arguments = get_args(annotation)
    if get_origin(annotation) is Annotated:
        return _bare(arguments[0])
    if type(None) in arguments:
        return _bare(next(each for each in arguments if each is not type(None)))
    return annotation
