"""Finding the Temporal CLI."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from devenv.engines.host import temporal_cli
from devenv.errors import TemporalBinaryError

if TYPE_CHECKING:
    from pathlib import Path


def program(path: Path, script: str) -> Path:
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def test_cli_installed_with_devenv_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is found by the wheel's own list of files, with nothing on the PATH."""
    monkeypatch.setenv("PATH", "")
    assert temporal_cli.find(None).name == "temporal"


def test_wheel_has_the_version_of_the_cli_inside() -> None:
    """The short cut of not running the CLI to learn its version tells the truth."""
    binary = temporal_cli.find(None)
    assert temporal_cli.version(binary) == temporal_cli._banner(binary)["cli"]
    assert temporal_cli.server_version(binary) is not None


def test_cli_named_by_the_user_is_preferred(tmp_path: Path) -> None:
    """The override wins, and its version is asked of it."""
    binary = program(tmp_path / "mine", "echo 'temporal version 9.8.7 (Server 6.5.4, UI 3.2.1)'")
    assert temporal_cli.find(str(binary)) == binary
    assert temporal_cli.version(binary) == "9.8.7"
    assert temporal_cli.server_version(binary) == "6.5.4"


def test_cli_built_from_source_may_keep_its_server_to_itself(tmp_path: Path) -> None:
    """A banner without a server version is still one of a Temporal CLI."""
    binary = program(tmp_path / "mine", "echo 'temporal version 0.0.0-DEV'")
    assert temporal_cli.version(binary) == "0.0.0-DEV"
    assert temporal_cli.server_version(binary) is None


def test_missing_cli_is_an_error_with_a_way_out(tmp_path: Path) -> None:
    """The user learns where it was looked for and what to do."""
    with pytest.raises(TemporalBinaryError) as caught:
        temporal_cli.find(str(tmp_path / "nothing"))
    assert str(tmp_path / "nothing") in caught.value.message
    assert "TEMPORAL_DEVENV_TEMPORAL_BIN" in caught.value.hint


def test_file_that_is_no_program_is_an_error(tmp_path: Path) -> None:
    """A file without the right to be executed is refused before anything is started."""
    (tmp_path / "mine").touch(mode=0o600)
    with pytest.raises(TemporalBinaryError, match="not executable"):
        temporal_cli.find(str(tmp_path / "mine"))


def test_other_program_is_not_taken_for_the_cli(tmp_path: Path) -> None:
    """What it answered is shown."""
    binary = program(tmp_path / "mine", "echo 'something else'; exit 1")
    with pytest.raises(TemporalBinaryError) as caught:
        temporal_cli.version(binary)
    assert caught.value.details == ("something else",)


def test_program_that_does_not_run_is_an_error(tmp_path: Path) -> None:
    """A binary of another machine's kind fails with the system's reason."""
    binary = tmp_path / "mine"
    binary.write_bytes(b"\x7fELF nonsense")
    binary.chmod(0o755)
    with pytest.raises(TemporalBinaryError, match="does not run"):
        temporal_cli.version(binary)
