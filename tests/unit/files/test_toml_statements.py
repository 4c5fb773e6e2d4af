"""Limits that Python's TOML reader does not have."""

from __future__ import annotations

import random
import time
import tomllib
from typing import TYPE_CHECKING

import pytest

from devenv.errors import SettingsInvalidError
from devenv.files.toml_layers import MOST_BYTES, Layer, lines_of_keys, read_layer, statements

if TYPE_CHECKING:
    from pathlib import Path

FILLING = MOST_BYTES // 4 - 10


def refusal(path: Path, text: str) -> str:
    path.write_text(text)
    began = time.process_time()
    with pytest.raises(SettingsInvalidError) as caught:
        read_layer(path)
    assert time.process_time() - began < 2
    return caught.value.message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a = 1\nb = " + "[" * 5000, ":2: is nested deeper than 50 levels"),
        ("b = " + "{a=" * 5000, ":1: is nested deeper than 50 levels"),
        ("b = [\n" * 5000, ":51: is nested deeper than 50 levels"),
        ("\n\n" + "a." * 100_000 + "b = 1", ":3: a key has more than 50 parts"),
        ("[" + '"a" . ' * 1000 + "b]", ":1: a key has more than 50 parts"),
        ("a = 1\nb = " + "9" * 5000, ":2: a number of more than 1,000 digits is too long"),
        ("a = 1\n" * 200_000, ": is larger than 256 KiB"),
        ('a = """' + '\\"""' * FILLING, ":1: not valid TOML: "),
        ('a = ["""' + '\\"""' * FILLING + "\\", ":1: not valid TOML: "),
        ("a = '''" + "''\n" * FILLING, "not valid TOML: "),
        ("a" * 200_000, ":1: not valid TOML: "),
    ],
)
def test_a_hostile_file_is_refused_at_once_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    """Each of these once ended in a traceback, or not at all."""
    assert message in refusal(tmp_path / "devenv.toml", text)


def test_brackets_and_dots_of_strings_and_comments_do_not_count() -> None:
    """Nor do those that other keys and values have."""
    text = f"a = '{'[.' * 100}' # {'[.' * 100}\n" + "b.c = 1.5\n" * 100 + f"d = [{'[1.5],' * 100}]\n"
    assert sum(1 for _ in statements(text)) == 102


@pytest.mark.parametrize(
    "text",
    ["", "\n", "a = 1", "a = 1\n", 'a = """x""""\nb = 1\n', "a = '''x'''''\nb = [\n1,\n]", 'a = """\\\n"""'],
)
def test_statements_are_the_whole_text(text: str) -> None:
    """Nothing is lost between them, and strings may end in up to five quotes."""
    assert "".join(statement for _, statement in statements(text)) == text
    for _, statement in statements(text):
        tomllib.loads(statement)


def test_statements_of_any_text_are_the_whole_of_it() -> None:
    """Also of what is no TOML."""
    alphabet = "\"'\\[]{}=.,#\n a1"
    for seed in range(2000):
        text = "".join(random.Random(seed).choices(alphabet, k=30))
        assert "".join(statement for _, statement in statements(text)) == text


def test_the_lines_of_a_large_file_are_found_in_one_reading() -> None:
    """Thousands of mistakes are placed in the time of a few."""
    text = "".join(f"k{number} = 1\n" for number in range(20_000))
    began = time.process_time()
    layer = Layer("devenv.toml", tomllib.loads(text), text)
    assert [layer.line((f"k{number}",)) for number in (0, 10_000, 19_999)] == [1, 10_001, 20_000]
    assert time.process_time() - began < 3


def test_tables_inside_arrays_of_tables_belong_to_the_last_item() -> None:
    """As TOML reads them."""
    text = "[[a]]\nb = 1\n[a.c]\nd = 1\n[[a]]\n[a.c]\nd = 2\n[[a.e]]\n[[a.e]]\nf = [{g = 1}]\n"
    lines = lines_of_keys(text)
    assert {path: lines[path] for path in [("a", 0, "c", "d"), ("a", 1, "c", "d")]} == {
        ("a", 0, "c", "d"): 4,
        ("a", 1, "c", "d"): 7,
    }
    assert lines["a", 1, "e", 1, "f", 0, "g"] == 10
