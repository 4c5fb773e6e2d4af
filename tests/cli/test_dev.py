"""`devenv dev`: what it refuses, and what it says."""

from __future__ import annotations

import fcntl
import os
from typing import TYPE_CHECKING

import pytest

from devenv.project.locate import Project
from devenv.project.settings import load_settings
from devenv.stack.dev.session import choose, services_of

if TYPE_CHECKING:
    from cli.conftest import CommandLine

SERVICE = '[services.orders]\ncommand = ["sh", "-c", "true"]\n'


@pytest.mark.parametrize(
    ("settings", "arguments", "code", "message"),
    [
        ("", [], "settings-invalid", "no service is declared"),
        (SERVICE, ["shop"], "unknown-service", "devenv.toml declares no service shop below [services]"),
        (
            f'{SERVICE}directory = "none"\n',
            [],
            "settings-invalid",
            'devenv.toml:3: "services.orders.directory" is no directory',
        ),
        (f'{SERVICE}directory = ".."\n', [], "settings-invalid", "leads out of the project"),
        (f'{SERVICE}build = ["no-such-program"]\n', [], "settings-invalid", 'no command "no-such-program"'),
        ('[services.orders]\ncommand = ["bin/orders"]\n', [], "settings-invalid", 'no command "bin/orders"'),
    ],
)
def test_what_cannot_be_run_is_told_before_anything_starts(
    devenv: CommandLine, settings: str, arguments: list[str], code: str, message: str
) -> None:
    devenv.write("devenv.toml", settings)
    error = devenv("dev", *arguments, "-o", "json").error
    assert error["code"] == code
    assert message in error["message"]
    assert devenv("status", "-o", "json").document["state"] == "absent"


def test_a_program_that_its_build_makes_need_not_be_there(devenv: CommandLine) -> None:
    """As on the first `devenv dev` of a Go worker."""
    devenv.write("devenv.toml", '[services.orders]\ncommand = ["bin/orders"]\nbuild = ["sh"]\n')
    settings = load_settings(Project(devenv.project, devenv.project / "devenv.toml"))
    watched = choose(settings, devenv.project, [])
    [service] = services_of(settings, watched, os.environ, {})
    assert service.command == ("bin/orders",)


def test_a_second_one_says_who_runs(devenv: CommandLine) -> None:
    devenv.write("devenv.toml", SERVICE)
    devenv("up")
    path = devenv.world.store.directory(devenv.stack) / "dev.lock"
    path.write_text("4711")
    descriptor = os.open(path, os.O_RDWR)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    try:
        error = devenv("dev", "-o", "json").error
    finally:
        os.close(descriptor)
    assert error["code"] == "dev-running"
    assert "process 4711" in error["message"]


def test_a_pattern_that_matches_nothing_is_a_warning(devenv: CommandLine) -> None:
    devenv.write("devenv.toml", f'{SERVICE}watch = ["*.rs"]\n[addons]\nnope = true\n')
    assert "devenv.toml:3: no file is watched for orders: nothing matches" in devenv("dev").err
