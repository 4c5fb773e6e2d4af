"""Manifests of Kubernetes, written and read."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from devenv.errors import ExportInvalidError
from devenv.files.yaml_documents import read_manifests, write_manifests

# Each is something else than text to some reader of YAML 1.1 or 1.2, if it has no quotes.
NO_TEXT = (
    *("", "~", "null", "yes", "No", "on", "y", "n", "true", "1e3", "0o17", "0x1F", "0b1", "1_000", "12:30"),
    *(".inf", ".NaN", "5d", "500m", "1.6.0", "2026-11-28", "*", "&a", "!x", "@x", "`x", "%x", "{a}", "[a]"),
    *("a: b", "a #b", "- a", "? a", "a:", " a", "a ", "=", "<<", "|", ">", "é", "\t", "\u2028", "\ufeff"),
)
TEXT = (
    "apps/v1",
    "temporal-frontend:7233",
    "s3://backups/temporal",
    "/etc/temporal",
    "./justfile",
    "Hello, you",
    "ALL",
)


@pytest.mark.parametrize("text", NO_TEXT)
def test_text_that_a_reader_could_take_for_something_else_is_quoted(text: str) -> None:
    written = write_manifests([{"a": text, "list": [text]}])
    assert '"' in written.replace('"a"', "")
    assert read_manifests(written, "x.yaml") == [{"a": text, "list": [text]}]


@pytest.mark.parametrize("text", TEXT)
def test_words_stand_as_they_are(text: str) -> None:
    assert write_manifests([{"name": text}]) == f"name: {text}\n"


def test_text_of_several_lines_is_a_block() -> None:
    assert write_manifests([{"script": "set -eu\necho a\n"}]) == "script: |\n  set -eu\n  echo a\n"


def test_documents_stand_behind_each_other_and_the_comment_before_them() -> None:
    written = write_manifests([{"kind": "Job"}, {"kind": "Secret"}], "One line.\n\nAnother.")
    assert written == "# One line.\n#\n# Another.\nkind: Job\n---\nkind: Secret\n"
    assert read_manifests(written, "x.yaml") == [{"kind": "Job"}, {"kind": "Secret"}]


SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.text())
DATA = st.recursive(SCALARS, lambda below: st.lists(below) | st.dictionaries(st.text(), below), max_leaves=8)


@settings(deadline=None, max_examples=30)
@given(st.dictionaries(st.text(), DATA))
def test_what_is_written_is_read_as_it_was(data: dict[str, object]) -> None:
    assert list(yaml.safe_load_all(write_manifests([data]))) == [data]


def test_what_is_no_yaml_is_told_with_its_line() -> None:
    with pytest.raises(ExportInvalidError, match=r"^x.yaml:3: is not YAML: "):
        read_manifests("a: 1\nb: [\n", "x.yaml")
