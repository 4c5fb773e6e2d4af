"""What is wrong with settings, in a person's words and with the place."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING

from pydantic import BaseModel

from devenv.errors import SettingsInvalidError
from devenv.files.sentences import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

    from devenv.files.toml_layers import Layer

_EXPECTED = {
    "bool_type": "true or false",
    "dict_type": "a table",
    "int_type": "a whole number",
    "model_type": "a table",
    "path_type": "a path in quotes",
    "string_type": "text in quotes",
    "tuple_type": "a list",
}
_LONGEST_SHOWN = 60
# Each is looked for among all names that there are, and nobody reads more.
MOST_TOLD = 20


class WrongFieldError(ValueError):
    """A model is wrong as a whole, and the field `at` is where to correct it."""

    def __init__(self, reason: str, at: str) -> None:
        super().__init__(reason)
        self.at = at


@dataclass(frozen=True)
class _Problem:
    line: int
    place: str
    reason: str

    def __str__(self) -> str:
        return f"{self.place}: {self.reason}"


def settings_error(
    invalid: ValidationError, layers: Sequence[Layer], model: type[BaseModel]
) -> SettingsInvalidError:
    """Return the error for what `model` found in the merged `layers`: all of it, in the order of writing."""
    known = [*_setting_names(model)]
    placed = sorted(
        ((*_place_of(details, layers), details) for details in invalid.errors()), key=itemgetter(0, 1)
    )
    first, *others = [_to_problem(*each, layers, known) for each in placed[:MOST_TOLD]]
    untold = len(placed) - MOST_TOLD
    return SettingsInvalidError(
        first.reason,
        place=first.place,
        details=[*map(str, others), *([f"and {untold:,} more"] if untold > 0 else [])],
        hint=None if first.line else "correct the option, or its variable, and run the command again",
    )


def shown(value: object) -> str:
    """Return `value` as it would be written in TOML, tables and lists only named."""
    if isinstance(value, Mapping):
        return "a table"
    if isinstance(value, list):
        return "a list"
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"


def _place_of(details: ErrorDetails, layers: Sequence[Layer]) -> tuple[int, int]:
    """Return the index of the layer whose value counts, the last that writes it, and the line in it."""
    path = details["loc"]
    cause = details.get("ctx", {}).get("error")
    if isinstance(cause, WrongFieldError):
        path = (*path, cause.at)
    elif details["type"] == "missing":
        path = path[:-1]
    # Nobody writes what has a default.
    index = max((index for index, layer in enumerate(layers) if layer.holds(path)), default=0)
    return index, layers[index].line(path) or 0


def _to_problem(
    index: int, line: int, details: ErrorDetails, layers: Sequence[Layer], known: Sequence[str]
) -> _Problem:
    source = f"option --{details['loc'][0]}" if layers[index].text is None else layers[index].source
    place = f"{source}:{line}" if line else source
    return _Problem(line, place, _reason(details, known))


def _reason(details: ErrorDetails, known: Sequence[str]) -> str:
    name = _dotted(details["loc"])
    context = details.get("ctx", {})
    match details["type"]:
        case "extra_forbidden":
            return _unknown(name, known)
        case "missing":
            return f'missing setting "{name}"'
        case "string_pattern_mismatch":
            return f'"{name}" must match {context["pattern"]}'
        case "value_error":
            return f'"{name}" {context["error"]}'
        case "greater_than_equal":
            expected = f"{context['ge']} or more"
        case "less_than_equal":
            expected = f"{context['le']} or less"
        case "literal_error":
            expected = context["expected"].replace("'", '"')
        case other:
            expected = _EXPECTED.get(other, "something else")
    return f'"{name}" must be {expected}, not {shown(details["input"])}'


def _unknown(name: str, known: Sequence[str]) -> str:
    table, _, leaf = name.rpartition(".")
    elsewhere = [other for other in known if other.rpartition(".")[2] == leaf]
    beside = {other.rpartition(".")[2]: other for other in known if other.rpartition(".")[0] == table}
    if elsewhere:
        suggestion = f'; did you mean "{elsewhere[0]}"?'
    # The name of a table alone has all of its settings look alike.
    elif table and not did_you_mean(leaf, beside):
        suggestion = ""
    else:
        suggestion = did_you_mean(name, beside.values() if table else known)
    if table == "ports" and not suggestion:
        suggestion = f"; a port of an add-on is set below [addons.NAME]: ports = {{{leaf} = …}}"
    return f'unknown setting "{name}"{suggestion}'


def _setting_names(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    for name, field in model.model_fields.items():
        yield prefix + name
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from _setting_names(field.annotation, f"{prefix}{name}.")


def _dotted(path: Sequence[str | int]) -> str:
    first, *others = path
    return str(first) + "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in others)
