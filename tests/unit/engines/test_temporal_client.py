"""The Temporal CLI as a client of one server: which program is called, with which arguments."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from devenv.engines.host.temporal_cli import client_of, with_client

if TYPE_CHECKING:
    from pathlib import Path

OWN = "127.0.0.1:7460"
# Prints the presets that it is given, what matters of its environment, and its other arguments, one a line.
REAL = """\
#!/bin/sh
if [ "$1" = --env-file ]; then cat "$2"; shift 2; fi
echo "env=${TEMPORAL_ENV-none} profile=${TEMPORAL_PROFILE-none} file=${TEMPORAL_CONFIG_FILE-none}"
for each; do echo "<$each>"; done
"""
PRESETS = f"env: {{default: {{address: '{OWN}'}}}}"
HOSTILE = {"TEMPORAL_ENV": "prod", "TEMPORAL_PROFILE": "prod", "TEMPORAL_CONFIG_FILE": "/cloud.toml"}


def program(path: Path, text: str = REAL) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


def called(client: Path, *arguments: str, path: str = os.defpath) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": path, **HOSTILE}
    return subprocess.run(
        [client, *arguments], env=environment, capture_output=True, text=True, timeout=10, check=False
    )


def arguments_of(done: subprocess.CompletedProcess[str]) -> list[str]:
    assert done.returncode == 0, done.stderr
    return [line[1:-1] for line in done.stdout.splitlines() if line.startswith("<")]


@pytest.mark.parametrize(
    "arguments",
    [
        ("workflow", "list", "-n", "orders", "-o", "json"),
        ("workflow", "start", "--input", '{"a": "b c"}', "--memo", "k='v'", "--query", "*", ""),
        ("workflow", "execute", "--", "--input", "x", "--"),
        ("workflow", "list", "--address"),
        ("--version",),
        (),
    ],
)
def test_the_arguments_are_untouched(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """Blanks, quotes, patterns and empty ones too; after `--` nothing is an option."""
    with client_of(OWN, program(tmp_path / "real")) as client:
        done = called(client, *arguments)
    assert arguments_of(done) == list(arguments)
    assert done.stdout.splitlines()[:2] == [PRESETS, "env=none profile=none file=/dev/null"]


@pytest.mark.parametrize("address", [OWN, "localhost:7460"])
def test_the_own_address_may_be_said(tmp_path: Path, address: str) -> None:
    """As scripts do that read TEMPORAL_ADDRESS."""
    with client_of(OWN, program(tmp_path / "real")) as client:
        for arguments in (
            ["workflow", "--address", address, "list"],
            ["workflow", "list", f"--address={address}"],
        ):
            assert arguments_of(called(client, *arguments)) == arguments


@pytest.mark.parametrize(
    "arguments",
    [
        ("--address", "cloud:7233"),
        ("--address=cloud:7233",),
        ("--address", ""),
        ("--address", "127.0.0.1:74600"),
        ("--env-file", "presets.yaml"),
        ("--env-file=presets.yaml",),
        ("--env", "prod"),
        ("--env=prod",),
        ("--reason", "--", "--address", "cloud:7233"),
        ("--reason", "--", "--address=cloud:7233"),
        ("--reason", "--", "--env-file", "presets.yaml"),
        ("--reason", "--", "--env=prod"),
        ("--reason", "--address", "--address", "cloud:7233"),
    ],
)
def test_another_server_is_refused(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """With the address of the stack, and nothing is called."""
    with client_of(OWN, program(tmp_path / "real")) as client:
        done = called(client, "workflow", "terminate", "-w", "x", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: --")
    assert "than the stack\n\nhint: the stack is on 127.0.0.1:7460" in done.stderr


@pytest.mark.parametrize("command", ["env", "config", "completion", "__complete"])
def test_commands_that_reach_no_server_work_on_the_users_files(tmp_path: Path, command: str) -> None:
    """Else `env set` would write into a file that is deleted a moment later."""
    with client_of(OWN, program(tmp_path / "real")) as client:
        done = called(client, command, "set", "--env", "prod", "--key", "address", "--value", "cloud:7233")
    assert arguments_of(done)[:4] == [command, "set", "--env", "prod"]
    assert PRESETS not in done.stdout


def test_the_next_temporal_on_the_path_is_called(tmp_path: Path) -> None:
    """Not another client of ours, whose server is another; nor what cannot be executed."""
    mine = program(tmp_path / "my tools" / "temporal", '#!/bin/sh\necho "mine $*"\n')
    fallback = program(tmp_path / "bundled", "#!/bin/sh\necho bundled\n")
    (tmp_path / "first" / "temporal").mkdir(parents=True)
    (tmp_path / "second").mkdir()
    (tmp_path / "second" / "temporal").write_text("not a program")
    with client_of("127.0.0.1:1", fallback) as outer, client_of(OWN, fallback, prefers_path=True) as client:
        before = [str(tmp_path / "first"), str(tmp_path / "second"), str(outer.parent), "", "/nowhere*"]
        path = os.pathsep.join([*before, str(mine.parent), os.defpath])
        inner = with_client({"PATH": path}, client)["PATH"]
        assert called(client, "a", path=inner).stdout.startswith("mine --env-file")
        assert called(client, "a", path=os.pathsep.join([*before, os.defpath])).stdout == "bundled\n"


def test_without_any_temporal_it_is_not_found(tmp_path: Path) -> None:
    """127, as a shell says it."""
    with client_of(OWN, tmp_path / "gone", prefers_path=True) as client:
        done = called(client, "workflow", "list")
    assert done.returncode == 127
    assert f"none at {tmp_path / 'gone'}" in done.stderr


@pytest.mark.parametrize(
    "words",
    [("sh", "-c", "temporal a"), ("env", "temporal", "a"), ("sh", "-c", "exec temporal a | cat")],
)
def test_every_program_finds_it_by_its_name(tmp_path: Path, words: tuple[str, ...]) -> None:
    """It is the first on the PATH."""
    with client_of(OWN, program(tmp_path / "real")) as client:
        environment = with_client({"PATH": os.defpath}, client)
        done = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=10, check=True)
    assert arguments_of(done) == ["a"]


@pytest.mark.skipif(shutil.which("make") is None, reason="no make")
def test_make_finds_it_too(tmp_path: Path) -> None:
    """Which runs simple lines without a shell."""
    (tmp_path / "Makefile").write_text("all:\n\ttemporal a\n")
    with client_of(OWN, program(tmp_path / "real")) as client:
        environment = with_client({"PATH": os.environ["PATH"]}, client)
        done = subprocess.run(
            ["make", "-s"],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
        )
    assert arguments_of(done) == ["a"]


def test_it_is_private_and_leaves_nothing(tmp_path: Path) -> None:
    """Nobody else may put another server into it."""
    with client_of(OWN, program(tmp_path / "real")) as client:
        directory = client.parent
        assert directory.stat().st_mode & 0o777 == 0o700
        assert client.stat().st_mode & 0o777 == 0o700
    assert not directory.exists()
