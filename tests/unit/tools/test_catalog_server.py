"""What of the generator needs no Go."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from devenv.images.catalog import stand_in_recipes
from devenv.project.settings import Settings
from devenv.project.versions import go_toolchain
from tools.catalog.go_module import GoError, find_go
from tools.catalog.server import says_restart

if TYPE_CHECKING:
    from pathlib import Path


def put_go(directory: Path, says: str) -> None:
    program = directory / "go"
    program.write_text(f"#!/bin/sh\necho '{says}'\n")
    program.chmod(0o755)


def test_without_go_it_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(GoError, match=r"no `go` command: install Go 1\.21"):
        find_go()


def test_a_go_that_cannot_fetch_a_newer_one_is_too_old(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_go(tmp_path, "go version go1.19.8 linux/amd64")
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    with pytest.raises(GoError, match=r"go1\.19\.8 linux/amd64 is too old"):
        find_go()


def test_go_may_fetch_a_newer_one_whatever_the_user_chose(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_go(tmp_path, "go version go1.24.1 linux/amd64")
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    monkeypatch.setenv("GOTOOLCHAIN", "local")
    assert find_go().environment["GOTOOLCHAIN"] == f"{go_toolchain()}+auto"


def test_the_server_is_compiled_as_its_stand_in_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else what the build of the image lends to Go's cache would be of no use."""
    put_go(tmp_path, "go version go1.24.1 linux/amd64")
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    monkeypatch.setenv("GOFLAGS", "-race")
    [server] = [recipe for recipe in stand_in_recipes(Settings().stack_versions) if recipe.name == "server"]
    found = find_go().environment
    assert found["GOFLAGS"] == f"-mod=mod {server.build_args['GOFLAGS']}"
    for variable in ("CGO_ENABLED", "GOTOOLCHAIN"):
        assert found[variable] == server.build_args[variable]


@pytest.mark.parametrize(
    ("description", "says"),
    [
        ("Requires service restart to take effect.", True),
        ("changes to this require a\nrestart to take effect", True),
        ("issues during rolling restarts", False),
    ],
)
def test_the_server_says_of_some_that_a_restart_is_needed(description: str, *, says: bool) -> None:
    assert says_restart(description) is says
