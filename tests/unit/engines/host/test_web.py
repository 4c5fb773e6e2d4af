"""Whether a web server answers, with real ones."""

from __future__ import annotations

import socket
import ssl
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest
import trustme

from devenv.engines.host.web import web_problem, web_text
from devenv.project.access import ClientTls, Credentials

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def server(answer: bytes, context: ssl.SSLContext | None = None) -> Iterator[str]:
    """Yield the address of what sends `answer` to every request for `/healthz`, with `context` by TLS."""

    class Answering(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.wfile.write(answer if self.path in {"/healthz", "/healthz?of=all"} else b"")

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the base class's word
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Answering) as listening:
        if context:
            listening.socket = context.wrap_socket(listening.socket, server_side=True)
        Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield f"http{'s' if context else ''}://127.0.0.1:{listening.server_port}/healthz"
        listening.shutdown()


def test_a_server_that_answers_has_no_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever proxy the environment names: loopback is behind none."""
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with server(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok") as url:
        assert web_problem(url) is None


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n", "answers 503"),
        (b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\n\r\n", "answers 302"),
        (b"220 mail.example.com ESMTP\r\n", "does not answer (220 mail.example.com ESMTP)"),
        (b"", "does not answer (Remote end closed connection without response)"),
    ],
    ids=["not ready", "elsewhere", "no web server", "nothing"],
)
def test_another_answer_is_a_problem(answer: bytes, problem: str) -> None:
    """Told with the address."""
    with server(answer) as url:
        assert web_problem(url) == f"{url} {problem}"


def test_a_server_with_tls_is_known_by_who_signed_its_certificate(tmp_path: Path) -> None:
    """One that demands a certificate gets that of the client; a stranger's is a problem."""
    ours, strangers = trustme.CA(), trustme.CA()
    for name, authority in (("ours", ours), ("strangers", strangers)):
        authority.cert_pem.write_to_path(tmp_path / f"{name}.pem")
    mine = ours.issue_cert("client@example.com")
    mine.private_key_and_cert_chain_pem.write_to_path(tmp_path / "client.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ours.issue_cert("127.0.0.1").configure_cert(context)
    ours.configure_trust(context)
    context.verify_mode = ssl.CERT_REQUIRED
    client = str(tmp_path / "client.pem")
    with server(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", context) as url:
        ours_tls = ClientTls(authority=str(tmp_path / "ours.pem"), certificate=client, key=client)
        assert web_problem(url, Credentials(ours_tls)) is None
        without = ours_tls.model_copy(update={"certificate": "", "key": ""})
        assert "does not answer" in str(web_problem(url, Credentials(without)))
        stranger = ours_tls.model_copy(update={"authority": str(tmp_path / "strangers.pem")})
        assert "certificate verify failed" in str(web_problem(url, Credentials(stranger)))
        nowhere = ours_tls.model_copy(update={"authority": str(tmp_path / "nowhere.pem")})
        assert "No such file" in str(web_problem(url, Credentials(nowhere)))


def test_nobody_there_is_a_problem() -> None:
    """As it is while a server starts."""
    with socket.create_server(("127.0.0.1", 0)) as gone:
        url = f"http://127.0.0.1:{gone.getsockname()[1]}/healthz"
    problem = web_problem(url)
    assert problem is not None
    assert problem.startswith(f"{url} does not answer (")
    assert problem.endswith("Connection refused)")


def test_a_server_that_is_silent_is_not_waited_for() -> None:
    """It took the connection and hangs."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/healthz"
        assert web_problem(url, timeout_s=0.05) == f"{url} does not answer (timed out)"


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", "ok"),
        (b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n", None),
        (b"", None),
    ],
    ids=["answered", "not ready", "nothing"],
)
def test_what_is_answered_is_told_to_whoever_asks_for_it(answer: bytes, text: str | None) -> None:
    """Asked with the query of the URL."""
    with server(answer) as url:
        assert web_text(f"{url}?of=all") == text
