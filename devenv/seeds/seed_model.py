"""The base of every part of a seeds file, and the names that several parts have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, NamedTuple, Self, cast

from pydantic import AfterValidator, TypeAdapter, model_validator

from devenv.files.strict import StrictModel
from devenv.project.names import check_free_name, check_name, check_namespace_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from devenv.project.worktree import Names

Name = Annotated[str, AfterValidator(check_name)]
FreeName = Annotated[str, AfterValidator(check_free_name)]
NamespaceName = Annotated[str, AfterValidator(check_namespace_name)]


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


class Key(NamedTuple):
    """What identifies one object of a kind; `namespace` is None for what the whole cluster shares."""

    namespace: str | None
    name: str


class Spec(SeedModel):
    """The declaration of one object."""

    identity: ClassVar[tuple[str, ...]] = ("name",)
    """The fields that identify it: its name, or its namespace and its name."""
    namespace_path: ClassVar[tuple[str, ...]] = ()
    """The way to the field that names the namespace which it needs, empty if it needs none."""

    @property
    def key(self) -> Key:
        """What identifies it on a server."""
        *namespace, name = (getattr(self, field) for field in self.identity)
        return Key(namespace[0] if namespace else None, name)

    @property
    def needed_namespace(self) -> str | None:
        """The namespace that must be declared for it."""
        if not self.namespace_path:
            return None
        found: Any = self
        for field in self.namespace_path:
            found = getattr(found, field)
        return str(found)

    def called(self, names: Names) -> Self:
        """Return it with the names that a worktree's things have on a server which all worktrees share.

        Those are its own name, unless it lives in a namespace, and that of the namespace which it needs.

        Raises:
            ValidationError: The server would refuse a name.
        """
        renamed = _renamed(self, self.identity, names) if self.key.namespace is None else self
        return _renamed(renamed, self.namespace_path, names) if self.namespace_path else renamed


def _renamed(model: Any, path: Sequence[str], names: Names) -> Any:
    name, *further = path
    value = getattr(model, name)
    if further:
        return model.model_copy(update={name: _renamed(value, further, names)})
    field = type(model).model_fields[name]
    checked: TypeAdapter[str] = TypeAdapter(cast("Any", Annotated[(field.annotation, *field.metadata)]))
    return model.model_copy(update={name: checked.validate_python(names.on_server(value))})
