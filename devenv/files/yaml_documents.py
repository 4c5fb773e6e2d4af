"""YAML files that people write, read with the place of every key.

The only home of ruamel.yaml. A file is data here: its tags construct nothing, and its size, depth
and aliases are limited before anything is built from it.
"""

from __future__ import annotations

import io
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ruamel.yaml import YAML
from ruamel.yaml.constructor import ConstructorError
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from devenv.files.text import MIB, TextError, display_path, position_after, read_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from ruamel.yaml.error import StringMark
    from ruamel.yaml.nodes import Node

    from devenv.errors import InvalidInputError

KeyPath = tuple[str | int, ...]
"""The way to a value: mapping keys and list indexes, outermost first."""

_DEEPEST = 50
_ALIAS_ALLOWANCE = 10_000
_TAG = "tag:yaml.org,2002:"
_PLAIN_TAGS = {_TAG + name for name in ("null", "bool", "int", "float", "str", "timestamp", "map", "seq")}
_SCALAR_NAMES = {
    "bool": "true or false",
    "int": "a number",
    "float": "a number",
    "timestamp": "a date",
    "null": "empty",
    "str": "text",
}
_TEXT_TAGS = {_TAG + "value", _TAG + "merge"}  # a lone `=` or `<<` that is not a key
_MERGE = _TAG + "merge"


@dataclass(frozen=True)
class Document:
    """One YAML file: its data as plain Python, and where each key and item stands.

    `data` is None for an empty file. `tags` are those that the reader was told to let through; `written` is
    the text of scalars without quotes that are no text: `0755`, `1.10`, `2024-01-01`.
    """

    data: Any
    source: str
    positions: Mapping[KeyPath, tuple[int, int]]
    tags: Mapping[KeyPath, str] = field(default_factory=dict)
    written: Mapping[KeyPath, str] = field(default_factory=dict)

    def place(self, key_path: KeyPath) -> str:
        """Return `file:line:column` of the key or item, or of its nearest parent that is there.

        A list of one that is written without its brackets has its only item where the list would be.
        """
        found: KeyPath = ()
        for step in key_path:
            if (*found, step) in self.positions:
                found = (*found, step)
            elif step != 0:
                break
        if found not in self.positions:
            return self.source
        line, column = self.positions[found]
        return f"{self.source}:{line}:{column}"


def read_yaml(
    path: Path,
    error: type[InvalidInputError],
    *,
    max_bytes: int = MIB,
    inside: Path | None = None,
    tags: frozenset[str] = frozenset(),
) -> Document:
    """Read one YAML 1.2 document; a byte order mark, CRLF, anchors and `<<` are understood.

    `inside` is the directory in which the file must lie once links are followed, None for a file that the
    user named or devenv ships. `tags` are let through and mean nothing here: what they mark is read as if
    they were not there, a scalar as text.

    Raises:
        InvalidInputError: As `error`, with the place, for whatever is not one plain document.
    """
    source = display_path(path)
    try:
        text = read_text(path, max_bytes, inside=inside)
    except TextError as cause:
        raise error(cause.reason, place=_place(source, cause.at)) from None
    try:
        root = _compose(text)
        return _Construction(source, budget=len(text) + _ALIAS_ALLOWANCE, tags=tags).document(root)
    except ReaderError as cause:
        place = _place(source, position_after(text[: cause.position]))
        reason = f"the character U+{ord(text[cause.position]):04X} is not allowed in YAML"
        raise error(reason, place=place) from None
    except MarkedYAMLError as cause:
        mark, reason = _explain(cause)
        raise error(reason, place=_place_of_mark(source, mark)) from None
    except RecursionError:
        raise error("is nested too deeply", place=source) from None


def write_yaml(data: object) -> str:
    """Write plain data as block-style YAML; text is quoted, so that no reader mistakes it.

    Where it holds what an editor would not show, or obey, that is escaped, with all that is not ASCII.
    """
    text = _dump(data, allow_unicode=True)
    is_plain = all(character.isprintable() or character == "\n" for character in text)
    return text if is_plain else _dump(data, allow_unicode=False)


