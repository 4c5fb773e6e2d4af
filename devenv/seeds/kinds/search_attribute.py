"""Search attributes: declared with their namespace; on OpenSearch the whole cluster shares them."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from devenv.seeds.attributes import check_attribute_name, is_column_name, is_declarable
from devenv.seeds.changes import Change
from devenv.seeds.importer import Missing
from devenv.seeds.kinds.kind import Kind
from devenv.seeds.kinds.namespace import NamespaceSpec, declared_attributes
from devenv.seeds.seed_model import Key
from devenv.temporal.protocol import Action
from devenv.temporal.protocol import SearchAttributes as Target

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from devenv.seeds.importer import ImportResult, ImportSource
    from devenv.seeds.load import Declaration
    from devenv.seeds.seeds import Observed, Seeds
    from devenv.temporal.protocol import Cluster, Gateway


class SearchAttributes(Kind[str]):
    """Custom search attributes; what a server has of one is its type, as `Keyword`."""

    name = "search_attribute"
    title = "search attribute"
    section = "namespaces"
    model = NamespaceSpec

    def check(self, declarations: Sequence[Declaration]) -> Iterator[str]:
        """Yield the search attributes with two types: OpenSearch has one mapping for the whole cluster."""
        first: dict[str, tuple[str, str]] = {}
        for declaration in declarations:
            if not isinstance(declaration.spec, NamespaceSpec):
                continue
            for name, kind in declaration.spec.search_attributes.items():
                place = declaration.place_of("search_attributes", name)
                known_kind, known_place = first.setdefault(name, (kind, place))
                if known_kind != kind:
                    yield (
                        f"{place}: the search attribute {name} is {kind} here and {known_kind} "
                        f"at {known_place}, it has one type in the whole cluster"
                    )

    def is_declared(self, seeds: Seeds) -> bool:
        return any(spec.search_attributes for spec in seeds.of(NamespaceSpec))

    def observe(
        self, gateway: Gateway, seeds: Seeds, server: Observed, undeclared_in: Collection[str] | None
    ) -> Mapping[Key, str]:
        declaring = [spec.name for spec in seeds.of(NamespaceSpec) if spec.search_attributes]
        wanted = list(dict.fromkeys([*declaring, *(undeclared_in or ())]))
        if server.cluster.shares_attributes:
            # All namespaces see the same: whichever is registered speaks for those that are not yet.
            witness = next(iter(server.namespaces), None)
            if witness is None or not wanted:
                return {}
            found = dict.fromkeys(wanted, gateway.search_attributes([witness])[witness])
        else:
            found = dict(gateway.search_attributes([name for name in wanted if name in server.namespaces]))
        return {Key(owner, name): kind for owner, types in found.items() for name, kind in types.items()}

    def changes(self, seeds: Seeds, observed: Observed) -> Iterator[Change]:
        for spec in seeds.of(NamespaceSpec):
            for name, kind in spec.search_attributes.items():
                key = Key(spec.name, name)
                found = observed.of(self).get(key)
                if found is None:
                    yield Change(Action.CREATE, self, key, None, None, kind.value, "not there", spec)
                elif found != kind:
                    place = seeds.place_of_attribute(spec.name, name)
                    obstacle = _obstacle(key, found, kind.value, observed, place)
                    yield Change(
                        Action.UPDATE, self, key, None, found, kind.value, "type differs", spec, obstacle
                    )

    def removals(self, seeds: Seeds, observed: Observed) -> Iterator[Change]:
        specs = seeds.of(NamespaceSpec)
        kept = {spec.name for spec in specs}
        declared = {name for spec in specs for name in spec.search_attributes}
        seen: set[Key] = set()
        for (owner, name), kind in observed.of(self).items():
            # Where the whole cluster shares them, each is one object and belongs to no namespace.
            key = Key(None if observed.cluster.shares_attributes else owner, name)
            if owner in kept and name not in declared and not is_column_name(name) and key not in seen:
                seen.add(key)
                yield self.deletion(key, kind)

    def batch(self, key: Key, cluster: Cluster) -> Key:
        # Where they are shared, adding is a read-modify-write of one versioned record, and so is removing.
        return Key(None if cluster.shares_attributes else key.namespace, "")

    def target(self, changes: Sequence[Change]) -> Target:
        types = {each.name: str(each.after or each.before) for each in changes}
        return Target(changes[0].namespace or "", types)

    def unusable(self, gateway: Gateway, changes: Sequence[Change]) -> Sequence[str]:
        return gateway.unusable_attributes(
            {change.spec.name: change.spec.search_attributes for change in changes}
        )

    def import_objects(self, source: ImportSource, result: ImportResult) -> None:
        self._skip_undeclarable(source, result)
        self._name_missing(source, result)

    def _skip_undeclarable(self, source: ImportSource, result: ImportResult) -> None:
        """Skip the attributes that seeds cannot declare; their namespaces are imported without them."""
        for namespace in source.chosen:
            owner = None if source.observed.cluster.shares_attributes else namespace
            for name in source.attributes_of(namespace):
                if not is_column_name(name):
                    try:
                        check_attribute_name(name)
                    except ValueError as error:
                        result.skip(self, Key(owner, name), str(error))

    def _name_missing(self, source: ImportSource, result: ImportResult) -> None:
        """Name the attributes of declared namespaces that `plan --prune` would delete."""
        # `--prune` asks for no more than one declaration, in whatever namespace.
        known = declared_attributes(source, result)
        for spec in source.declared.of(NamespaceSpec):
            if spec.name not in source.chosen:
                continue
            found = source.attributes_of(spec.name)
            missing = {name: found[name] for name in found.keys() - known if is_declarable(name)}
            if missing:
                result.missing.append(Missing(spec.name, source.declared.place_of(spec.name), missing))
            known |= missing.keys() if source.observed.cluster.shares_attributes else set()


SEARCH_ATTRIBUTES = SearchAttributes()


def _obstacle(key: Key, found: str, declared: str, observed: Observed, place: str | None) -> str:
    where = f" at {place}" if place else ""
    ways = f"declare {found}{where}, or give the {declared} another name"
    if observed.cluster.shares_attributes:
        ways += "; the index keeps the type as long as its data"
        ways += " (`devenv down --volumes` deletes all data of the stack)" if observed.is_stack else ""
    elif observed.is_stack:
        removal = (
            f"devenv temporal operator search-attribute remove -n {key.namespace} "
            f"--name {shlex.quote(key.name)}"
        )
        ways += f"; or remove it, with the values that workflows have of it: `{removal}`"
    what = f"search attribute {key.name} in {key.namespace} is {found}, declared is {declared}"
    return f"{what}; no server changes the type of one: {ways}"
