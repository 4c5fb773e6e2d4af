"""Values as Go's yaml.v3 decodes nodes into `any`, with what makes it reject a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from devenv.dynamicconfig.findings import Code
from devenv.dynamicconfig.go_scalars import ScalarError, scalar_value, tag_of
from devenv.files.yaml_nodes import Kind, YamlError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from devenv.files.yaml_nodes import Node, Position

    Report = Callable[[Code, Position, str], None]

_MERGE = "<<"
_FEW_ALIASES = 100
_FEW_NODES = 1000
_ALIAS_RATIO = 0.99


class Decoder:
    """Decodes the nodes of one file; calls `report` for what the server would reject.

    A node takes at least one character of text, so more nodes than that come from aliases: that is what
    `budget` limits.
    """

    def __init__(self, budget: int, report: Report) -> None:
        self._budget = budget
        self._report = report
        self._open: set[int] = set()
        self._count = 0
        self._count_in_aliases = 0
        self._alias_depth = 0

    def value(self, node: Node) -> Any:
        """Return a node as plain data."""
        self._count_one(node)
        if node.kind is Kind.ALIAS:
            return self._alias(node)
        if node.kind is Kind.SCALAR:
            return self._scalar(node)
        if node.kind is Kind.SEQUENCE:
            return [self.value(item) for item in node.items]
        return self._mapping(node)

    def text(self, node: Node) -> str | None:
        """Return a key as text, or None if the server skips or rejects it."""
        self._count_one(node)
        real = node.real
        if real.kind is not Kind.SCALAR:
            self._report(
                Code.WRONG_SHAPE, node.at, "a key must be text, quote it if it begins with a bracket"
            )
            return None
        value = self._scalar(real)
        if value is None:
            return None
        return value if real.tag == "!!binary" else real.text

    def pairs(self, node: Node) -> Iterator[tuple[Node, Node]]:
        """Yield the pairs of a mapping and those merged by `<<`, which its own override."""
        if self._has_duplicates(node):
            return
        yield from node_pairs(node, self._refuse_merge)

    def _refuse_merge(self, node: Node) -> None:
        self._report(
            Code.INVALID_YAML, node.at, "the key << merges mappings, other values have nothing to merge"
        )

    def _mapping(self, node: Node) -> dict[Any, Any]:
        pairs = list(self.pairs(node))
        if all(tag_of(key) == "!!str" for key, _ in pairs):
            return {self.text(key): self.value(value) for key, value in pairs}
        return AnyKeyed((self._any_key(key), self.value(value)) for key, value in pairs)

    def _any_key(self, node: Node) -> Any:
        if node.real.kind is Kind.SCALAR:
            return self.value(node)
        self._report(Code.INVALID_YAML, node.at, "a key must be text, quote it if it begins with a bracket")
        return None

    def _scalar(self, node: Node) -> Any:
        try:
            return scalar_value(node)
        except ScalarError as error:
            self._report(Code.INVALID_YAML, node.at, f"the value {error}; quote it if text is meant")
            return node.text

    def _alias(self, node: Node) -> Any:
        if id(node.real) in self._open:
            raise YamlError(f"the alias *{node.text} stands inside what it repeats", node.at)
        self._open.add(id(node.real))
        self._alias_depth += 1
        try:
            return self.value(node.real)
        finally:
            self._alias_depth -= 1
            self._open.remove(id(node.real))

    def _count_one(self, node: Node) -> None:
        self._count += 1
        self._count_in_aliases += self._alias_depth > 0
        is_aliasing = (
            self._count_in_aliases > _FEW_ALIASES
            and self._count > _FEW_NODES
            and self._count_in_aliases > _ALIAS_RATIO * self._count
        )
        if is_aliasing or self._count > self._budget:
            raise YamlError("aliases repeat more data than a file may hold", node.at, is_limit=True)

    def _has_duplicates(self, node: Node) -> bool:
        """Report duplicate keys and return whether there are any; the server compares the text of keys."""
        first: dict[tuple[Kind, str], Node] = {}
        has_duplicates = False
        for key, _ in node.pairs():
            known = first.setdefault((key.kind, key.text), key)
            if known is not key:
                has_duplicates = True
                line, column = known.at
                reason = f'the key "{key.text}" is here twice, first at line {line}, column {column}'
                self._report(Code.DUPLICATE_KEY, key.at, reason)
        return has_duplicates


class AnyKeyed(dict[Any, Any]):
    """A mapping with a key that is not a string: Go's `map[any]any`, which the server rejects."""


def node_pairs(node: Node, refuse_merge: Callable[[Node], None] | None = None) -> Iterator[tuple[Node, Node]]:
    """Yield the pairs of a mapping and those merged by `<<`; each key once, its own first."""
    seen: set[str] = set()
    merges = []
    for key, value in node.pairs():
        if is_merge(key):
            merges.append(value)
        elif key.real.text not in seen or key.real.kind is not Kind.SCALAR:
            seen.add(key.real.text)
            yield key, value
    if merges:
        merging = _Merging(seen, refuse_merge)
        for source in merges:
            yield from merging.pairs(source)


class _Merging:
    """Follows `<<` into other mappings, each once."""

    def __init__(self, seen: set[str], refuse: Callable[[Node], None] | None) -> None:
        self._seen = seen
        self._refuse = refuse
        self._visited: set[int] = set()

    def pairs(self, source: Node) -> Iterator[tuple[Node, Node]]:
        if source.real.kind is Kind.MAPPING:
            yield from self._of_mapping(source.real)
        elif source.kind is Kind.SEQUENCE and all(item.real.kind is Kind.MAPPING for item in source.items):
            for item in source.items:
                yield from self._of_mapping(item.real)
        elif self._refuse:
            self._refuse(source)

    def _of_mapping(self, mapping: Node) -> Iterator[tuple[Node, Node]]:
        if id(mapping) in self._visited:
            return
        self._visited.add(id(mapping))
        merges = [value for key, value in mapping.pairs() if is_merge(key)]
        for key, value in mapping.pairs():
            if not is_merge(key) and key.real.text not in self._seen:
                self._seen.add(key.real.text)
                yield key, value
        for source in merges:
            yield from self.pairs(source)


def is_merge(key: Node) -> bool:
    """Return whether a key is the merge key `<<`."""
    return key.kind is Kind.SCALAR and key.text == _MERGE and key.tag in {"", "!!merge"} and key.is_plain


def non_text_key(node: Node) -> Node | None:
    """Return the first key that makes the server reject the file because it is not a string.

    The server descends through such mappings and lists only; below a mapping of text it does not look.
    """
    real = node.real
    if real.kind is Kind.SEQUENCE:
        return next(filter(None, map(non_text_key, real.items)), None)
    if real.kind is not Kind.MAPPING:
        return None
    pairs = list(node_pairs(real))
    if all(tag_of(key) == "!!str" for key, _ in pairs):
        return None
    for key, value in pairs:
        if tag_of(key) not in {"!!str", "!!binary"} and not isinstance(scalar_value(key.real), str):
            return key
        if (found := non_text_key(value)) is not None:
            return found
    return None