def _dump(data: object, *, allow_unicode: bool) -> str:
    yaml = YAML(typ="rt", pure=True)
    yaml.allow_unicode = allow_unicode
    yaml.width = 10_000
    yaml.indent(mapping=2, sequence=4, offset=2)
    stream = io.StringIO()
    yaml.dump(_quoted(data), stream)
    return stream.getvalue()


def _place(source: str, at: tuple[int, int] | None) -> str:
    return source if at is None else f"{source}:{at[0]}:{at[1]}"


def _place_of_mark(source: str, mark: StringMark | None) -> str:
    return _place(source, None if mark is None else (mark.line + 1, mark.column + 1))


def _compose(text: str) -> Node | None:
    yaml = YAML(typ="safe", pure=True)
    yaml.max_depth = _DEEPEST
    yaml.composer.warn_double_anchors = False  # YAML 1.2 allows to reuse an anchor's name
    node: Node | None = yaml.compose(text)
    return node


def _quoted(data: object) -> object:
    if isinstance(data, dict):
        return {key: _quoted(value) for key, value in data.items()}
    if isinstance(data, list):
        return [_quoted(item) for item in data]
    return DoubleQuotedScalarString(data) if isinstance(data, str) else data


class _Construction:
    """Turns YAML nodes into plain data and remembers where they were.

    A node takes at least one character of text, so more nodes than characters come from aliases:
    that is what `budget` limits.
    """

    def __init__(self, source: str, *, budget: int, tags: frozenset[str]) -> None:
        self._source = source
        self._tags = tags
        self._budget = budget
        self._positions: dict[KeyPath, tuple[int, int]] = {}
        self._tagged: dict[KeyPath, str] = {}
        self._written: dict[KeyPath, str] = {}
        self._open: set[int] = set()
        self._scalars = YAML(typ="safe", pure=True).constructor

    def document(self, root: Node | None) -> Document:
        if root is None:
            return Document(None, self._source, {})
        self._remember((), root)
        data = self._value(root, ())
        return Document(data, self._source, self._positions, self._tagged, self._written)

    def _remember(self, key_path: KeyPath, node: Node) -> None:
        self._positions[key_path] = (node.start_mark.line + 1, node.start_mark.column + 1)

    @contextmanager
    def _visiting(self, node: Node) -> Iterator[None]:
        """Refuse what would make the data endless, or nearly so."""
        self._budget -= 1
        if self._budget < 0:
            raise _refusal("aliases repeat more data than a file may hold", node)
        if id(node) in self._open:
            raise _refusal(f"the alias *{node.anchor} stands inside what it repeats", node)
        self._open.add(id(node))
        yield
        self._open.remove(id(node))

    def _value(self, node: Node, key_path: KeyPath) -> Any:
        with self._visiting(node):
            if node.tag in self._tags:
                self._tagged[key_path] = str(node.tag)
            if isinstance(node, ScalarNode):
                if node.style is None and node.tag != _TAG + "str":
                    self._written[key_path] = node.value
                return self._scalar(node)
            if node.tag not in _PLAIN_TAGS | self._tags:
                raise _refusal(f"the tag {_shown_tag(node)} is not supported here", node)
            return self._collection(node, key_path)

    def _collection(self, node: Node, key_path: KeyPath) -> Any:
        if isinstance(node, MappingNode):
            return {key: self._item(value, (*key_path, key), at) for key, value, at in self._pairs(node)}
        return [self._item(item, (*key_path, index)) for index, item in enumerate(node.value)]

    def _item(self, node: Node, key_path: KeyPath, at: Node | None = None) -> Any:
        self._remember(key_path, at or node)
        return self._value(node, key_path)

    def _pairs(self, node: MappingNode) -> list[tuple[Any, Node, Node]]:
        """Return key, value and key node of each pair; what `<<` brings gives way to the rest."""
        own: dict[Any, tuple[Any, Node, Node]] = {}
        merged: dict[Any, tuple[Any, Node, Node]] = {}
        for key_node, value_node in node.value:
            if key_node.tag == _MERGE:
                for pair in self._merged(value_node):
                    merged.setdefault(pair[0], pair)
                continue
            key = self._key(key_node)
            if key in own:
                first = _place_of_mark(self._source, own[key][2].start_mark)
                raise _refusal(f'the key "{key}" is here twice, first at {first}', key_node)
            own[key] = (key, value_node, key_node)
        return list((merged | own).values())

    def _merged(self, node: Node) -> Iterator[tuple[Any, Node, Node]]:
        with self._visiting(node):
            if isinstance(node, MappingNode):
                yield from self._pairs(node)
            elif isinstance(node, SequenceNode):
                for item in node.value:
                    yield from self._merged(item)
            else:
                raise _refusal("the key << merges mappings, other values have nothing to merge", node)

    def _key(self, node: Node) -> Any:
        if not isinstance(node, ScalarNode):
            raise _refusal("a key must be text, quote it if it begins with a bracket", node)
        return self._scalar(node)

    def _scalar(self, node: ScalarNode) -> Any:
        if node.tag in _TEXT_TAGS | self._tags:
            return node.value
        if node.tag not in _PLAIN_TAGS:
            raise _refusal(f"the tag {_shown_tag(node)} is not supported here", node)
        try:
            return self._scalars.construct_object(node)
        except (ConstructorError, ValueError, LookupError):  # from `!!timestamp x`, `!!int x`, `!!bool x`
            kind = _SCALAR_NAMES[node.tag.removeprefix(_TAG)]
            raise _refusal(f'"{node.value[:40]}" is not {kind}, quote it if text is meant', node) from None


