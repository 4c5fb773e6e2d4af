from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from devenv.errors import SeedsInvalidError
from devenv.files.text import yaml_files
from devenv.files.yaml_documents import read_yaml, write_yaml

if TYPE_CHECKING:
    from pathlib import Path

    from devenv.files.yaml_documents import Document, KeyPath


@pytest.fixture(autouse=True)
def _work_in_tmp_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def read(path: Path, content: str | bytes) -> Document:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_yaml(path, SeedsInvalidError)


def refusal(path: Path, content: str | bytes) -> str:
    with pytest.raises(SeedsInvalidError) as caught:
        read(path, content)
    return caught.value.message


ORDERS = """\
namespaces:
  - name: orders
    search_attributes: {CustomerId: Keyword}
  - name: payments
"""


@pytest.mark.parametrize(
    ("key_path", "place"),
    [
        (("namespaces",), "orders.yaml:1:1"),
        (("namespaces", 0), "orders.yaml:2:5"),
        (("namespaces", 0, "search_attributes", "CustomerId"), "orders.yaml:3:25"),
        (("namespaces", 1, "name"), "orders.yaml:4:5"),
        (("namespaces", 1, "retention"), "orders.yaml:4:5"),
        (("schedules", 3, "id"), "orders.yaml:1:1"),
    ],
)
def test_every_key_and_item_has_its_place(tmp_path: Path, key_path: KeyPath, place: str) -> None:
    """What is not there has the place of its nearest parent."""
    assert read(tmp_path / "orders.yaml", ORDERS).place(key_path) == place


@pytest.mark.parametrize("content", ["", "# nothing yet\n", "\ufeff", "---\n", "~\n"])
def test_a_file_without_content_has_no_data(tmp_path: Path, content: str) -> None:
    """An empty file is not an error."""
    assert read(tmp_path / "empty.yaml", content).data is None


def test_a_file_from_windows_reads_like_any_other(tmp_path: Path) -> None:
    """A byte order mark and CRLF shift no data and no place."""
    document = read(tmp_path / "a.yaml", "\ufeffa: 1\r\nb:\r\n  - c\r\n".encode())

    assert document.data == {"a": 1, "b": ["c"]}
    assert [document.place(("a",)), document.place(("b", 0))] == ["a.yaml:1:1", "a.yaml:3:5"]


def test_anchors_and_merge_keys_are_plain_data_afterwards(tmp_path: Path) -> None:
    """What a mapping says itself beats what `<<` brings, and earlier merges beat later ones."""
    content = "x: &x {a: 1, b: 1}\ny: &y {b: 2, c: 2}\nz: {<<: [*x, *y], a: 3}\nw: *x\n"

    data = read(tmp_path / "a.yaml", content).data

    assert data["z"] == {"a": 3, "b": 1, "c": 2}
    assert data["w"] == {"a": 1, "b": 1}


def test_words_of_yaml_1_1_are_text(tmp_path: Path) -> None:
    """`yes`, `no` and `on` are not booleans, as in the server's own reader."""
    assert read(tmp_path / "a.yaml", "[yes, no, on, 12:30]").data == ["yes", "no", "on", "12:30"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a:\n\tb: 1\n", "a.yaml:2:1: a tab cannot indent YAML, use spaces"),
        ("a: b: c\n", "a.yaml:1:5: a colon is not expected here, quote the text if it holds one"),
        ("a:\n  b\nc\n", "a.yaml:3:1: a key without its colon"),
        ("a:\n  - b\n c: 1\n", "a.yaml:3:2: the indentation does not fit the lines above"),
        ('a: "x\nb: 1\n', "a.yaml:1:4: the quote that opens here is never closed"),
        ("a: [1, 2\nb: 3\n", "a.yaml:1:4: the list that opens here with [ is not closed"),
        ("a: {x: 1\nb: 3\n", "a.yaml:1:4: the mapping that opens here with { is not closed"),
        ("a: @x\n", "a.yaml:1:4: a text that begins with @ needs quotes"),
        ("a: 1\n---\nb: 2\n", "a.yaml:2:1: a file holds one document, take the line --- out"),
        ("a: *x\n", "a.yaml:1:4: the alias *x has no anchor above it"),
        ("a: &x [*x]\n", "a.yaml:1:4: the alias *x stands inside what it repeats"),
        ("a: &x {<<: *x}\n", "a.yaml:1:4: the alias *x stands inside what it repeats"),
        ("a: {<<: 1}\n", "a.yaml:1:9: the key << merges mappings, other values have nothing to merge"),
        ("a: 1\nb: 2\na: 3\n", 'a.yaml:3:1: the key "a" is here twice, first at a.yaml:1:1'),
        ("? [a]\n: 1\n", "a.yaml:1:3: a key must be text, quote it if it begins with a bracket"),
        ("a: !!set {x}\n", "a.yaml:1:4: the tag !!set is not supported here"),
        (
            "a: !!python/name:os.system x\n",
            "a.yaml:1:4: the tag !!python/name:os.system is not supported here",
        ),
        ("a: !!int x\n", 'a.yaml:1:4: "x" is not a number, quote it if text is meant'),
        ("a: !!int ''\n", 'a.yaml:1:4: "" is not a number, quote it if text is meant'),
        ("a: !!bool x\n", 'a.yaml:1:4: "x" is not true or false, quote it if text is meant'),
        ("a: !!timestamp x\n", 'a.yaml:1:4: "x" is not a date, quote it if text is meant'),
        ("a: 2024-13-45\n", 'a.yaml:1:4: "2024-13-45" is not a date, quote it if text is meant'),
        (f"a: {'1' * 6000}\n", "a.yaml:1:4: a number of more than 1,000 digits is too long"),
        ("a: 1\nb: \a\n", "a.yaml:2:4: the character U+0007 is not allowed in YAML"),
        ("[" * 5000, "a.yaml:1:51: is nested deeper than 50 levels"),
        (b"a: 1\nb: caf\xe9\n", "a.yaml:2:7: the byte 0xE9 is not UTF-8 text"),
        ("a: 1".encode("utf-16"), "a.yaml: is UTF-16 text, save it as UTF-8"),
        (b"a\0b", "a.yaml: is a binary file, not text"),
        (b"#" * (1024 * 1024 + 1), "a.yaml: is larger than 1 MiB"),
    ],
)
def test_what_is_not_one_plain_document_is_refused_at_its_place(
    tmp_path: Path, content: str | bytes, message: str
) -> None:
    """The sentence is for the person who wrote the file."""
    assert refusal(tmp_path / "a.yaml", content) == message


