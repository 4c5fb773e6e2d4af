"""`devenv env` points every client to the stack, whatever else a developer has set up."""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING

import pytest
from e2e.clients import PYTHON_CLIENT, TEMPORAL_CLI, evaluated

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from e2e.command_line import Cli
    from e2e.stacks import Stack

pytestmark = pytest.mark.stack

CLOUD_PROFILE = """\
[profile.default]
address = "shop.acct.tmprl.cloud:7233"
namespace = "shop.acct"
api_key = "key-of-the-file"

[profile.default.tls]
client_cert_path = "/nowhere/client.pem"
client_key_path = "/nowhere/client.key"
server_name = "shop.acct.tmprl.cloud"

[profile.default.grpc_meta]
x-cloud = "yes"
"""
CLOUD_VARIABLES = {
    "TEMPORAL_ADDRESS": "shop.acct.tmprl.cloud:7233",
    "TEMPORAL_NAMESPACE": "shop.acct",
    "TEMPORAL_API_KEY": "key-of-the-shell",
    "TEMPORAL_PROFILE": "cloud",
    "TEMPORAL_TLS": "true",
    "TEMPORAL_TLS_CLIENT_CERT_PATH": "/nowhere/client.pem",
    "TEMPORAL_TLS_CLIENT_KEY_PATH": "/nowhere/client.key",
    "TEMPORAL_TLS_SERVER_CA_CERT_PATH": "/nowhere/ca.pem",
    "TEMPORAL_TLS_SERVER_NAME": "shop.acct.tmprl.cloud",
}


@pytest.fixture
def hostile(shop: Stack, tmp_path: Path) -> Cli:
    """Run commands as a developer whose configuration file and shell are those of a cloud user."""
    profile = tmp_path / ".config" / "temporalio" / "temporal.toml"
    profile.parent.mkdir(parents=True)
    profile.write_text(CLOUD_PROFILE)
    variables = {
        **CLOUD_VARIABLES,
        "HOME": str(tmp_path),
        "XDG_CONFIG_HOME": str(tmp_path / ".config"),
    }
    return shop.cli.with_variables(**variables)


def test_a_hostile_environment_is_hostile(hostile: Cli) -> None:
    """Without `devenv env` nothing works: else the tests below would prove nothing."""
    assert hostile.shell(" ".join(PYTHON_CLIENT)).exit != 0
    assert hostile.shell(" ".join(TEMPORAL_CLI)).exit != 0


def test_a_python_program_finds_the_stack(shop: Stack, hostile: Cli) -> None:
    assert evaluated(hostile, PYTHON_CLIENT)[:2] == [shop.grpc, "orders"]


def test_a_go_program_finds_the_stack(shop: Stack, hostile: Cli, go_client: Sequence[str]) -> None:
    assert evaluated(hostile, go_client)[:2] == [shop.grpc, "orders"]


def test_the_temporal_cli_finds_the_stack(hostile: Cli) -> None:
    assert evaluated(hostile, TEMPORAL_CLI)[0] == "Total:"


def test_devenv_itself_is_not_led_astray(shop: Stack, hostile: Cli) -> None:
    """It reads no TEMPORAL_ADDRESS, and what it runs does not either."""
    assert hostile.answer("status")["endpoints"]["grpc"] == shop.grpc
    assert hostile.run("temporal", "workflow", "count").exit == 0
    assert hostile.run("run", "--", *PYTHON_CLIENT).out.split()[:2] == [shop.grpc, "orders"]


def test_presets_of_the_temporal_cli_lead_nobody_away(shop: Stack, tmp_path: Path) -> None:
    """They beat every variable: what devenv runs stays with the stack, and `env` says what happens else."""
    with socket.create_server(("127.0.0.1", 0)) as elsewhere:
        address = f"127.0.0.1:{elsewhere.getsockname()[1]}"
        presets = tmp_path / ".config" / "temporalio" / "temporal.yaml"
        presets.parent.mkdir(parents=True)
        presets.write_text(f"env: {{default: {{address: '{address}', tls: 'false'}}}}")
        cli = shop.cli.with_variables(HOME=str(tmp_path), TEMPORAL_ENV="prod")
        assert cli.run("temporal", "workflow", "count").exit == 0
        assert cli.run("run", "--", "sh", "-c", "temporal workflow count").exit == 0
        told = cli.run("env")
        assert told.exit == 0
        assert f"sends `temporal` to {address}" in " ".join(told.err.split())
        elsewhere.settimeout(0.1)
        with pytest.raises(TimeoutError):
            elsewhere.accept()


@pytest.mark.parametrize("style", ["json", "dotenv", "github"])
def test_every_format_says_the_same(shop: Stack, style: str) -> None:
    out = shop.cli.run("env", "--format", style).out
    said = json.loads(out) if style == "json" else dict(line.split("=", 1) for line in out.splitlines())
    assert said == {
        "TEMPORAL_ADDRESS": shop.grpc,
        "TEMPORAL_NAMESPACE": "orders",
        "TEMPORAL_TLS": "false",
    }
