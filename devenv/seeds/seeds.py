"""What a project declares, and what a server has."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from devenv.temporal.protocol import Cluster

if TYPE_CHECKING:
    from collections.abc import Mapping

    from devenv.seeds.kinds.kind import Kind
    from devenv.seeds.seed_model import Key, Spec
    from devenv.temporal.protocol import Namespace

S = TypeVar("S", bound="Spec")
T = TypeVar("T")


@dataclass(frozen=True)
class Seeds:
    """Everything that is declared, in the order of declaration.

    `places` says where namespaces are declared, as file:line:column, and `attribute_places` their search
    attributes; those that come from no file are missing. `cautions` are sentences, with their places, on what
    is accepted and hardly means what its writer thinks.
    """

    specs: tuple[Spec, ...] = ()
    places: Mapping[str, str] = field(default_factory=dict, compare=False)
    cautions: tuple[str, ...] = field(default=(), compare=False)
    attribute_places: Mapping[tuple[str, str], str] = field(default_factory=dict, compare=False)

    def of(self, model: type[S]) -> tuple[S, ...]:
        """Return the declarations of one kind, by its model: `seeds.of(NamespaceSpec)`."""
        return tuple(spec for spec in self.specs if isinstance(spec, model))

    def place_of(self, namespace: str) -> str | None:
        """Return where `namespace` is declared, if it comes from a file."""
        return self.places.get(namespace)

    def place_of_attribute(self, namespace: str, attribute: str) -> str | None:
        """Return where `namespace` declares `attribute`, if it comes from a file."""
        return self.attribute_places.get((namespace, attribute)) or self.place_of(namespace)


@dataclass(frozen=True)
class Observed:
    """What a server has: its namespaces by name, and objects by the name of their kind.

    `archives` tells whether the server has an archive: one that has none ignores archival settings.
    `is_stack` tells whether devenv runs the server.
    """

    namespaces: Mapping[str, Namespace] = field(default_factory=dict)
    objects: Mapping[str, Mapping[Key, Any]] = field(default_factory=dict)
    cluster: Cluster = field(default_factory=Cluster)
    archives: bool = False
    is_stack: bool = True

    def of(self, kind: Kind[T]) -> Mapping[Key, T]:
        """Return the objects of `kind`."""
        return self.objects.get(kind.name, {})