@pytest.mark.parametrize("repeat", ["[{aliases}]", "{{<<: [{aliases}]}}"])
def test_aliases_that_multiply_are_refused_before_they_fill_the_memory(tmp_path: Path, repeat: str) -> None:
    """Ten aliases of ten aliases, nine levels up, are a billion values in a few lines."""
    lines = ["a0: &a0 {k: 1}"]
    for level in range(1, 10):
        aliases = ", ".join([f"*a{level - 1}"] * 10)
        lines.append(f"a{level}: &a{level} {repeat.format(aliases=aliases)}")

    assert refusal(tmp_path / "a.yaml", "\n".join(lines)).endswith(
        "aliases repeat more data than a file may hold"
    )


def test_a_limit_of_the_caller_replaces_the_usual_one(tmp_path: Path) -> None:
    """A bigger file is read where its reader expects one."""
    path = tmp_path / "a.yaml"
    path.write_text("a: 12345\n")

    assert read_yaml(path, SeedsInvalidError, max_bytes=9).data == {"a": 12345}
    with pytest.raises(SeedsInvalidError, match="is larger than"):
        read_yaml(path, SeedsInvalidError, max_bytes=8)


def test_what_is_not_a_readable_file_is_refused(tmp_path: Path) -> None:
    """A directory, a pipe, a link to itself and nothing at all are told apart."""
    (tmp_path / "dir.yaml").mkdir()
    os.mkfifo(tmp_path / "pipe.yaml")
    (tmp_path / "loop.yaml").symlink_to("loop.yaml")
    reasons = {}
    for name in ("dir", "pipe", "loop", "none"):
        with pytest.raises(SeedsInvalidError) as caught:
            read_yaml(tmp_path / f"{name}.yaml", SeedsInvalidError)
        reasons[name] = caught.value.message

    assert reasons == {
        "dir": "dir.yaml: is a directory, a file is expected here",
        "pipe": "pipe.yaml: is not a regular file",
        "loop": "loop.yaml: cannot be read: too many levels of symbolic links",
        "none": "none.yaml: cannot be read: no such file or directory",
    }


def test_a_path_outside_the_working_directory_is_shown_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A relative path is only shown where it leads somewhere."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)

    assert refusal(tmp_path / "a.yaml", b"\0").startswith(f"{tmp_path}/a.yaml: ")


def test_the_yaml_files_of_a_directory_come_sorted_without_hidden_ones(tmp_path: Path) -> None:
    """An editor's lock file beside a seed is nobody's declaration."""
    for name in ("b.yaml", "a.yml", ".#b.yaml", "notes.txt"):
        (tmp_path / name).touch()

    assert [path.name for path in yaml_files(tmp_path, SeedsInvalidError)] == ["a.yml", "b.yaml"]
    assert yaml_files(tmp_path / "none", SeedsInvalidError) == []


def test_a_file_in_place_of_a_directory_is_refused(tmp_path: Path) -> None:
    """It would otherwise look like an empty directory."""
    (tmp_path / "seeds").touch()

    with pytest.raises(SeedsInvalidError, match="seeds: is a file, a directory is expected here"):
        yaml_files(tmp_path / "seeds", SeedsInvalidError)


def test_what_is_written_reads_back_the_same(tmp_path: Path) -> None:
    """Text that looks like another type stays text."""
    data = {
        "a": ["yes", "0777", "null", "250ms", "<<", "2024-01-01", "# no comment", "two\nlines", "", "\x7f"],
        "b": {"c": [1, 1.5, True, None, [], {}], "d": "x " * 300},
    }

    assert read(tmp_path / "a.yaml", write_yaml(data)).data == data


def test_what_an_editor_would_not_show_is_escaped_where_it_is_written(tmp_path: Path) -> None:
    """In keys, too; it is the same when it is read."""
    data = {"a\u202eb": "ü\x1b\u202e\u2066", "c": ["\x9b", "é"]}
    text = write_yaml(data)
    assert all(character.isprintable() or character == "\n" for character in text)
    assert read(tmp_path / "a.yaml", text).data == data
    assert "é" in write_yaml({"c": "é"})
