"""YAML files that people write, read with the place of every key, and YAML as devenv writes it.

A file is data here: its tags construct nothing, and its size, depth and aliases are limited before anything
is built from it. Scalars are those of the core schema of YAML 1.2, and dates: `yes` is text, `0755` is 755.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import yaml

from devenv.errors import ExportInvalidError
from devenv.files.text import MIB, TextError, display_path, read_text
from devenv.files.yaml_nodes import Kind, YamlError, compose

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from devenv.errors import InvalidInputError
    from devenv.files.yaml_nodes import Node, Position

KeyPath = tuple[str | int, ...]
"""The way to a value: mapping keys and list indexes, outermost first."""

_ALIAS_ALLOWANCE = 10_000
# As YAML 1.1 has it, which Kubernetes reads.
_RESOLVER: Any = yaml.resolver.Resolver()
# Text that begins with two letters, or a path, is text to every reader, unless it is a word as `yes`.
_WORDS = re.compile(r"(?:[A-Za-z_][\w.-]|/\w|\.{0,2}/\w)(?:[\w./+@%-]|[:=]\S|,? (?=\w))*", re.ASCII)


def _to_int(text: str) -> int:
    digits = text.replace("_", "").lower()
    return int(digits, 0 if digits.lstrip("+-")[:2] in {"0b", "0o", "0x"} else 10)


def _to_float(text: str) -> float:
    return float(text.replace("_", "").lower().replace(".inf", "inf").replace(".nan", "nan"))


def _to_time(text: str) -> Any:
    return yaml.constructor.SafeConstructor().construct_yaml_timestamp(yaml.ScalarNode("", text))


# By tag: what it is called, how it is written without the tag, and how it is read.
_SCALARS: Mapping[str, tuple[str, re.Pattern[str], Callable[[str], Any]]] = {
    "!!null": ("empty", re.compile(r"(?:~|null|Null|NULL)?"), lambda _: None),
    "!!bool": (
        "true or false",
        re.compile(r"true|True|TRUE|false|False|FALSE"),
        lambda text: {"true": True, "false": False}[text.lower()],
    ),
    "!!int": (
        "a number",
        re.compile(r"[-+]?(?:0b[01_]+|0o[0-7_]+|0x[0-9a-fA-F_]+|[0-9][0-9_]*)"),
        _to_int,
    ),
    "!!float": (
        "a number",
        re.compile(
            r"[-+]?(?:[0-9][0-9_]*(?:\.[0-9_]*)?(?:[eE][-+]?[0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?"
            r"|\.(?:inf|Inf|INF))|\.(?:nan|NaN|NAN)"
        ),
        _to_float,
    ),
    "!!timestamp": (
        "a date",
        re.compile(
            r"\d{4}-\d\d-\d\d|\d{4}-\d\d?-\d\d?(?:[Tt]|[ \t]+)\d\d?:\d\d:\d\d(?:\.\d*)?"
            r"(?:[ \t]*(?:Z|[-+]\d\d?(?::\d\d)?))?",
            re.ASCII,
        ),
        _to_time,
    ),
}


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
        return _Construction(source, budget=len(text) + _ALIAS_ALLOWANCE, tags=tags).document(text)
    except (TextError, YamlError) as cause:
        raise error(cause.reason, place=_place(source, cause.at)) from None
    except RecursionError:
        raise error("is nested too deeply", place=source) from None


def write_yaml(data: object) -> str:
    """Write plain data as block-style YAML; text is quoted, so that no reader mistakes it.

    Where it holds what an editor would not show, or obey, that is escaped, with all that is not ASCII.
    """
    text = _dump(data, allow_unicode=True)
    is_plain = all(character.isprintable() or character == "\n" for character in text)
    return text if is_plain else _dump(data, allow_unicode=False)


def write_manifests(documents: Iterable[object], comment: str = "") -> str:
    """Write documents as manifests of Kubernetes are written: words without quotes, long text as blocks.

    Text that a reader of YAML 1.1 or 1.2 could take for something else is quoted. `comment` comes first, each
    of its lines behind a `#`.
    """
    head = "".join(f"# {line}".rstrip() + "\n" for line in comment.splitlines())
    return head + "---\n".join(
        yaml.dump(_styled(each), Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=10_000)
        for each in documents
    )


def read_manifests(text: str, source: str) -> list[Any]:
    """Read the documents of a file for Kubernetes, as its tools read them: by YAML 1.1.

    Raises:
        ExportInvalidError: It is no YAML; with the line.
    """
    try:
        return [document for document in yaml.safe_load_all(text) if document is not None]
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{source}:{mark.line + 1}" if mark else source
        raise ExportInvalidError(f"is not YAML: {getattr(error, 'problem', error)}", place=place) from None


def _styled(data: object) -> object:
    if isinstance(data, dict):
        return {_styled(key): _styled(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [_styled(item) for item in data]
    if not isinstance(data, str):
        return data
    if "\n" in data:
        return _Block(data)
    return data if _WORDS.fullmatch(data) and _is_text(data) else _Quoted(data)


def _is_text(word: str) -> bool:
    tag: str = _RESOLVER.resolve(yaml.ScalarNode, word, (True, False))
    return tag == "tag:yaml.org,2002:str"


class _Block(str):
    """Text of several lines that is written as they are."""

    __slots__ = ()


class _Quoted(str):
    """Text that is written in double quotes."""

    __slots__ = ()


class _Dumper(yaml.SafeDumper):
    """Writes everything where it stands, without anchors, and indents the items of lists."""

    def ignore_aliases(self, _data: object) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002
        super().increase_indent(flow, indentless=False)


_Dumper.add_representer(
    _Quoted, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"')
)
_Dumper.add_representer(
    _Block, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|")
)


def _dump(data: object, *, allow_unicode: bool) -> str:
    text: str = yaml.dump(
        _quoted(data), Dumper=_Dumper, allow_unicode=allow_unicode, sort_keys=False, width=10_000
    )
    return text


def _quoted(data: object) -> object:
    if isinstance(data, dict):
        return {key: _quoted(value) for key, value in data.items()}
    if isinstance(data, list):
        return [_quoted(item) for item in data]
    return _Quoted(data) if isinstance(data, str) else data


def _place(source: str, at: Position | None) -> str:
    return source if at is None else f"{source}:{at[0]}:{at[1]}"


class _Construction:
    """Turns YAML nodes into plain data and remembers where they were.

    A node takes at least one character of text, so more nodes than characters come from aliases:
    that is what `budget` limits.
    """

    def __init__(self, source: str, *, budget: int, tags: frozenset[str]) -> None:
        self._source = source
        self._tags = tags
        self._budget = budget
        self._positions: dict[KeyPath, Position] = {}
        self._tagged: dict[KeyPath, str] = {}
        self._written: dict[KeyPath, str] = {}
        self._open: set[int] = set()

    def document(self, text: str) -> Document:
        root, next_document = compose(text, as_server=False)
        if next_document is not None:
            raise YamlError("a file holds one document, take the line --- out", next_document)
        if root is None:
            return Document(None, self._source, {})
        data = self._item(root, ())
        return Document(data, self._source, self._positions, self._tagged, self._written)

    @contextmanager
    def _visiting(self, node: Node) -> Iterator[Node]:
        """Yield what `node` stands for; refuse what would make the data endless, or nearly so."""
        real = node.real
        self._budget -= 1
        if self._budget < 0:
            raise YamlError("aliases repeat more data than a file may hold", node.at)
        if id(real) in self._open:
            raise YamlError(f"the alias *{node.text} stands inside what it repeats", real.at)
        self._open.add(id(real))
        yield real
        self._open.remove(id(real))

    def _item(self, node: Node, key_path: KeyPath, key: Node | None = None) -> Any:
        self._positions[key_path] = (key or node).at
        with self._visiting(node) as real:
            if real.tag in self._tags:
                self._tagged[key_path] = real.tag
            if real.kind is Kind.SCALAR:
                value = self._scalar(real)
                if real.is_plain and real.tag != "!!str" and (real.tag or not isinstance(value, str)):
                    self._written[key_path] = real.text
                return value
            if real.tag not in {"", "!!map", "!!seq"} | self._tags:
                raise _unknown_tag(real)
            if real.kind is Kind.MAPPING:
                return {
                    name: self._item(value, (*key_path, name), at) for name, value, at in self._pairs(real)
                }
            return [self._item(item, (*key_path, index)) for index, item in enumerate(real.items)]

    def _pairs(self, node: Node) -> list[tuple[Any, Node, Node]]:
        """Return key, value and key node of each pair; what `<<` brings gives way to the rest."""
        own: dict[Any, tuple[Any, Node, Node]] = {}
        merged: dict[Any, tuple[Any, Node, Node]] = {}
        for key_node, value_node in node.pairs():
            if key_node.is_plain and key_node.text == "<<" and key_node.tag in {"", "!!merge"}:
                for pair in self._merged(value_node):
                    merged.setdefault(pair[0], pair)
                continue
            key = self._key(key_node)
            if key in own:
                first = _place(self._source, own[key][2].at)
                raise YamlError(f'the key "{key}" is here twice, first at {first}', key_node.at)
            own[key] = (key, value_node, key_node)
        return list((merged | own).values())

    def _merged(self, node: Node) -> Iterator[tuple[Any, Node, Node]]:
        with self._visiting(node) as real:
            if real.kind is Kind.MAPPING:
                yield from self._pairs(real)
            elif real.kind is Kind.SEQUENCE:
                for item in real.items:
                    yield from self._merged(item)
            else:
                raise YamlError("the key << merges mappings, other values have nothing to merge", node.at)

    def _key(self, node: Node) -> Any:
        if node.real.kind is not Kind.SCALAR:
            raise YamlError("a key must be text, quote it if it begins with a bracket", node.at)
        return self._scalar(node.real)

    def _scalar(self, node: Node) -> Any:
        if node.tag in {"!!str"} | self._tags or not (node.tag or node.is_plain):
            return node.text
        if node.tag and node.tag not in _SCALARS:
            raise _unknown_tag(node)
        for tag, (name, pattern, read) in _SCALARS.items():
            if node.tag == tag or (not node.tag and pattern.fullmatch(node.text)):
                try:
                    return read(node.text)
                except (
                    AttributeError,
                    ValueError,
                    LookupError,
                ):  # from `!!timestamp x`, `!!int x`, `!!bool x`
                    reason = f'"{node.text[:40]}" is not {name}, quote it if text is meant'
                    raise YamlError(reason, node.at) from None
        return node.text


def _unknown_tag(node: Node) -> YamlError:
    return YamlError(f"the tag {node.tag} is not supported here", node.at)
