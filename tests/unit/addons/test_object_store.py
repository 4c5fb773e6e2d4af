"""What `up` waits for where the add-on `object-store` is on."""

from __future__ import annotations

from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any, cast

from fakes.engine import FakeEngine, RecordingReporter

from devenv.addons import AddonContext, module_of
from devenv.engines.protocol import Service, StackIdentity
from devenv.project.services import Ports

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devenv.addons import AddonModule

NOWHERE = (Path("/nowhere"), Path("/nowhere"))
MODULE = cast("AddonModule", module_of("object-store"))
STACK = StackIdentity("shop", Path("/projects/shop"), 1000)


@contextmanager
def store(*, takes: bool = True, returns: bool = True) -> Iterator[AddonContext]:
    """Yield the context of a store that keeps what is put into it, unless it does not."""

    class Answering(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            kept[self.path.partition("?")[0]] = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200 if takes and "X-Amz-Signature=" in self.path else 403)
            self.end_headers()

        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(kept[self.path.partition("?")[0]] if returns else b"of an earlier run")

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the base class's word
            """Say nothing."""

    kept: dict[str, bytes] = {}
    with HTTPServer(("127.0.0.1", 0), Answering) as listening:
        Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        engine = FakeEngine()
        engine.running["shop"] = {"object-store": Service("object-store", "running")}
        ports = Ports.of(s3=listening.server_port)
        secrets = {"S3_SECRET_KEY": "secret"}
        yield AddonContext(STACK, engine, ports, {}, RecordingReporter(), *NOWHERE, secrets=secrets)
        listening.shutdown()


def test_a_store_that_returns_what_was_put_is_in_use() -> None:
    with store() as context:
        assert MODULE.after_ready(context) == []


def test_a_store_that_takes_nothing_is_not() -> None:
    """As where the secret key is another, or its disk is full."""
    with store(takes=False) as context:
        assert MODULE.after_ready(context) == ["the object store takes no object yet"]


def test_a_store_that_returns_something_else_is_not() -> None:
    with store(returns=False) as context:
        [missing] = MODULE.after_ready(context)
        assert "does not return the object" in missing


def test_the_context_of_an_add_on_shows_no_secret() -> None:
    """A traceback or a log line has it as text."""
    with store() as context:
        assert "secret" not in repr(context)
