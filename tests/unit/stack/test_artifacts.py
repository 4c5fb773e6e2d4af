"""The directory of evidence: complete or as it was, and nothing of others is touched."""

from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING

import pytest

from devenv.errors import DevenvError, InvalidInputError
from devenv.stack.artifacts import INDEX, KIND, Artifacts, ClosedError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def project(tmp_path: Path) -> Path:
    project = tmp_path / "shop"
    (project / "seeds").mkdir(parents=True)
    return project


def begin(home: Path, project: Path) -> Artifacts:
    return Artifacts.begin(home, project, [project / "seeds"])


def index(*names: str) -> bytes:
    return json.dumps({"kind": KIND, "files": [{"path": name} for name in (*names, INDEX)]}).encode()


def files(home: Path) -> set[str]:
    return {path.relative_to(home).as_posix() for path in home.rglob("*") if path.is_file()}


def publish(home: Path, project: Path, *names: str) -> None:
    artifacts = begin(home, project)
    for name in names:
        artifacts.write(name, b"new")
    artifacts.publish({INDEX: index(*names)})
    artifacts.discard()


def test_nothing_is_seen_before_all_is_there(project: Path) -> None:
    """Nor is it part of a work tree."""
    home = project / "out"
    artifacts = begin(home, project)
    artifacts.write("logs/temporal.log", b"hello")
    assert {path.name[:8] for path in home.iterdir()} == {".partial"}
    assert (artifacts.partial / ".gitignore").read_text() == "*\n"
    artifacts.publish({INDEX: index("logs/temporal.log")})
    artifacts.discard()
    assert files(home) == {".gitignore", INDEX, "logs/temporal.log"}


def test_without_evidence_there_is_no_directory(project: Path) -> None:
    """Those above it that were made go, too; one that was there stays."""
    begin(project / "deep" / "out", project).discard()
    assert not (project / "deep").exists()
    (project / "out").mkdir()
    begin(project / "out", project).discard()
    assert list((project / "out").iterdir()) == []


def test_the_files_of_an_earlier_run_are_replaced_and_others_stay(project: Path) -> None:
    """Also those that the earlier one had more."""
    home = project / "out"
    publish(home, project, "logs/temporal.log", "histories/orders/one.json")
    (home / "junit.xml").write_text("the command's")
    (home / "logs" / "application.log").write_text("the command's")
    publish(home, project, "logs/temporal.log")
    assert files(home) == {".gitignore", INDEX, "logs/temporal.log", "logs/application.log", "junit.xml"}
    assert not (home / "histories").exists()


def test_an_earlier_run_stays_until_there_is_another(project: Path) -> None:
    """A run that keeps nothing takes nothing away."""
    home = project / "out"
    publish(home, project, "logs/temporal.log")
    begin(home, project).discard()
    assert files(home) == {".gitignore", INDEX, "logs/temporal.log"}


def test_an_index_leads_to_no_file_elsewhere(project: Path, tmp_path: Path) -> None:
    """It may have been anybody's."""
    (tmp_path / "precious").write_text("x")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "precious").write_text("x")
    home = project / "out"
    home.mkdir()
    (home / "link").symlink_to(tmp_path / "elsewhere")
    (home / INDEX).write_bytes(index("../../precious", str(tmp_path / "precious"), "link/precious"))
    publish(home, project)
    assert (tmp_path / "precious").exists()
    assert (tmp_path / "elsewhere" / "precious").exists()


def test_secrets_are_in_no_file(project: Path) -> None:
    """Whichever it is."""
    artifacts = begin(project / "out", project)
    artifacts.secrets = ["pa$$word"]
    artifacts.write("logs/postgres.log", b"user=temporal password=pa$$word")
    artifacts.publish({INDEX: index("logs/postgres.log").replace(b"}]", b', "said": "pa$$word"}]')})
    assert (project / "out/logs/postgres.log").read_bytes() == b"user=temporal password=***"
    assert b"pa$$word" not in (project / "out" / INDEX).read_bytes()


def test_after_the_end_nobody_writes(project: Path) -> None:
    """Whoever still collects is told so."""
    artifacts = begin(project / "out", project)
    artifacts.close()
    with pytest.raises(ClosedError):
        artifacts.write("late", b"")
    artifacts.discard()


def test_a_file_that_cannot_be_written_is_told_of(project: Path) -> None:
    """And nothing of it is left."""
    artifacts = begin(project / "out", project)
    artifacts.write("logs", b"a file")
    with pytest.raises(DevenvError, match="Cannot write"):
        artifacts.write("logs/temporal.log", b"x")
    assert list(artifacts.sizes) == ["logs"]
    artifacts.discard()


def test_a_command_may_take_the_directory_away(project: Path) -> None:
    """As one that cleans its work tree does."""
    home = project / "out"
    artifacts = begin(home, project)
    for path in sorted(home.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    home.rmdir()
    artifacts.write("logs/temporal.log", b"x")
    artifacts.publish({INDEX: index("logs/temporal.log")})
    artifacts.discard()
    assert files(home) == {".gitignore", INDEX, "logs/temporal.log"}


def test_what_a_killed_run_left_goes_after_a_day(project: Path) -> None:
    """Not before: another run may be at it."""
    home = project / "out"
    old, young = home / ".partial-old", home / ".partial-young"
    for partial in (old, young):
        partial.mkdir(parents=True)
    os.utime(old, (time.time() - 100_000,) * 2)
    begin(home, project).discard()
    assert not old.exists()
    assert young.exists()


@pytest.mark.parametrize(
    ("home", "reason"),
    [
        ("shop", "is the project"),
        (".", "is the project, or has it in it"),
        ("shop/seeds", "is a directory that devenv itself reads"),
        ("shop/seeds/deep", "is a directory that devenv itself reads"),
        ("file", "is no directory"),
        ("file/out", "cannot be written to: Not a directory"),
        ("foreign", "has an index.json that devenv did not write"),
        ("damaged", "has an index.json that devenv did not write"),
    ],
)
def test_a_directory_that_cannot_be_used_is_refused(
    project: Path, tmp_path: Path, home: str, reason: str
) -> None:
    """Before anything is started, and nothing is made."""
    (tmp_path / "file").touch()
    for name, content in {"foreign": '{"kind": "else"}', "damaged": "["}.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / INDEX).write_text(content)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    with pytest.raises(InvalidInputError, match=reason):
        begin(tmp_path / home, project)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before
