"""Detects YAML files that are not dynamic config, so that one finding says so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from devenv.files.yaml_nodes import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devenv.files.yaml_nodes import Node, Position

# Top-level keys of the server's own config file: `Config` in common/config/config.go.
_STATIC_CONFIG = frozenset(
    (
        *("archival", "clustermetadata", "dcredirectionpolicy", "dynamicconfigclient", "global"),
        *("log", "namespacedefaults", "persistence", "publicclient", "services"),
    )
)
_ENOUGH_OF_STATIC_CONFIG = 2
_DEEPEST_WRAPPER = 6
_ITEM_FIELDS = {"value", "constraints"}


@dataclass(frozen=True, slots=True)
class ForeignFile:
    """What a file is instead of dynamic config, and what to do."""

    at: Position
    message: str
    suggestion: str


def detect_foreign_file(root: Node) -> ForeignFile | None:
    """Return what the file with this root mapping is, or None if it is dynamic config."""
    if any(_holds_items(value) for _, value in root.pairs()):
        return None
    names = {key.text.lower() for key, _ in root.pairs() if key.kind is Kind.SCALAR}
    if {"apiversion", "kind"} <= names:
        return ForeignFile(
            root.at,
            f"this is a Kubernetes manifest ({_text_of(root, 'kind')}), not dynamic config",
            "take the dynamic config out of it, into a file of its own",
        )
    if len(names & _STATIC_CONFIG) >= _ENOUGH_OF_STATIC_CONFIG:
        return ForeignFile(
            root.at,
            "this is the static config of a server, not dynamic config",
            "the stack brings its own; only dynamic config keys such as `limit.blobSize.error` belong here",
        )
    return _wrapper(root)


def _wrapper(root: Node) -> ForeignFile | None:
    for path, key in _nested_keys(root, ()):
        if len(path) > 1:
            below = ".".join(path[:-1])
            return ForeignFile(
                key.at,
                f"the dynamic config stands below `{below}`, and the server wants its keys at the top level",
                f"take `{below}` out and move its content to the left",
            )
    return None


def _nested_keys(node: Node, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Node]]:
    """Yield every key that holds a list of `{value, constraints}`, with its path from the root."""
    if node.kind is not Kind.MAPPING or len(path) > _DEEPEST_WRAPPER:
        return
    for key, value in node.pairs():
        here = (*path, key.text)
        if _holds_items(value):
            yield here, key
        else:
            yield from _nested_keys(value, here)


def _holds_items(node: Node) -> bool:
    real = node.real
    if real.kind is not Kind.SEQUENCE:
        return False
    mappings = [item.real for item in real.items if item.real.kind is Kind.MAPPING]
    return any(key.text in _ITEM_FIELDS for mapping in mappings for key, _ in mapping.pairs())


def _text_of(root: Node, name: str) -> str:
    return next(value.real.text for key, value in root.pairs() if key.text.lower() == name)
