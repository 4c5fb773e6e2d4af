"""Layers of a project and single files: what is looked at, and what is known of namespaces and engines."""

from __future__ import annotations

from pathlib import Path

import pytest

from devenv.dynamicconfig.catalog.load import load_catalog
from devenv.dynamicconfig.lint.run import Knowledge, lint_files, lint_layers

CATALOG = load_catalog("1.32.2")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a directory with a layer that is shipped and one of its own."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own" / "namespaces").mkdir(parents=True)
    (tmp_path / "shipped").mkdir()
    (tmp_path / "shipped" / "a.yaml").write_text(
        "limit.blobSize.error: [{value: 5}]\nno.such.key: [{value: 1}]\n"
    )
    return tmp_path


def lint_project(project: Path, knowledge: Knowledge) -> list[str]:
    findings = lint_layers([project / "shipped", project / "own"], knowledge)
    return [f"{each.place} {each.code.value}" for each in findings]


def test_findings_are_about_the_project_s_own_layer(project: Path) -> None:
    """And a default that beats a shipped value is no surplus."""
    (project / "own" / "b.yaml").write_text("limit.blobSize.error: [{value: 2097152}]\n")
    (project / "own" / "c.yaml").write_text("LIMIT.blobSize.error: [{value: 700000}]\n")

    assert lint_project(project, Knowledge(CATALOG)) == ["own/c.yaml:1:24 same-constraints"]


def test_a_file_of_a_namespace_is_checked_in_its_short_form(project: Path) -> None:
    """The constraint that its directory implies is one, too."""
    (project / "own" / "namespaces" / "orders.yaml").write_text(
        "limit.blobSize.error: x\nfrontend.rps: 7\n"
        "limit.blobSize.warn: [{value: 1, constraints: {namespace: payments}}]\n"
    )

    assert lint_project(project, Knowledge(CATALOG, namespaces={"default"})) == [
        "own/namespaces/orders.yaml:1:1 undeclared-namespace",
        "own/namespaces/orders.yaml:1:23 wrong-type",
        "own/namespaces/orders.yaml:2:1 constraint-not-for-key",
        "own/namespaces/orders.yaml:2:1 undeclared-namespace",
        "own/namespaces/orders.yaml:3:48 other-namespace",
        "own/namespaces/orders.yaml:3:48 undeclared-namespace",
    ]


def test_a_declared_namespace_is_no_finding(project: Path) -> None:
    """Seeds declare it."""
    (project / "own" / "namespaces" / "orders.yaml").write_text("limit.blobSize.error: 700000\n")

    assert lint_project(project, Knowledge(CATALOG, namespaces={"orders"})) == []


def test_the_embedded_engine_is_warned_about_where_it_may_run(project: Path) -> None:
    """It knows other keys, and no constraints."""
    older = load_catalog("1.31.2")
    new = next(
        key for key in CATALOG.settings.values() if older.find(key.key) is None and key.type.value == "bool"
    )
    value = str(not new.default).lower()
    (project / "own" / "b.yaml").write_text(
        f"{new.key}: [{{value: {value}}}]\n"
        "frontend.namespaceRPS: [{value: 1, constraints: {namespace: a}}]\n"
    )

    assert lint_project(project, Knowledge(CATALOG, embedded=older)) == ["own/b.yaml:1:1 not-in-embedded"]
    assert lint_project(project, Knowledge(CATALOG, is_embedded=True)) == ["own/b.yaml:2:25 not-enforced"]


def test_a_file_that_cannot_be_read_is_a_finding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Never a traceback, whatever somebody gives for a file."""
    monkeypatch.chdir(tmp_path)
    Path("directory.yaml").mkdir()
    Path("binary.yaml").write_bytes(b"a: \0")
    Path("latin.yaml").write_bytes(b"a: 1\nb: \xe4")
    Path("utf16.yaml").write_bytes("a: 1".encode("utf-16"))
    Path("large.yaml").write_bytes(b"#" * 10 * 1024 * 1024)
    Path("control.yaml").write_text("a: \x07")
    paths = [
        Path(f"{name}.yaml") for name in ("directory", "binary", "latin", "utf16", "large", "control", "none")
    ]

    assert [each.sentence for each in lint_files(paths, CATALOG)] == [
        "directory.yaml: is a directory, a file is expected here",
        "binary.yaml: is a binary file, not text",
        "latin.yaml:2:4: the byte 0xE4 is not UTF-8 text",
        "utf16.yaml: is UTF-16 text, save it as UTF-8",
        "large.yaml: is larger than 1 MiB",
        "control.yaml:1:4: the character U+0007 is not allowed in YAML",
        "none.yaml: cannot be read: no such file or directory",
    ]


def test_a_link_out_of_the_project_is_not_followed(
    project: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """What it leads to may be nobody's business."""
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "x.yaml"
    elsewhere.write_text("frontend.rps: [{value: 1}]\n")
    (project / "own" / "link.yaml").symlink_to(elsewhere)

    assert lint_project(project, Knowledge(CATALOG)) == ["own/link.yaml unreadable-file"]


def test_a_key_that_a_file_has_twice_is_told_once(project: Path) -> None:
    """Not as two values with the same constraints, too."""
    (project / "own" / "c.yaml").write_text("frontend.rps: [{value: 1}]\nFrontend.RPS: [{value: 2}]\n")
    assert lint_project(project, Knowledge(CATALOG)) == ["own/c.yaml:2:1 key-repeated"]
