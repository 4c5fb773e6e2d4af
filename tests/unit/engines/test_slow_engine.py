"""A Docker engine that takes its time: work gets it, a question does not, and neither is a traceback."""

from __future__ import annotations

import json
import socketserver
import subprocess
import time
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

import docker
import pytest

from devenv.engines.compose.containers import Containers
from devenv.engines.docker.images import DockerImages
from devenv.engines.protocol import StackIdentity
from devenv.errors import CommandFailedError, DockerSlowError
from tools.compiled import attempt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SHOP = StackIdentity("shop-3f2a1c", Path("/projects/shop"), 1000)
QUESTION_S = 1
MOUNT = {"ID": "m", "Type": "exec.cachemount", "Description": "cached mount /var/cache/ours/go from exec"}
ANSWERS: dict[str, Any] = {
    "/system/df": {"BuildCache": [MOUNT, MOUNT | {"Description": "cached mount /elsewhere"}]},
    "/build/prune": {"SpaceReclaimed": 7},
    "/images/json": [{"RepoTags": ["a:1", "b:1"]}],
    "/containers/json": [],
    "/networks": [],
    "/volumes": {"Volumes": []},
}


class SlowEngine(BaseHTTPRequestHandler):
    """Answers after `delay_s`; each request line that came is in `asked`."""

    delay_s = 0.0
    asked: tuple[list[str], ...] = ([],)

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        self.asked[0].append(self.path)
        time.sleep(self.delay_s)
        answer: Any = next((answer for end, answer in ANSWERS.items() if path.endswith(end)), {})
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        try:
            self.wfile.write(body)
        except BrokenPipeError:
            return  # whoever asked has given up

    def do_POST(self) -> None:
        self.do_GET()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the base class's word
        """Say nothing."""

    def address_string(self) -> str:
        return "local"


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Callable[[float], docker.DockerClient]]:
    """Return what makes a client of an engine that answers after so many seconds."""
    servers: list[socketserver.UnixStreamServer] = []
    clients: list[docker.DockerClient] = []

    def make(delay_s: float) -> docker.DockerClient:
        path = tmp_path / "docker.sock"
        SlowEngine.asked[0].clear()
        handler = type("Slow", (SlowEngine,), {"delay_s": delay_s})
        server = socketserver.ThreadingUnixStreamServer(str(path), handler)
        server.daemon_threads = True
        servers.append(server)
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        clients.append(docker.DockerClient(base_url=f"unix://{path}", version="1.44", timeout=QUESTION_S))
        return clients[-1]

    yield make
    for client in clients:
        client.close()
    for server in servers:
        server.shutdown()
        server.server_close()


def test_to_free_a_cache_may_take_longer_than_a_question(
    engine: Callable[[float], docker.DockerClient],
) -> None:
    """The engine is asked about its build cache alone: to measure volumes takes minutes."""
    images = DockerImages(engine(QUESTION_S + 0.5), long_timeout_s=20)
    assert images.prune_cache("/var/cache/ours/") == 7
    assert "type=build-cache" in SlowEngine.asked[0][0]
    assert len(SlowEngine.asked[0]) == 2


def test_a_cache_that_is_not_freed_in_time_is_an_expected_error(
    engine: Callable[[float], docker.DockerClient],
) -> None:
    """It ended the tests of a fresh and busy machine with a traceback."""
    images = DockerImages(engine(3), long_timeout_s=1)
    with pytest.raises(CommandFailedError, match="The build cache could not be freed") as caught:
        images.prune_cache("/var/cache/ours/")
    assert caught.value.details[0] == "The Docker engine does not answer in time"


def test_a_question_without_an_answer_is_told_as_that(
    engine: Callable[[float], docker.DockerClient],
) -> None:
    """It is not the same as an engine that is not there: to start Docker would not help."""
    client = engine(3)
    with pytest.raises(DockerSlowError) as caught:
        DockerImages(client).present(["a:1"])
    assert "`docker info`" in caught.value.hint
    with pytest.raises(DockerSlowError):
        Containers(client).services(SHOP)


def test_to_remove_a_stack_may_take_longer_than_a_question(
    engine: Callable[[float], docker.DockerClient],
) -> None:
    """Each request of it."""
    Containers(engine(QUESTION_S + 0.3)).remove(SHOP, volumes=True)
    assert len(SlowEngine.asked[0]) == 3


@pytest.mark.parametrize(
    "error",
    [
        CommandFailedError("The build cache could not be freed", [], ["the disk is slow"]),
        subprocess.TimeoutExpired(["docker"], 1800),
        subprocess.CalledProcessError(1, ["tar"]),
        OSError("no space left on device"),
        DockerSlowError(),
    ],
)
def test_housekeeping_after_the_tests_that_fails_is_a_warning(
    capsys: pytest.CaptureFixture[str], error: Exception
) -> None:
    """The tests have passed; nobody wants to hear of a failure."""

    def fail() -> None:
        raise error

    assert not attempt("free the caches", fail)
    said = capsys.readouterr().out
    assert said.startswith("compiled: warning: could not free the caches, which only saves time and space: ")
    assert str(error) in said
