"""`compose/stack.yaml` is an ordinary Compose file: without devenv, too, its parts may boot in any order."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import web_pages
import yaml
from e2e import engine_view
from e2e.command_line import PROGRAMS, finish
from e2e.engine_view import docker
from e2e.image_contracts_fixtures import image_family, versions
from e2e.polling import eventually
from e2e.stacks import REPOSITORY
from e2e.workflows import found_by, start_workflow

from devenv.engines.compose.files import HEAP
from devenv.engines.host.ports import any_free

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from devenv.images.catalog import ImageFamily

__all__ = ["image_family", "versions"]

pytestmark = pytest.mark.stack

PROJECT = "devenv-e2e-plain"
LABEL = f"com.docker.compose.project={PROJECT}"
STACK_FILE = REPOSITORY / "compose" / "stack.yaml"
IMAGES = {
    "postgres": "POSTGRES_IMAGE",
    "opensearch": "OPENSEARCH_IMAGE",
    "temporal": "TEMPORAL_SERVER_IMAGE",
    "admin-tools": "TEMPORAL_ADMIN_TOOLS_IMAGE",
    "ui": "TEMPORAL_UI_IMAGE",
}
WEB = {"UI_PUBLIC_PATH": "/temporal", "UI_CODEC_ENDPOINT": "http://127.0.0.1:8081"}
INDEX = "temporal_visibility_v1_dev"
# The stack starts while those of other tests do.
PATIENCE_S = 120
# Without the optimizing compiler OpenSearch starts in half of the processor time.
JAVA_OPTIONS = f"{HEAP} -XX:TieredStopAtLevel=1"
# The index is made when somebody says so: everything else of the stack is as always.
HELD_BACK = """\
services:
  visibility-index:
    command:
      - |
        echo held back
        until [ -e /tmp/go ]; do sleep 0.1; done
        {original}
    tmpfs: [/tmp]
"""


@dataclass(frozen=True)
class PlainStack:
    """The stack of the file and of `overlay`, as Compose makes it."""

    overlay: Path
    environment: Mapping[str, str]

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.environment['GRPC_PORT']}"

    def start_compose(self, *arguments: str) -> subprocess.Popen[str]:
        """Start `docker compose` with `arguments`."""
        files = ("-f", str(STACK_FILE), "-f", str(self.overlay))
        return subprocess.Popen(
            ("docker", "compose", "-p", PROJECT, *files, *arguments),
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def create_namespace(self, name: str) -> bool:
        """Create it, if the server takes it yet."""
        command = ("operator", "namespace", "create", "-n", name, "--address", self.address)
        done = subprocess.run(
            (str(PROGRAMS / "temporal"), *command), env=self.environment, capture_output=True, check=False
        )
        return done.returncode == 0

    def execute(self, service: str, *command: str) -> str:
        """Run a command in the container of a service."""
        return docker("exec", engine_view.by_service(LABEL)[service]["Id"], *command)

    def ask_opensearch(self, path: str) -> str:
        return self.execute("opensearch", "curl", "-s", f"http://127.0.0.1:9200{path}")


@pytest.fixture
def stack(image_family: ImageFamily, tmp_path: Path) -> Iterator[PlainStack]:
    """Yield one, not up yet, of the images that are here and of free ports; remove what was made of it."""
    images = {variable: image_family.refs[name] for name, variable in IMAGES.items()}
    ports = {name: str(any_free()) for name in ("GRPC_PORT", "UI_PORT", "HTTP_PORT")}
    overlay = tmp_path / "held-back.yaml"
    overlay.write_text(_holding_the_index_back())
    others = {"OPENSEARCH_JAVA_OPTS": JAVA_OPTIONS, **WEB}
    plain = PlainStack(overlay, {**os.environ, **images, **ports, **others})
    yield plain
    assert finish(plain.start_compose("down", "--volumes", "--timeout=5")).exit == 0
    assert engine_view.everything(LABEL) == []


def _holding_the_index_back() -> str:
    """Return an overlay that holds the stack's own command back."""
    shipped = yaml.safe_load(STACK_FILE.read_text())
    original = shipped["services"]["visibility-index"]["command"][0]
    return HELD_BACK.format(original=original.replace("\n", "\n        "))


def test_what_is_written_before_the_index_exists_is_found_afterwards(stack: PlainStack) -> None:
    """All the stack needs is images and ports. The server never waits for OpenSearch, and loses nothing."""
    with stack.start_compose("up", "--detach", "--pull=never", "--quiet-pull") as up:
        try:
            started = _start_before_the_index(stack)
            stack.execute("visibility-index", "touch", "/tmp/go")  # noqa: S108
        except BaseException:
            up.kill()
            raise
        result = finish(up)
    assert result.exit == 0, result
    found = eventually(
        lambda: found_by(stack.address, "plain", "WorkflowType = 'Waiting'"), within_s=PATIENCE_S
    )
    assert found == [started]
    _see_the_web_as_it_was_asked_for(stack)
    types = _field_types(stack)
    assert (types["WorkflowType"], types["StartTime"]) == ("keyword", "date_nanos")


def _see_the_web_as_it_was_asked_for(stack: PlainStack) -> None:
    """Below its path, with its codec server, and with the HTTP API of the Web UI, which refuses web pages."""
    ui, http = (f"http://127.0.0.1:{stack.environment[name]}" for name in ("UI_PORT", "HTTP_PORT"))
    settings = eventually(lambda: httpx.get(f"{ui}/temporal/api/v1/settings").json(), within_s=PATIENCE_S)
    assert settings["Codec"]["Endpoint"] == WEB["UI_CODEC_ENDPOINT"]
    assert httpx.get(f"{http}/api/v1/namespaces/plain").status_code == httpx.codes.OK
    refused = web_pages.create_namespace(http, "stray", web_pages.FOREIGN_PAGE)
    assert refused.status_code == httpx.codes.BAD_REQUEST


def _start_before_the_index(stack: PlainStack) -> str:
    """Start a workflow as soon as the server takes one, and see that there is no index then."""
    eventually(lambda: stack.create_namespace("plain"), within_s=PATIENCE_S)
    eventually(lambda: stack.ask_opensearch("/_cluster/health"), within_s=PATIENCE_S)
    started = eventually(lambda: start_workflow(stack.address, "plain"), within_s=PATIENCE_S)
    # The server has written, or tried to: OpenSearch refuses to make an index by itself.
    assert "no such index" in stack.ask_opensearch(f"/{INDEX}/_mapping")
    return started


def _field_types(stack: PlainStack) -> dict[str, Any]:
    mapping = json.loads(stack.ask_opensearch(f"/{INDEX}/_mapping"))[INDEX]["mappings"]
    assert mapping["dynamic"] == "false"
    return {name: field["type"] for name, field in mapping["properties"].items()}
