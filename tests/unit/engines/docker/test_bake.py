"""What a build is told, and by which command."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from devenv.engines.docker.bake import CHOOSING_A_BUILDER, ImageBuild, bake, bake_command, bake_definition
from devenv.errors import PrerequisiteError

UI = ImageBuild(
    tag="temporal-devenv/ui:1-abc",
    dockerfile=Path("/images/ui.Dockerfile"),
    context=Path("/images"),
    target="ui",
    build_args={"UI_VERSION": "1", "BASE": "base:1"},
    secrets={"ca": Path("/etc/ca.pem")},
    labels={"dev.temporal-devenv.image": "ui"},
)
SERVER = ImageBuild("server:1", Path("/images/temporal.Dockerfile"), Path("/images"), "server", {})

# Answers what is asked before a build, and writes down what the build itself is given.
DOCKER = """#!/bin/sh
case "$1 $2" in
  "buildx version") echo buildx v0.13.1 ;;
  "context show") echo colima ;;
  "buildx bake")
    echo "$@" >"$HOME/command"; env >"$HOME/environment"; cat >"$HOME/definition"; echo "#1 DONE" ;;
esac
"""
NO_BUILDX = "#!/bin/sh\necho 'docker: unknown command: docker buildx'; exit 1\n"


def _install(script: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = home / "docker"
    program.write_text(script)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{home}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("HOME", str(home))


def test_a_definition_names_everything_that_goes_in() -> None:
    assert bake_definition([UI])["target"]["ui"] == {
        "context": "/images",
        "dockerfile": "/images/ui.Dockerfile",
        "target": "ui",
        "args": {"UI_VERSION": "1", "BASE": "base:1"},
        "tags": ["temporal-devenv/ui:1-abc"],
        "labels": {"dev.temporal-devenv.image": "ui"},
        "secret": ["id=ca,src=/etc/ca.pem"],
    }


def test_what_looks_like_a_template_is_meant_literally() -> None:
    """Bake would look for a variable of that name."""
    build = ImageBuild("x:1", Path("/a${b}/Dockerfile"), Path("/a${b}"), "x", {"A": "%{if}", "B": "$b 5%"})
    target = bake_definition([build])["target"]["x"]
    assert target["context"] == "/a$${b}"
    assert target["args"] == {"A": "%%{if}", "B": "$b 5%"}


def test_all_are_built_by_one_command() -> None:
    command = bake_command([UI, SERVER], "default")
    assert command[:4] == ["docker", "buildx", "bake", "--builder=default"]
    assert command[-2:] == ["ui", "server"]


def test_the_engines_own_builder_builds_whatever_the_user_chose(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is called like the context; and files may be read wherever they are."""
    _install(DOCKER, tmp_path, monkeypatch)
    for name in CHOOSING_A_BUILDER:
        monkeypatch.setenv(name, "mine")
    lines: list[str] = []
    bake([UI, SERVER], lines.append)

    environment = (tmp_path / "environment").read_text()
    assert "--builder=colima" in (tmp_path / "command").read_text().split()
    assert not any(f"{name}=" in environment for name in CHOOSING_A_BUILDER)
    assert "BUILDX_BAKE_ENTITLEMENTS_FS=0" in environment
    assert json.loads((tmp_path / "definition").read_text()) == bake_definition([UI, SERVER])
    assert lines == ["#1 DONE"]


def test_without_buildx_a_prerequisite_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _install(NO_BUILDX, tmp_path, monkeypatch)
    with pytest.raises(PrerequisiteError) as caught:
        bake([UI], lambda _: None)
    assert "docker: unknown command: docker buildx" in caught.value.details
    assert "Buildx plugin" in caught.value.hint
