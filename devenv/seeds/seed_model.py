"""The base of every part of a seeds file."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import model_validator

from devenv.files.strict import StrictModel


class SeedModel(StrictModel):
    """A part of a seeds file; an optional key without a value counts as absent."""

    unsupported: ClassVar[frozenset[str]] = frozenset()
    """Fields that Temporal has and seeds cannot declare yet."""
    called_here: ClassVar[dict[str, str]] = {}
    """Fields that Temporal's API, CLI or SDKs call otherwise: their name to the one here."""

    @model_validator(mode="before")
    @classmethod
    def _drop_empty(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        optional = {name for name, field in cls.model_fields.items() if not field.is_required()}
        return {key: value for key, value in data.items() if value is not None or key not in optional}

    @classmethod
    def explain_unknown(cls, name: str) -> str | None:
        """Return what to say of the field `name` that is not one of these, None if nothing is known of it."""
        key = _snake_case(name)
        if key in cls.called_here:
            return f'unknown field "{name}"; in seeds it is {cls.called_here[key]}'
        if key in cls.unsupported:
            return f"seeds do not support {name} yet"
        if key != name and key in cls.model_fields:
            return f'unknown field "{name}"; in seeds it is {key}'
        return None


def _snake_case(name: str) -> str:
    """Return `name` as fields here are written: `catchup_window` for `catchupWindow` and `catchup-window`."""
    words = "".join(f"_{each.lower()}" if each.isupper() else each for each in name)
    return words.replace("-", "_").lstrip("_")
