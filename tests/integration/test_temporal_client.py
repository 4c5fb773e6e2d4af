"""`temporal` by way of devenv, with a second real server that everything else points to."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING

import pytest
from integration.embedded_sandbox import BINARY, Sandbox

from devenv.engines.embedded.engine import EmbeddedEngine
from devenv.engines.host.temporal_cli import client_of, with_client

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Sandbox, Sandbox]]:
    """Yield the stack, and the server that is not to be reached."""
    directory = tmp_path_factory.mktemp("servers")
    engine = EmbeddedEngine(BINARY, lambda stack: stack.project / "state")
    boxes = [Sandbox(directory / name / "state", engine) for name in ("own", "elsewhere")]
    try:
        for box in boxes:
            box.up()
        yield boxes[0], boxes[1]
    finally:
        for box in boxes:
            engine.remove(box.stack, volumes=True)


def address_of(box: Sandbox) -> str:
    return f"127.0.0.1:{box.spec.ports['grpc']}"


def presets(elsewhere: str) -> str:
    keys = f"{{address: '{elsewhere}', namespace: default, tls: 'false'}}"
    return f"env: {{default: {keys}, prod: {keys}}}"


FILES: Mapping[str, Callable[[str], str]] = {
    "presets with an address": presets,
    "presets with TLS": lambda elsewhere: f"env: {{default: {{address: '{elsewhere}', tls: 'true'}}}}",
    "presets with a key and a codec": lambda elsewhere: (
        f"env: {{default: {{address: '{elsewhere}', api-key: x, codec-endpoint: 'http://127.0.0.1:1'}}}}"
    ),
    "broken presets": lambda _: "env:\n  default:\n  : [",
}
VARIABLES: Mapping[str, str] = {"TEMPORAL_ENV": "prod", "TEMPORAL_PROFILE": "prod"}


@pytest.mark.parametrize("file", FILES)
def test_what_is_meant_for_the_stack_lands_nowhere_else(
    servers: tuple[Sandbox, Sandbox], tmp_path: Path, file: str
) -> None:
    """A namespace, and the end of a workflow of the same name on both servers."""
    own, elsewhere = servers
    name = file.replace(" ", "-")
    configuration = tmp_path / ".config" / "temporalio"
    configuration.mkdir(parents=True)
    (configuration / "temporal.yaml").write_text(FILES[file](address_of(elsewhere)))
    (configuration / "temporal.toml").write_text(
        f"[profile.default]\naddress = '{address_of(elsewhere)}'\n[profile.prod]\ntls = {{}}\n"
    )
    for box in servers:
        started = box.temporal("workflow", "start", "-t", "q", "--type", "w", "-w", name)
        assert started.returncode == 0, started.stderr
    leading_away = {"TEMPORAL_ADDRESS": address_of(elsewhere), "HOME": str(tmp_path), **VARIABLES}
    with client_of(address_of(own), BINARY) as client:
        environment = with_client({**os.environ, **leading_away}, client)
        for command in (
            f"temporal operator namespace create -n {name}",
            f"temporal workflow terminate -w {name} --reason trial",
            f"temporal workflow count --disable-config-env --address {address_of(own)}",
        ):
            done = subprocess.run(
                ["sh", "-c", command],
                env=environment,
                capture_output=True,
                text=True,
                timeout=30,
                check=False,
            )
            assert (done.returncode, done.stderr) == (0, "")
    assert own.has_namespace(name)
    assert not elsewhere.has_namespace(name)
    described = [box.temporal("workflow", "describe", "-w", name, "-o", "json").stdout for box in servers]
    statuses = [json.loads(text)["workflowExecutionInfo"]["status"] for text in described]
    assert statuses == ["WORKFLOW_EXECUTION_STATUS_TERMINATED", "WORKFLOW_EXECUTION_STATUS_RUNNING"]


def test_the_same_calls_without_devenv_would_have_landed_there(
    servers: tuple[Sandbox, Sandbox], tmp_path: Path
) -> None:
    """Else the test above would prove nothing."""
    own, elsewhere = servers
    configuration = tmp_path / ".config" / "temporalio"
    configuration.mkdir(parents=True)
    (configuration / "temporal.yaml").write_text(presets(address_of(elsewhere)))
    environment = {**os.environ, "HOME": str(tmp_path), "TEMPORAL_ADDRESS": address_of(own)}
    command = [str(BINARY), "operator", "namespace", "create", "-n", "stray"]
    subprocess.run(command, env=environment, capture_output=True, timeout=30, check=True)
    assert elsewhere.has_namespace("stray")
    assert not own.has_namespace("stray")


def test_a_command_beside_the_embedded_server_stays_there(
    servers: tuple[Sandbox, Sandbox], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`devenv exec temporal -- temporal …`."""
    own, elsewhere = servers
    configuration = tmp_path / ".config" / "temporalio"
    configuration.mkdir(parents=True)
    (configuration / "temporal.yaml").write_text(presets(address_of(elsewhere)))
    monkeypatch.setenv("HOME", str(tmp_path))
    command = ["temporal", "operator", "namespace", "create", "-n", "beside"]
    assert own.engine.execute(own.stack, "temporal", command) == 0
    assert own.has_namespace("beside")
    assert not elsewhere.has_namespace("beside")
