"""YAML text as a tree of nodes that know where they stand, read by libyaml.

The Temporal server reads its files with a port of libyaml to Go, so what is YAML to one is YAML to the other;
nodes keep what the server tells apart (an alias from its target, text from quoted text) and nothing is
resolved here (ADR 0005).
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

import yaml
from yaml.reader import Reader

from devenv.files.text import position_after

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

Position = tuple[int, int]
"""Line and column, both counted from 1."""

DEEPEST = 50
_LONG_TAG = "tag:yaml.org,2002:"
# A pure Python loader stands in where PyYAML was built without libyaml: the same events, twenty times slower.
_LOADER = getattr(yaml, "CLoader", yaml.SafeLoader)
_BYTE_ORDER_MARK = "\ufeff"


class Kind(Enum):
    """What a node is."""

    SCALAR = "scalar"
    MAPPING = "mapping"
    SEQUENCE = "sequence"
    ALIAS = "alias"


class Node:
    """One node of a YAML document.

    `text` is the scalar's, or the name of an alias; `items` holds a list's items, or a mapping's keys and
    values in turn; `tag` is an explicit tag in short form (`!!int`); `target` is what an alias stands for.
    """

    __slots__ = ("at", "is_plain", "items", "kind", "tag", "target", "text")

    def __init__(self, kind: Kind, at: Position, *, tag: str = "", text: str = "") -> None:
        self.kind = kind
        self.at = at
        self.tag = tag
        self.text = text
        self.is_plain = False
        self.items: list[Node] = []
        self.target: Node | None = None

    @property
    def real(self) -> Node:
        """What an alias stands for, any other node itself."""
        return self if self.target is None else self.target

    def pairs(self) -> Iterator[tuple[Node, Node]]:
        """Return keys and values of a mapping, as they are written."""
        return zip(self.items[::2], self.items[1::2], strict=True)


class YamlError(Exception):
    """The text is not YAML, or more of it than is read; `reason` continues a sentence about the place."""

    def __init__(self, reason: str, at: Position, *, is_limit: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.at = at
        self.is_limit = is_limit


def compose(text: str, *, as_server: bool = True) -> tuple[Node | None, Position | None]:
    """Return the first document of `text`, None if it is empty, and where something follows it.

    `as_server` also refuses what libyaml reads and the server does not.

    Raises:
        YamlError: The first document is not YAML, or is nested too deeply.
    """
    if (offset := _forbidden(text)) is not None:
        reason = f"the character U+{ord(text[offset]):04X} is not allowed in YAML"
        raise YamlError(reason, position_after(text[:offset]))
    composer = _Composer(text, as_server=as_server)
    try:
        return composer.document(), composer.next_document()
    except yaml.MarkedYAMLError as cause:
        raise _explained(cause, text) from None


def _forbidden(text: str) -> int | None:
    """Return where the first character stands that the server takes no file with."""
    # PyYAML's own pattern is compiled already, which takes longer than to read a file; it lets the mark pass.
    unprintable = Reader.NON_PRINTABLE.search(text)
    offsets = [unprintable.start() if unprintable else -1, text.find(_BYTE_ORDER_MARK)]
    return min((offset for offset in offsets if offset >= 0), default=None)


def _at(mark: Any) -> Position:
    return mark.line + 1, mark.column + 1


class _Composer:
    """Builds nodes from events, so that the depth of a file never becomes the depth of a C stack."""

    def __init__(self, text: str, *, as_server: bool) -> None:
        self._text = text
        self._as_server = as_server
        self._events = yaml.parse(text, Loader=_LOADER)
        self._anchors: dict[str, Node] = {}

    def document(self) -> Node | None:
        next(self._events)
        if not isinstance(next(self._events), yaml.DocumentStartEvent):
            return None
        root = self._node(next(self._events), DEEPEST)
        next(self._events)
        return root

    def next_document(self) -> Position | None:
        try:
            event = next(self._events, None)
        except yaml.MarkedYAMLError as cause:
            return _at(cause.problem_mark or cause.context_mark)
        return _at(event.start_mark) if isinstance(event, yaml.DocumentStartEvent) else None

    def _node(self, event: Any, depth: int, *, is_in_flow: bool = False) -> Node:
        at = _at(event.start_mark)
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event, at, is_in_flow=is_in_flow)
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event, at)
        if depth == 0:
            raise YamlError(f"is nested deeper than {DEEPEST} levels", at, is_limit=True)
        return self._collection(event, at, depth - 1)

    def _scalar(self, event: Any, at: Position, *, is_in_flow: bool) -> Node:
        node = Node(Kind.SCALAR, at, tag=_short(event.tag), text=event.value)
        node.is_plain = not event.style
        if self._as_server and is_in_flow and node.is_plain:
            self._check_known_to_server(event, node)
        self._remember(event, node)
        return node

    def _check_known_to_server(self, event: Any, node: Node) -> None:
        """Refuse what libyaml reads and yaml.v3, a port of an older one, does not: both between brackets."""
        if "?" in node.text:
            raise YamlError("a text that holds a question mark needs quotes between brackets", node.at)
        if node.tag and not node.text and self._text[event.end_mark.index :][:1] == ",":
            raise YamlError("a tag needs a value after it, and a blank between them", node.at)

    def _alias(self, event: Any, at: Position) -> Node:
        if event.anchor not in self._anchors:
            raise YamlError(f"the alias *{event.anchor} has no anchor above it", at)
        node = Node(Kind.ALIAS, at, text=event.anchor)
        node.target = self._anchors[event.anchor]
        return node

    def _collection(self, event: Any, at: Position, depth: int) -> Node:
        kind = Kind.MAPPING if isinstance(event, yaml.MappingStartEvent) else Kind.SEQUENCE
        node = Node(kind, at, tag=_short(event.tag))
        self._remember(event, node)
        for inner in self._events:
            if isinstance(inner, yaml.CollectionEndEvent):
                break
            node.items.append(self._node(inner, depth, is_in_flow=event.flow_style))
        return node

    def _remember(self, event: Any, node: Node) -> None:
        if event.anchor:
            self._anchors[event.anchor] = node


def _short(tag: str | None) -> str:
    """Return an explicit tag in short form; a lone `!` says nothing."""
    if not tag or tag == "!":
        return ""
    return tag.replace(_LONG_TAG, "!!", 1) if tag.startswith(_LONG_TAG) else tag


_SENTENCES = {
    "mapping values are not allowed": "a colon is not expected here, quote the text if it holds one",
    "found unexpected ':'": "a text that ends in a colon needs quotes between brackets",
    "could not find expected ':'": "a key without its colon",
    "did not find expected key": "the indentation does not fit the lines above",
    "did not find expected '-' indicator": "the indentation does not fit the list above",
    "block sequence entries are not allowed": "a list item is not expected here, begin a new line",
    "expected <block end>": "the indentation does not fit the lines above",
    "found unexpected end of stream": "the quote that opens here is never closed",
    "did not find expected ',' or ']'": "the list that opens here with [ is not closed",
    "did not find expected ',' or '}'": "the mapping that opens here with { is not closed",
    "expected ',' or ']'": "the list that opens here with [ is not closed",
    "expected ',' or '}'": "the mapping that opens here with { is not closed",
    "did not find expected node content": "a value or a closing bracket is missing",
    "expected the node content": "a value or a closing bracket is missing",
}
_AT_THE_OPENING = (
    "found unexpected end",
    "could not find",
    "expected ',' or",
    "did not find expected ',' or",
)


def _explained(cause: yaml.MarkedYAMLError, text: str) -> YamlError:
    """Say where a person should look, and what is wrong in their words."""
    problem = cause.problem or "something unexpected"
    mark = cause.problem_mark or cause.context_mark
    if problem.startswith(_AT_THE_OPENING) and cause.context_mark is not None:
        mark = cause.context_mark
    offset = len(text) if mark is None else mark.index
    at = position_after(text[:offset] if text[offset:].strip() else text.rstrip())
    if problem.startswith("found character that cannot start"):
        return YamlError(_sentence_on_character(text[offset : offset + 1]), at)
    sentences = (sentence for start, sentence in _SENTENCES.items() if problem.startswith(start))
    return YamlError(next(sentences, f"is not valid YAML: {problem}"), at)


def _sentence_on_character(character: str) -> str:
    if character == "\t":
        return "a tab cannot indent YAML, use spaces"
    return f"a text that begins with {character} needs quotes"
