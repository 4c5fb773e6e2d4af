"""Which Docker engine and which Compose plugin are new enough."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from devenv.engines.docker.versions import check_compose, parse_version
from devenv.errors import ComposeMissingError, ComposeTooOldError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("version", ["2.24.4", "v2.26.1-4", "2.33.0-desktop.1", "3.0", "5.1.2"])
def test_a_compose_that_is_new_enough_is_taken(version: str) -> None:
    """Its version is returned as it was printed."""
    assert check_compose(lambda: version) == version


@pytest.mark.parametrize("version", ["2.24.3", "v2.20.0", "2.24", "1.29.2", "dev", ""])
def test_an_old_compose_is_refused(version: str) -> None:
    """And one whose version nobody can read."""
    with pytest.raises(ComposeTooOldError, match=r"2\.24\.4"):
        check_compose(lambda: version)


SCRIPTS = {
    "no docker": (None, "not on PATH"),
    "no plugin": (
        "echo \"docker: 'compose' is not a docker command.\" >&2; exit 1",
        "is not a docker command",
    ),
}


@pytest.mark.parametrize(("script", "reason"), SCRIPTS.values(), ids=SCRIPTS.keys())
def test_a_missing_compose_is_told_with_dockers_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str | None, reason: str
) -> None:
    """Or that there is no `docker` at all."""
    if script is not None:
        (tmp_path / "docker").write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / "docker").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ComposeMissingError) as caught:
        check_compose()
    assert reason in caught.value.details[0]


def test_the_plugin_is_asked_for_its_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the command that a user would type."""
    docker = tmp_path / "docker"
    docker.write_text('#!/bin/sh\n[ "$*" = "compose version --short" ] && echo 2.33.0\n')
    docker.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert check_compose() == "2.33.0"


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("2.26.1", (2, 26, 1)),
        ("v2.26.1-4", (2, 26, 1)),
        ("20.10.24+dfsg1", (20, 10, 24)),
        ("25", (25,)),
        ("dev", (0,)),
        ("", (0,)),
    ],
)
def test_a_version_is_its_leading_numbers(text: str, numbers: tuple[int, ...]) -> None:
    """What follows them is the packager's."""
    assert parse_version(text) == numbers
