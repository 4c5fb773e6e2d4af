"""Finding a Docker engine, and saying what is wrong with it."""

from __future__ import annotations

import gc
import hashlib
import json
import os
import socketserver
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest

from devenv.engines.docker import connection
from devenv.engines.docker.connection import connect
from devenv.errors import (
    DockerForbiddenError,
    DockerTooOldError,
    DockerUnreachableError,
    PrerequisiteError,
    RemoteEngineError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Engine(BaseHTTPRequestHandler):
    """Answers every request as `GET /version`."""

    version = "28.0.1"
    api = "1.48"

    def do_GET(self) -> None:
        body = json.dumps({"Version": self.version, "ApiVersion": self.api, "MinAPIVersion": "1.24"}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the base class's word
        """Say nothing."""

    def address_string(self) -> str:
        return "local"


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch, isolated: Path) -> Iterator[Callable[[str, str], None]]:
    """Yield a function that has an engine of some version answer on a local socket."""
    servers: list[socketserver.UnixStreamServer] = []

    def served(version: str, api: str) -> None:
        path = isolated / "docker.sock"
        handler = type("Versioned", (Engine,), {"version": version, "api": api})
        server = socketserver.ThreadingUnixStreamServer(str(path), handler)
        server.daemon_threads = True
        servers.append(server)
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        monkeypatch.setenv("DOCKER_HOST", f"unix://{path}")

    yield served
    for server in servers:
        server.shutdown()
        server.server_close()


def refused() -> PrerequisiteError:
    with pytest.raises(PrerequisiteError) as caught:
        connect()
    return caught.value


def choose_context(monkeypatch: pytest.MonkeyPatch, name: str, address: str) -> None:
    monkeypatch.delenv("DOCKER_HOST")
    directory = Path.home() / ".docker"
    meta = directory / "contexts" / "meta" / hashlib.sha256(name.encode()).hexdigest() / "meta.json"
    meta.parent.mkdir(parents=True)
    endpoint = {"docker": {"Host": address, "SkipTLSVerify": False}}
    meta.write_text(json.dumps({"Name": name, "Metadata": {}, "Endpoints": endpoint}))
    (directory / "config.json").write_text(json.dumps({"currentContext": name}))


@pytest.mark.parametrize(
    ("version", "api"), [("25.0.0", "1.44"), ("25.0.14", "1.44"), ("28.3.1", "1.51"), ("26.0.0-rc1", "1.45")]
)
def test_an_engine_that_is_new_enough_is_taken(
    serve: Callable[[str, str], None], version: str, api: str
) -> None:
    """And answers."""
    serve(version, api)
    client = connect()
    assert client.version()["Version"] == version
    client.close()


@pytest.mark.parametrize(
    ("version", "api"), [("24.0.9", "1.43"), ("20.10.24+dfsg1", "1.41"), ("1.13.1", "1.26")]
)
def test_an_old_engine_is_refused_with_both_versions(
    serve: Callable[[str, str], None], version: str, api: str
) -> None:
    """What it is and what it should be."""
    serve(version, api)
    error = refused()
    assert isinstance(error, DockerTooOldError)
    assert version in error.message
    assert "25.0" in error.message


@pytest.mark.parametrize(
    "address",
    [
        "tcp://10.0.0.1:2375",
        "tcp://127.0.0.1.example.com:2375",
        "tcp://localhost.example.com:2375",
        "tcp://[fe80::1]:2375",
        "ssh://localhost",
        "ssh://ada@build.example.com",
        "http://10.0.0.1:2375",
        "https://10.0.0.1:2376",
    ],
)
def test_a_remote_engine_is_refused_without_being_asked(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    """Its loopback ports would be another machine's."""
    monkeypatch.setenv("DOCKER_HOST", address)
    error = refused()
    assert isinstance(error, RemoteEngineError)
    assert address in error.message


@pytest.mark.parametrize(
    "address",
    ["tcp://127.0.0.1:1", "tcp://localhost:1", "tcp://[::1]:1", "http://127.1.2.3:1", "https://localhost:1"],
)
@pytest.mark.filterwarnings("ignore::ResourceWarning")  # docker-py forgets a socket that cannot connect
def test_an_engine_behind_a_loopback_port_is_this_machines(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    """It is asked; that nobody answers here is another error."""
    monkeypatch.setenv("DOCKER_HOST", address)
    assert isinstance(refused(), DockerUnreachableError)
    gc.collect()


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # docker-py forgets a socket that cannot connect
def test_a_context_whose_engine_is_away_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the way back to the usual one."""
    choose_context(monkeypatch, "colima", "unix:///nowhere/docker.sock")
    error = refused()
    place = 'at unix:///nowhere/docker.sock, which the Docker context "colima" names'
    assert error.message == f"No Docker engine answers {place}"
    assert "`docker context use default`" in error.hint
    del error
    gc.collect()


def test_a_remote_context_is_refused_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the `docker` command would take it where DOCKER_HOST says nothing."""
    choose_context(monkeypatch, "far", "ssh://ada@build.example.com")
    assert isinstance(refused(), RemoteEngineError)


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # docker-py forgets a socket that cannot connect
def test_no_engine_is_told_with_the_reason() -> None:
    """The test's environment points to a socket that is not there; which is said, and who says so."""
    error = refused()
    assert isinstance(error, DockerUnreachableError)
    address = os.environ["DOCKER_HOST"]
    assert error.message == f"No Docker engine answers at {address}, which DOCKER_HOST names"
    assert error.details == ("there is no such socket",)
    assert error.hint == "start the engine that DOCKER_HOST names, or unset it"
    del error
    gc.collect()


@pytest.mark.parametrize(
    ("reason", "kind", "told"),
    [
        (
            "('Connection aborted.', PermissionError(13, 'Permission denied'))",
            DockerForbiddenError,
            "('Connection aborted.', PermissionError(13, 'Permission denied'))",
        ),
        (
            "('Connection aborted.', FileNotFoundError(2, 'No such file'))",
            DockerUnreachableError,
            "there is no such socket",
        ),
        ("('Connection aborted.', ForeignFile(1))", DockerUnreachableError, None),
    ],
)
def test_an_engine_that_refuses_this_user_is_told_apart(
    reason: str, kind: type[PrerequisiteError], told: str | None
) -> None:
    """Root can enter every socket, so only the explanation is tested; the user has other things to do."""
    error = connection.explained(OSError(reason))
    assert type(error) is kind
    assert error.details == (told or reason,)
