"""`devenv env`: variables for people's shells and programs."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from cli.conftest import CommandLine

VARIABLES = {
    "TEMPORAL_ADDRESS": "127.0.0.1:7233",
    "TEMPORAL_NAMESPACE": "orders",
    "TEMPORAL_TLS": "false",
}


@pytest.fixture
def shop(devenv: CommandLine) -> CommandLine:
    """Return the command line of a running stack whose namespace is `orders`."""
    devenv.write("devenv.toml", 'namespace = "orders"')
    devenv.write("seeds/orders.yaml", "namespaces: [{name: orders}]\n")
    devenv("up")
    return devenv


def test_a_real_shell_takes_the_variables(shop: CommandLine) -> None:
    """After `eval` they are exported, and a cloud profile of the same shell is gone."""
    result = shop("env")
    assert (result.code, result.err) == (0, "")
    script = f'eval "{result.out.replace(chr(34), chr(92) + chr(34))}"; env'
    cloud = {
        "TEMPORAL_ADDRESS": "cloud:7233",
        "TEMPORAL_API_KEY": "secret",
        "TEMPORAL_PROFILE": "prod",
        "TEMPORAL_TLS": "true",
        "TEMPORAL_TLS_CLIENT_CERT_PATH": "/cert",
        "PATH": "/usr/bin:/bin",
    }
    done = subprocess.run(["sh", "-euc", script], env=cloud, capture_output=True, text=True, check=True)
    seen = dict(line.split("=", 1) for line in done.stdout.splitlines() if line.startswith("TEMPORAL_"))
    assert seen == VARIABLES


def test_a_namespace_cannot_break_out_of_the_shell(devenv: CommandLine) -> None:
    """Values are quoted."""
    name = "x;>hacked;$(>hacked)"
    devenv.write("devenv.toml", f"namespace = '{name}'")
    devenv.write("seeds/x.yaml", f"namespaces: [{{name: '{name}'}}]\n")
    assert devenv("up").code == 0
    subprocess.run(["sh", "-euc", devenv("env").out], check=True, cwd=devenv.project)
    assert not (devenv.project / "hacked").exists()


def test_direnv_reads_them_again_when_the_stack_or_the_settings_change(shop: CommandLine) -> None:
    """Before the variables it is told which files to watch."""
    script = (
        'watch_file() { echo "$1"; }\n' + shop("env", "--format", "direnv").out + 'echo "$TEMPORAL_ADDRESS"\n'
    )
    done = subprocess.run(["sh", "-euc", script], capture_output=True, text=True, check=True)
    *watched, address = done.stdout.splitlines()
    assert address == "127.0.0.1:7233"
    assert watched[:2] == [str(shop.project / "devenv.toml"), str(shop.project / "devenv.local.toml")]
    assert watched[2:] == [str(shop.world.store.record_file(shop.stack))]
    assert shop.world.store.record_file(shop.stack).exists()


@pytest.mark.parametrize("style", ["dotenv", "github"])
def test_files_of_variables_have_one_in_each_line(shop: CommandLine, style: str) -> None:
    """As `.env` files and GitHub's environment file want it."""
    result = shop("env", "--format", style)
    assert dict(line.split("=", 1) for line in result.out.splitlines()) == VARIABLES


def test_json_is_a_flat_object(shop: CommandLine) -> None:
    """By its own option."""
    assert shop("env", "--format", "json").document == VARIABLES


def test_the_document_has_the_variables_beside_what_every_document_has(shop: CommandLine) -> None:
    """The last of the JSON lines is the same."""
    document = shop("env", "-o", "json").document
    assert document == {"schema_version": 1, "ok": True, "stack": shop.stack, **VARIABLES}
    assert shop("env", "-o", "jsonl").events == [{"event": "result", **document}]


@pytest.mark.parametrize(
    "arguments",
    [
        ("env",),
        ("open",),
        ("logs",),
        ("exec", "postgres", "--", "true"),
        ("psql",),
        ("temporal", "workflow", "list"),
        ("stop",),
        ("start",),
        ("restart",),
    ],
    ids=" ".join,
)
def test_an_absent_stack_is_not_running(devenv: CommandLine, arguments: tuple[str, ...]) -> None:
    """Code `not-running`, exit 1, what to run, and nothing that a shell could evaluate."""
    result = devenv(*arguments)
    assert (result.code, result.out) == (1, "")
    assert "hint: run `devenv up`" in result.err
    assert devenv("-o", "json", *arguments).error["code"] == "not-running"


def test_open_prints_the_url_where_there_is_no_terminal(shop: CommandLine) -> None:
    """Alone on stdout, so that a script can take it."""
    assert shop("open").out == "http://127.0.0.1:8233\n"
    assert shop("open", "ui", "-o", "json").document["url"] == "http://127.0.0.1:8233"


def test_the_temporal_cli_gets_its_arguments_untouched(shop: CommandLine) -> None:
    """Its own `-o`, `-n` and `--help` too. Here it is `echo`."""
    result = shop("temporal", "workflow", "list", "-o", "json", "-n", "x", "--help")
    assert result.code == 0
    assert re.fullmatch(r"--env-file \S+ workflow list -o json -n x --help\n", result.out)


def test_the_temporal_cli_cannot_leave_the_stack(shop: CommandLine) -> None:
    """An address of another server is refused before anything is called."""
    result = shop("temporal", "workflow", "terminate", "-w", "x", "--address", "cloud:7233")
    assert (result.code, result.out) == (2, "")


def test_presets_that_beat_the_variables_are_told(
    shop: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On stderr, with the file, the address and what helps; the answer is the same."""
    presets = tmp_path / "home" / ".config" / "temporalio" / "temporal.yaml"
    presets.parent.mkdir(parents=True)
    presets.write_text("env: {default: {address: 'cloud:7233'}}")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    result = shop("env", "--format", "json")
    assert result.document == VARIABLES
    told = " ".join(result.err.split())
    assert f"{presets} sends `temporal` to cloud:7233" in told
    assert "use `devenv temporal`" in told


def test_a_missing_temporal_cli_is_a_missing_prerequisite(shop: CommandLine) -> None:
    """Not a bug: people may name one of their own."""
    shop.wiring.binary = shop.project / "nowhere"
    error = shop("-o", "json", "temporal", "workflow", "list").error
    assert (error["code"], error["exit_code"]) == ("temporal-binary", 4)
    assert "TEMPORAL_DEVENV_TEMPORAL_BIN" in error["hint"]


def test_exec_runs_in_the_service_and_passes_the_code_on(shop: CommandLine) -> None:
    """With or without `--`."""
    shop.world.compose.exit_code = 3
    assert shop("exec", "postgres", "--", "pg_isready", "-q").code == 3
    assert shop("exec", "postgres", "pg_isready", "-q").code == 3
    assert shop.world.compose.executed == [("postgres", ("pg_isready", "-q"))] * 2


def test_psql_is_one_word(shop: CommandLine) -> None:
    """User and database are known."""
    assert shop("psql", "-c", "select 1").code == 0
    command = ("psql", "-U", "temporal", "-d", "temporal", "-c", "select 1")
    assert shop.world.compose.executed == [("postgres", command)]


def test_psql_needs_postgres(devenv: CommandLine) -> None:
    """The embedded engine has none."""
    devenv("up", "--engine", "embedded")
    for command in (("psql",), ("exec", "postgres", "-o", "json", "--", "ls")):
        result = devenv(*command)
        assert "The embedded engine has no Postgres" in result.out + result.err
    assert devenv("psql", "-o", "json").error["code"] == "unknown-service"