def _shown_tag(node: Node) -> str:
    return str(node.tag).replace(_TAG, "!!")


def _refusal(reason: str, node: Node) -> MarkedYAMLError:
    return ConstructorError(None, None, reason, node.start_mark)


_SENTENCES = {
    "mapping values are not allowed": "a colon is not expected here, quote the text if it holds one",
    "could not find expected ':'": "a key without its colon",
    "expected <block end>": "the indentation does not fit the lines above",
    "found unexpected end of stream": "the quote that opens here is never closed",
    "expected ',' or ']'": "the list that opens here with [ is not closed",
    "expected ',' or '}'": "the mapping that opens here with { is not closed",
    "expected the node content": "a value or a closing bracket is missing",
    "but found another document": "a file holds one document, take the line --- out",
    "maximum depth": f"is nested deeper than {_DEEPEST} levels",
}
_AT_THE_OPENING = ("found unexpected end of stream", "could not find expected", "expected ',' or")


def _explain(cause: MarkedYAMLError) -> tuple[StringMark | None, str]:
    """Return where a person should look, and what is wrong in their words."""
    problem = cause.problem or "is not valid YAML"
    mark = cause.problem_mark or cause.context_mark
    if isinstance(cause, ConstructorError):
        return mark, problem
    if problem.startswith("found character") and mark is not None:
        return mark, _explain_character(mark)
    if problem.startswith("found undefined alias"):
        return mark, f"the alias *{problem.split()[-1].strip(chr(39))} has no anchor above it"
    if problem.startswith(_AT_THE_OPENING) and cause.context_mark is not None:
        mark = cause.context_mark
    sentences = (sentence for start, sentence in _SENTENCES.items() if problem.startswith(start))
    return mark, next(sentences, f"is not valid YAML: {problem}")


def _explain_character(mark: StringMark) -> str:
    character = mark.buffer[mark.pointer]
    if character == "\t":
        return "a tab cannot indent YAML, use spaces"
    return f"a text that begins with {character} needs quotes"
