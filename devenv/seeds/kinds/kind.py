"""What a kind of declared object is: everything that the generic loops ask of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeVar

from devenv.seeds.changes import Change
from devenv.temporal.protocol import Action

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from devenv.seeds.importer import ImportResult, ImportSource
    from devenv.seeds.load import Declaration
    from devenv.seeds.seed_model import Key, Spec
    from devenv.seeds.seeds import Observed, Seeds
    from devenv.temporal.protocol import Cluster, Gateway, Target

T_co = TypeVar("T_co", covariant=True)

Differences = Iterable[tuple[str, object, object]]
"""Field, observed value, declared value."""


class Kind(Protocol[T_co]):
    """One kind of declared object; `T_co` is what a server has of it.

    A new kind is a module beside this one, with an instance listed in `devenv.seeds.kinds.KINDS`, and in
    `devenv.temporal` what a server is asked and sent: a dataclass in the union `Target` and a question of the
    `Gateway` (protocol.py, gateway.py), and a case of the `Writer` (writing.py). The methods with a body here
    are those that not every kind needs to change.
    """

    name: ClassVar[str]
    """In JSON documents: `nexus_endpoint`."""
    title: ClassVar[str]
    """In sentences: `Nexus endpoint`; with an `s`, several of them."""
    section: ClassVar[str]
    """The section of a seeds file that declares it."""
    model: ClassVar[type[Spec]]
    """An item of that section."""
    import_note: ClassVar[str] = ""
    """What an import cannot find of this kind, as a sentence."""

    def __repr__(self) -> str:
        return self.name

    @property
    def step(self) -> str:
        """The step of `up` and `apply` that creates and updates it."""
        return f"{self.name.replace('_', '-')}s"

    # Loading

    def check(self, declarations: Sequence[Declaration]) -> Iterable[str]:
        """Yield a sentence for what is wrong only when all declarations are seen together."""
        return ()

    def cautions(self, declaration: Declaration) -> Iterable[str]:
        """Yield a sentence for what is accepted and hardly means what its writer thinks."""
        return ()

    # Planning

    def is_declared(self, seeds: Seeds) -> bool:
        """Tell whether `seeds` declare any."""
        return bool(seeds.of(self.model))

    def observe(
        self, gateway: Gateway, seeds: Seeds, server: Observed, undeclared_in: Collection[str] | None
    ) -> Mapping[Key, T_co]:
        """Ask a server for the objects that `seeds` declare.

        `server` is what is known of it so far: its namespaces, and the kinds before this one if all are
        asked for. Unless `undeclared_in` is None, return also objects that nobody declares: those in these
        namespaces, and those that belong to the whole cluster.
        """

    def changes(self, seeds: Seeds, observed: Observed) -> Iterable[Change]:
        """Yield what is to be created and updated, in the order of declaration."""

    def removals(self, seeds: Seeds, observed: Observed) -> Iterable[Change]:
        """Yield the deletion of what is declared nowhere."""
        declared = {spec.key for spec in seeds.of(self.model)}
        return [self.deletion(key) for key in observed.of(self) if key not in declared]

    # Applying

    def batch(self, key: Key, cluster: Cluster) -> Key:
        """Return what identifies the request that changes `key`: changes of one batch are one request."""
        return key

    def target(self, changes: Sequence[Change]) -> Target:
        """Return what the request for `changes`, all of one batch and action, carries."""

    def unusable(self, gateway: Gateway, changes: Sequence[Change]) -> Sequence[str]:
        """Return a sentence for each of the applied `changes` that cannot be used yet."""
        return ()

    # Words

    def words(self, field: str, value: Any) -> str:
        """Return a value of `field` as people read it."""
        return str(value)

    # Import

    def import_objects(self, source: ImportSource, result: ImportResult) -> None:
        """Add to `result` what the server has and nobody declares; what seeds cannot declare is skipped."""

    # For the methods above

    def creation(self, spec: Spec, field: str, value: object, reason: str = "not there") -> Change:
        """Return the creation of what `spec` declares; `value` of `field` is what people get to see of it."""
        return Change(Action.CREATE, self, spec.key, field, None, value, reason, spec)

    def updates(self, spec: Spec, differences: Differences) -> Iterator[Change]:
        """Yield a change for each difference from what `spec` declares."""
        for field, before, after in differences:
            yield Change(Action.UPDATE, self, spec.key, field, before, after, f"{field} differs", spec)

    def deletion(self, key: Key, before: object = None) -> Change:
        """Return the deletion of `key`, which nobody declares."""
        return Change(Action.DELETE, self, key, None, before or key.name, None, "declared nowhere")
