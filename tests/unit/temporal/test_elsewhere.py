"""How to get to a server that is no stack of ours, and what its failures are called."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from temporalio.service import RPCError, RPCStatusCode, TLSConfig

from devenv.errors import (
    InvalidInputError,
    PermissionDeniedError,
    ServerRejectedError,
    ServerUnreachableError,
)
from devenv.temporal.elsewhere import ConnectionElsewhere, connect
from devenv.temporal.protocol import Server

if TYPE_CHECKING:
    from collections.abc import Iterator

ADDRESS = "staging.example.com:7233"
TRANSPORT = "Failed client connect: Server connection error: tonic::transport::Error(Transport, {})"
STATUS = 'call error after connection: Status {{ code: {}, message: "no", source: None }}'


@pytest.fixture
def connection() -> Iterator[ConnectionElsewhere]:
    made = connect(Server(ADDRESS))
    yield made
    made.close()


def tls_of(server: Server) -> bool | TLSConfig | None:
    made = connect(server)
    made.close()
    return made._config.tls


@pytest.mark.parametrize(
    ("said", "meaning"),
    [
        (TRANSPORT.format("InvalidCertificate(ExpiredContext { time: 1 })"), "its certificate has expired"),
        (STATUS.format("Cancelled").replace('"no"', '"Timeout expired"'), "it does not answer in time"),
        (TRANSPORT.format("CertificateRequired"), "it demands a client certificate"),
        ("Timeout expired: TimeoutExpired(())", "it does not answer in time"),
        (TRANSPORT.format("PrivateKeyParseError"), "the client key is no private key"),
        ("something else", "something else"),
    ],
)
def test_a_failure_to_connect_is_told_in_words(
    connection: ConnectionElsewhere, said: str, meaning: str
) -> None:
    """With a hint that does not speak of a stack."""
    error = connection.to_error(RuntimeError(said), "It could not be asked")
    assert isinstance(error, ServerUnreachableError)
    assert error.details == (meaning,)
    assert "devenv" not in error.hint


@pytest.mark.parametrize("said", ["tonic: transport error", "operation was canceled"])
def test_an_end_without_a_word_is_explained_by_what_the_client_did_not_show(
    said: str, tmp_path: Path
) -> None:
    """A server that wants TLS, or a client certificate, may just close the connection."""
    certificate, key = tmp_path / "client.pem", tmp_path / "client.key"
    for path in (certificate, key):
        path.write_text("any text will do")
    certified = Server(ADDRESS, tls_client_cert_path=certificate, tls_client_key_path=key)
    assert "`--tls`" in hint_for(Server(ADDRESS), said)
    assert "--tls-client-cert-path" in hint_for(Server(ADDRESS, tls=True), said)
    assert "--tls" not in hint_for(certified, said)


def hint_for(server: Server, said: str) -> str:
    made = connect(server)
    made.close()
    return made.to_error(RuntimeError(said), "It could not be asked").hint


@pytest.mark.parametrize(
    ("code", "kind"),
    [("PermissionDenied", PermissionDeniedError), ("Unimplemented", ServerRejectedError)],
)
def test_a_refusal_while_connecting_is_a_refusal(
    connection: ConnectionElsewhere, code: str, kind: type[Exception]
) -> None:
    """The first question is asked then."""
    assert isinstance(connection.to_error(RuntimeError(STATUS.format(code)), "It could not be asked"), kind)


def test_a_refusal_is_not_explained_with_our_logs(connection: ConnectionElsewhere) -> None:
    """They are those of another server."""
    error = connection.to_error(RPCError("no", RPCStatusCode.INVALID_ARGUMENT, b""), "It could not be asked")
    assert (error.details, "devenv" in error.hint) == (("no",), False)


def test_tls_is_used_when_something_about_it_is_said() -> None:
    """Or when there is a key to keep secret; saying no wins."""
    assert tls_of(Server(ADDRESS)) is False
    assert isinstance(tls_of(Server(ADDRESS, tls=True)), TLSConfig)
    assert isinstance(tls_of(Server(ADDRESS, tls_server_name="x")), TLSConfig)
    assert isinstance(tls_of(Server(ADDRESS, api_key="k")), TLSConfig)
    assert tls_of(Server(ADDRESS, api_key="k", tls=False)) is False


def test_options_beat_the_profile(tmp_path: Path) -> None:
    """And leave the rest of it as it is."""
    file = tmp_path / "temporal.toml"
    file.write_text(
        f'[profile.a]\naddress = "{ADDRESS}"\napi_key = "k"\n[profile.a.tls]\nserver_name = "a"\n'
        '[profile.b]\naddress = "b:1"\n[profile.b.tls]\ndisabled = true\n[profile.c]\nnamespace = "c"\n'
    )
    made = connect(Server(profile="a", config_file=file, api_key="mine"))
    made.close()
    assert (made.address, made._config.api_key) == (ADDRESS, "mine")
    tls = tls_of(Server(profile="a", config_file=file, tls_server_name="b"))
    assert isinstance(tls, TLSConfig)
    assert tls.domain == "b"
    assert tls_of(Server(profile="b", config_file=file)) is False
    assert isinstance(tls_of(Server(profile="b", config_file=file, tls=True)), TLSConfig)
    with pytest.raises(InvalidInputError, match="the profile c: names no address"):
        connect(Server(profile="c", config_file=file))


@pytest.mark.parametrize("address", ["localhost", "a:0", "a:65536", "http://a:1", "a b:1", ":7233", "a:1/x"])
def test_an_address_is_a_host_and_a_port(address: str) -> None:
    """As everywhere with Temporal."""
    with pytest.raises(InvalidInputError, match="is not an address"):
        connect(Server(address))
    connect(Server("[::1]:7233")).close()


def test_a_certificate_that_cannot_be_read_is_named() -> None:
    """Before anything is connected."""
    with pytest.raises(InvalidInputError, match=r"/nope\.pem: cannot be read"):
        connect(Server(ADDRESS, tls_server_ca_cert_path=Path("/nope.pem")))


@pytest.mark.parametrize(
    ("text", "place", "reason"),
    [
        ("[profile.default\naddress = 1", "1:17", "unclosed table, expected `]`"),
        ("[profile.default]\napi_key = 123456\n", "2:11", "invalid type: integer, expected a string"),
        ("profile = 's3cret'\n", "1:11", "invalid type: string, expected a map"),
    ],
)
def test_a_file_of_profiles_that_is_not_toml_is_told_with_its_place(
    tmp_path: Path, text: str, place: str, reason: str
) -> None:
    """And why; no value of it is quoted, which may be a key."""
    file = tmp_path / "temporal.toml"
    file.write_text(text)
    with pytest.raises(InvalidInputError) as caught:
        connect(Server(profile="default", config_file=file))
    assert caught.value.message == f"{file}:{place}: cannot be read: {reason}"


@pytest.mark.parametrize("variable", ["TEMPORAL_CONFIG_FILE", "XDG_CONFIG_HOME"])
def test_the_file_that_nobody_named_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    """Wherever Temporal's own configuration is found."""
    file = tmp_path / "temporalio" / "temporal.toml"
    file.parent.mkdir()
    monkeypatch.delenv("TEMPORAL_CONFIG_FILE", raising=False)
    monkeypatch.setenv(variable, str(file if variable == "TEMPORAL_CONFIG_FILE" else tmp_path))
    file.write_text("[profile")
    with pytest.raises(InvalidInputError, match=re.escape(f"{file}:1:9: cannot be read")):
        connect(Server(profile="staging"))
    file.write_text("[profile.other]\naddress = 'a:1'")
    with pytest.raises(InvalidInputError, match=re.escape(f"Profile 'staging' not found in {file}")):
        connect(Server(profile="staging"))


