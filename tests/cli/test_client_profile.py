"""`devenv up --profile`: Temporal's own configuration has a profile of the stack, until `down`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from cli.conftest import CommandLine


@pytest.fixture
def client_config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return Temporal's own configuration file, with somebody's profile in it."""
    file = tmp_path / "temporal.toml"
    file.write_text("[profile.default]\naddress = 'cloud:7233'\n")
    monkeypatch.setenv("TEMPORAL_CONFIG_FILE", str(file))
    return file


def test_a_profile_comes_with_the_setting_and_goes_with_the_stack(
    devenv: CommandLine, client_config: Path
) -> None:
    """`up` says where it is; `stop` keeps it, `down` and another setting remove it."""
    before = client_config.read_text()
    devenv.write("devenv.toml", "profile = true")
    assert f"{devenv.stack} in {client_config}" in devenv("up").err
    assert f'[profile.{devenv.stack}]\naddress = "127.0.0.1:7233"' in client_config.read_text()
    devenv("stop")
    assert devenv.stack in client_config.read_text()
    assert devenv("down").code == 0
    assert client_config.read_text() == before
    devenv("up")
    devenv.write("devenv.toml", "")
    devenv("up")
    assert client_config.read_text() == before


def test_a_profile_that_was_asked_for_stays_until_down(devenv: CommandLine, client_config: Path) -> None:
    """A later `up` without the option keeps it, `--no-profile` does not."""
    before = client_config.read_text()
    for last in (("down",), ("up", "--no-profile")):
        assert devenv("up", "--profile").code == 0
        devenv("up")
        assert devenv.stack in client_config.read_text()
        devenv(*last)
        assert client_config.read_text() == before
        devenv("up")
        assert client_config.read_text() == before


def test_a_damaged_client_configuration_is_a_warning(devenv: CommandLine, client_config: Path) -> None:
    """The stack is ready, and the file is as it was."""
    client_config.write_text("[profile.default\n")
    result = devenv("up", "--profile")
    assert result.code == 0
    assert "Temporal's configuration is left as it is: " in result.err
    assert "temporal.toml:1: not valid TOML" in result.err
    assert client_config.read_text() == "[profile.default\n"
    assert devenv("down").code == 0


def test_a_run_takes_its_profile_along(devenv: CommandLine, client_config: Path) -> None:
    """The stack that it made is gone, and so is the profile."""
    before = client_config.read_text()
    devenv.write("devenv.toml", "profile = true")
    assert devenv("run", "--", "grep", "-q", devenv.stack, str(client_config)).code == 0
    assert client_config.read_text() == before
