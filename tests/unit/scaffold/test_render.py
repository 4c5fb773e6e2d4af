"""Templates become files."""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

import pytest
from jinja2 import UndefinedError

from devenv.scaffold.render import OMITTED, TEMPLATES, render, without_omitted

ANSWERS = {"name": "orders", "module": "acme.dev/orders"}


def rendered(directory: Path, path: str, text: str) -> dict[str, str]:
    """Return what becomes of a template of one file."""
    source = directory / path
    source.parent.mkdir(parents=True, exist_ok=True)
    source.write_text(text)
    return {str(name): data.decode() for name, data in render(directory, ANSWERS).items()}


def test_placeholders_are_filled_in_paths_and_in_marked_files(tmp_path: Path) -> None:
    """The mark goes, the last newline stays."""
    assert rendered(tmp_path, "src/{{ name }}/a.toml.jinja", 'name = "{{ name }}"\n') == {
        "src/orders/a.toml": 'name = "orders"\n'
    }


def test_other_files_are_taken_as_they_are(tmp_path: Path) -> None:
    """Whatever they hold."""
    text = "{{ name }} ${{ secrets }} example.com/service\r\n"
    assert rendered(tmp_path, "README.md", text) == {"README.md": text}


def test_go_sources_get_their_module(tmp_path: Path) -> None:
    """The path of the template, and no other that begins like it."""
    text = 'import "example.com/service/pkg/models"\n// example.com/services example.com/service.git\n'
    assert rendered(tmp_path, "a.go", text) == {
        "a.go": 'import "acme.dev/orders/pkg/models"\n// example.com/services example.com/service.git\n'
    }


def test_a_placeholder_without_an_answer_is_an_error(tmp_path: Path) -> None:
    """Not an empty text."""
    with pytest.raises(UndefinedError):
        rendered(tmp_path, "a.jinja", "{{ unknown }}")


def test_the_questions_of_copier_are_no_file(tmp_path: Path) -> None:
    """They are about the template."""
    assert rendered(tmp_path, "copier.yml", "name: {type: str}\n") == {}


@pytest.mark.parametrize(
    "path", sorted(TEMPLATES.rglob("*.jinja")), ids=lambda path: path.relative_to(TEMPLATES).as_posix()
)
def test_a_file_that_is_rendered_has_a_reason_to_be(path: Path) -> None:
    """Without a placeholder it would be a file as it is."""
    text = path.read_text()
    assert "{{" in text or "{%" in text


def test_what_is_omitted_exists_and_is_not_written_anew() -> None:
    """A pattern for nothing is a file that was renamed in its half; one for a file of `both` is a mistake."""
    both = TEMPLATES / "both"
    halves = {
        PurePosixPath(half) / path.relative_to(TEMPLATES / half).as_posix(): b""
        for half in ("go", "python")
        for path in (TEMPLATES / half).rglob("*")
    }
    for pattern in (both / OMITTED).read_text().split():
        assert [path for path in halves if fnmatchcase(str(path), pattern)], pattern
    anew = {PurePosixPath(path.relative_to(both).as_posix()): b"" for path in both.rglob("*")}
    assert without_omitted(anew, both) == anew


def test_templates_hold_nothing_that_tools_leave() -> None:
    """Who works in a template does not ship caches."""
    parts = {part for path in TEMPLATES.rglob("*") for part in PurePosixPath(path).parts}
    assert (
        parts & {".venv", ".mypy_cache", ".pytest_cache", ".ruff_cache", "uv.lock", "node_modules"} == set()
    )