OPTIONS = ("tls_server_ca_cert_path", "tls_client_cert_path", "tls_client_key_path")


@pytest.mark.parametrize("option", OPTIONS)
@pytest.mark.parametrize("kind", ["device", "pipe", "large"])
def test_a_file_of_tls_is_a_regular_one_of_sensible_size(tmp_path: Path, option: str, kind: str) -> None:
    """A device without an end would fill the memory, and a pipe holds whoever opens it."""
    file, reason = unreadable(tmp_path, kind)
    with pytest.raises(InvalidInputError, match=re.escape(f"{file}: {reason}")):
        connect(Server(address="localhost:1", **{option: file}))  # type: ignore[arg-type]  # each takes a path


@pytest.mark.parametrize("kind", ["device", "pipe", "large"])
def test_so_is_the_file_of_profiles_and_what_a_profile_names(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By option, by variable, and as the path of a certificate."""
    file, reason = unreadable(tmp_path, kind)
    told = re.escape(f"{file}: {reason}")
    with pytest.raises(InvalidInputError, match=told):
        connect(Server(profile="a", config_file=file))
    profiles = tmp_path / "temporal.toml"
    profiles.write_text(f'[profile.a]\naddress = "localhost:1"\ntls = {{server_ca_cert_path = "{file}"}}\n')
    with pytest.raises(InvalidInputError, match=told):
        connect(Server(profile="a", config_file=profiles))
    monkeypatch.setenv("TEMPORAL_CONFIG_FILE", str(file))
    with pytest.raises(InvalidInputError, match=told):
        connect(Server(profile="a"))


def unreadable(directory: Path, kind: str) -> tuple[Path, str]:
    """Return a file that nobody should read, and why."""
    path = directory / kind
    if kind == "device":
        return Path("/dev/zero"), "is not a regular file"
    if kind == "pipe":
        os.mkfifo(path)
        return path, "is not a regular file"
    path.write_bytes(b"x" * (1024 * 1024 + 1))
    return path, "is larger than 1 MiB"
