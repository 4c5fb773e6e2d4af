from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from devenv.errors import SettingsInvalidError
from devenv.files.toml_layers import Layer, merge, read_layer, shown_path

if TYPE_CHECKING:
    from pathlib import Path

TEXT = '''# ports = 1, [ports] in a comment
engine = "auto"  # namespace = "x"
note = """
[ports]
grpc = 1
"""
overlays = [
  "a.yaml",
  "b.yaml",
]

[ports]
grpc = 7233
"ui" = 8233
[versions]
"post\\u0067res" = "17"
'temporal' = "1.32.2"
[ compose . more ]
services.orders.lang = "go"
inline = { deep = { key = 1 } }
[[workers]]
name = "one"
[[workers]]
name = "two"
'''


def line_of(text: str, path: tuple[str | int, ...]) -> int | None:
    return Layer("devenv.toml", {}, text).line(path)


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("engine",), 2),
        (("note",), 3),
        (("overlays",), 7),
        (("overlays", 1), 7),
        (("ports",), 12),
        (("ports", "grpc"), 13),
        (("ports", "ui"), 14),
        (("versions", "postgres"), 16),
        (("versions", "temporal"), 17),
        (("compose", "more"), 18),
        (("compose", "more", "services", "orders", "lang"), 19),
        (("compose", "more", "inline", "deep", "key"), 20),
        (("workers", 1, "name"), 24),
        (("namespace",), None),
        (("engine", "deeper"), None),
        (("overlays", 2), None),
    ],
)
def test_the_line_of_a_key_is_found_in_every_notation(path: tuple[str | int, ...], line: int | None) -> None:
    """Tables, dotted and quoted keys count; text in strings and comments does not."""
    assert line_of(TEXT, path) == line
    assert line_of(TEXT.replace("\n", "\r\n"), path) == line


def test_only_line_feeds_count_as_lines() -> None:
    """Line ends that TOML does not know do not shift the numbers an editor shows."""
    assert line_of('a = "\u2028"\nb = 1', ("b",)) == 2


def test_later_layers_win_key_by_key() -> None:
    """Tables are merged at every depth; other values, lists too, are replaced."""
    below = Layer("below", {"a": {"b": {"c": 1, "d": 2}}, "e": [1, 2], "f": 1, "g": {"h": 1}})
    above = Layer("above", {"a": {"b": {"c": 3}}, "e": [3], "f": {"i": 1}, "g": 2})
    assert merge([below, above]) == {"a": {"b": {"c": 3, "d": 2}}, "e": [3], "f": {"i": 1}, "g": 2}


def test_merging_leaves_the_layers_as_they_were() -> None:
    """A layer can still tell what was written in it."""
    below = Layer("below", {"a": {"b": 1}})
    merge([below, Layer("above", {"a": {"b": 2}})])
    assert below.table == {"a": {"b": 1}}


def test_a_file_is_read_with_its_table_and_text(tmp_path: Path) -> None:
    """A byte order mark, as some editors write it, is no part of the text."""
    path = tmp_path / "devenv.toml"
    path.write_bytes(b"\xef\xbb\xbfengine = 'auto'\n")
    layer = read_layer(path)
    assert (layer.table, layer.line(["engine"])) == ({"engine": "auto"}, 1)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a = 1\nb =\n", "devenv.toml:2: not valid TOML: invalid value"),
        (
            b"a = 1\nengine = embedded\n",
            'devenv.toml:2: not valid TOML: invalid value; put quotes around it: "embedded"',
        ),
        (b"a = 1\nb = [\n\n\n", "devenv.toml:2: not valid TOML: "),
        (b"[a", "devenv.toml:1: not valid TOML: "),
        (b"a = 1\na = 2\n", "devenv.toml:2: not valid TOML: cannot overwrite a value"),
        (b"a = '\xe9'\n", "devenv.toml:1: the byte 0xE9 is not UTF-8 text"),
    ],
)
def test_a_broken_file_is_refused_with_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes, message: str
) -> None:
    """The error says on which line reading stopped, also at the end of the file."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "devenv.toml").write_bytes(content)
    with pytest.raises(SettingsInvalidError) as caught:
        read_layer(tmp_path / "devenv.toml")
    assert caught.value.message.startswith(message)


def test_what_cannot_be_opened_is_refused_with_the_systems_reason(tmp_path: Path) -> None:
    """A directory in place of the file is an error of the user, not of devenv."""
    with pytest.raises(SettingsInvalidError, match="is a directory, a file is expected here"):
        read_layer(tmp_path)


@pytest.mark.parametrize(
    ("below", "expected"), [("", "devenv.toml"), ("services", f"..{os.sep}devenv.toml"), ("a/b/c/d/e", None)]
)
def test_a_path_is_shown_as_its_user_sees_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, below: str, expected: str | None
) -> None:
    """A path is told from the working directory, unless the absolute one is shorter."""
    directory = tmp_path / below
    directory.mkdir(parents=True, exist_ok=True)
    monkeypatch.chdir(directory)
    path = tmp_path / "devenv.toml"
    shown = shown_path(path)
    assert (directory / shown).resolve() == path
    assert len(shown) <= len(str(path))
    if expected:
        assert shown == expected
