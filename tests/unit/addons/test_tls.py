"""The add-on `tls`: its certificates are made, kept, renewed and refused; real files, and real handshakes."""

from __future__ import annotations

import socket
import ssl
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from threading import Thread
from typing import TYPE_CHECKING

import pytest
import trustme
from fakes.engine import FakeEngine, RecordingReporter

from devenv.addons import AddonContext, tls
from devenv.addons.tls.certificates import Authority, Wanted, utc_now
from devenv.addons.tls.refusal import GREETING, is_taken
from devenv.engines.protocol import StackIdentity
from devenv.errors import CertificateInvalidError
from devenv.project.access import ClientTls
from devenv.project.services import Ports

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

DAY = timedelta(days=1)
NAMES = ("frontend", "internode", "ui", "client")


def context_at(
    directory: Path, *, demands: bool = False, host: str = "127.0.0.1", name: str = "shop"
) -> AddonContext:
    return AddonContext(
        StackIdentity(name, directory, 1000),
        FakeEngine(),
        Ports(bind=host),
        {"client_certificates": demands},
        RecordingReporter(),
        own_files=directory / name / "addons" / "tls",
        shared_files=directory / "addons" / "tls",
    )


@pytest.fixture
def context(tmp_path: Path) -> AddonContext:
    """Return a stack that is to have TLS and has no certificates yet."""
    return context_at(tmp_path)


def warnings(context: AddonContext) -> list[str]:
    assert isinstance(context.reporter, RecordingReporter)
    return context.reporter.warnings()


def authority_of(context: AddonContext) -> Authority:
    authority = Authority.read(context.shared_files, utc_now())
    assert authority is not None
    return authority


def contents(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in directory.iterdir()}


def handshake(context: AddonContext, server: str, host: str, client: str | None = None) -> None:
    """Have a client that trusts the authority alone connect to a server with the certificate `server`."""
    files = context.own_files
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(files / f"{server}.pem", files / f"{server}.key")
    asking = ssl.create_default_context(cafile=files / "ca.pem")
    if client:
        serving.verify_mode = ssl.CERT_REQUIRED
        serving.load_verify_locations(files / "ca.pem")
        asking.load_cert_chain(files / f"{client}.pem", files / f"{client}.key")
    near, far = socket.socketpair()
    with ThreadPoolExecutor() as beside, near, far:
        accepted = beside.submit(serving.wrap_socket, far, server_side=True)
        with asking.wrap_socket(near, server_hostname=host), accepted.result():
            pass


def test_clients_members_and_pages_have_certificates_of_one_authority(context: AddonContext) -> None:
    """Each of its own, for the names that it is called by, and shown by who may show it."""
    tls.prepare(context, [])
    for host in ("temporal", "localhost", "127.0.0.1"):
        handshake(context, "frontend", host, client="client")
    handshake(context, "internode", "internode", client="internode")
    handshake(context, "ui", "localhost")
    handshake(context, "frontend", "temporal", client="ui")
    for server, host, client in (
        ("frontend", "example.com", None),
        ("client", "localhost", None),
        ("frontend", "localhost", "frontend"),
    ):
        with pytest.raises(ssl.SSLError):
            handshake(context, server, host, client)


def test_only_this_user_can_read_the_keys(context: AddonContext) -> None:
    """And the directories; what containers mount has none."""
    mounted = tls.prepare(context, [])
    for path in (context.own_files, context.shared_files):
        assert {path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777} == {0o700}
        assert {file.stat().st_mode & 0o777 for file in path.iterdir()} == {0o600}
    assert set(mounted) == {"ca.pem", *(f"{name}.pem" for name in NAMES)}
    assert not any(b"PRIVATE KEY" in text for text in mounted.values())


def test_what_is_there_and_good_stays(context: AddonContext) -> None:
    """Other certificates would make containers anew; those of another stack are of the same authority."""
    first = tls.prepare(context, [])
    before = contents(context.own_files)
    assert tls.prepare(context, []) == first
    assert contents(context.own_files) == before
    assert warnings(context) == []
    other = context_at(context.shared_files.parents[1], name="bank")
    assert tls.prepare(other, [])["ca.pem"] == first["ca.pem"]


def test_the_login_has_a_certificate_from_when_it_is_on(context: AddonContext) -> None:
    """And nobody is told of one that was made anew: it was not there."""
    tls.prepare(context, [])
    tls.prepare(replace(context, on=frozenset({"login"})), [])
    assert "login.pem" in contents(context.own_files)
    assert warnings(context) == []


def begin(context: AddonContext) -> bytes:
    tls.check(context)
    return tls.prepare(context, [])["ca.pem"]


def test_two_stacks_that_begin_at_once_have_one_authority(tmp_path: Path) -> None:
    """Whoever is first makes it."""
    contexts = [context_at(tmp_path, name=f"stack-{number}") for number in range(8)]
    with ThreadPoolExecutor(len(contexts)) as at_once:
        made = list(at_once.map(begin, contexts))
    assert len(set(made)) == 1


def test_clients_are_told_of_their_files(tmp_path: Path) -> None:
    """Of those of their own only where the server demands them."""
    files = tmp_path / "shop" / "addons" / "tls"
    assert tls.access(context_at(tmp_path)).tls == ClientTls(authority=f"{files}/ca.pem")
    assert tls.access(context_at(tmp_path, demands=True)).tls == ClientTls(
        authority=f"{files}/ca.pem", certificate=f"{files}/client.pem", key=f"{files}/client.key"
    )


def reissue(context: AddonContext, *, begins: timedelta) -> None:
    pair = authority_of(context).issue("client", Wanted(usages=("client",)), utc_now() + begins)
    pair.write(context.own_files, "client")


def of_a_stranger(context: AddonContext) -> None:
    stranger = Authority.make(context.own_files.parent, utc_now())
    stranger.issue("client", Wanted(usages=("client",)), utc_now()).write(context.own_files, "client")


PRIME239V1 = """\
-----BEGIN PRIVATE KEY-----
MIGBAgEAMBMGByqGSM49AgEGCCqGSM49AwEEBGcwZQIBAQQeeNqE4FgnjI6s9PRy
oO2D4xlLzxVj37qESQXRzPjooUADPgAEIv3uNQC0K8pmQ3uDW3brm+F4OB79Vm47
Dt8aspICfwIMeTkO+U8uwtFu2VBBAKeDZlCVsx1DsXdRz4lV
-----END PRIVATE KEY-----
"""


SPOILED: dict[str, tuple[Callable[[AddonContext], object], str]] = {
    "expired": (lambda context: reissue(context, begins=-91 * DAY), "client.pem: has expired on "),
    "soon over": (lambda context: reissue(context, begins=-61 * DAY), "client.pem: ends on "),
    "clock set back": (
        lambda context: reissue(context, begins=2 * DAY),
        "client.pem: is valid only from ",
    ),
    "foreign": (of_a_stranger, "client.pem: is signed by another authority"),
    "broken": (
        lambda context: (context.own_files / "client.pem").write_text("-----BEGIN CERT"),
        "client.pem: is no certificate in PEM",
    ),
    "key on a curve that nobody uses": (
        lambda context: (context.own_files / "client.key").write_text(PRIME239V1),
        "client.key: is a key that cannot be used: Curve 1.2.840.10045.3.1.4 is not supported",
    ),
    "broken key": (
        lambda context: (context.own_files / "client.key").write_text("key"),
        "client.key: is no private key in PEM, or an encrypted one",
    ),
    "another key": (
        lambda context: (context.own_files / "client.key").write_bytes(
            (context.own_files / "ui.key").read_bytes()
        ),
        "client.key: is not the key of client.pem",
    ),
    "key for all": (
        lambda context: (context.own_files / "client.key").chmod(0o644),
        "client.key: can be read by others (mode 0644)",
    ),
    "no key": (lambda context: (context.own_files / "client.key").unlink(), "client.key: is missing"),
}


@pytest.mark.parametrize(("spoil", "reason"), SPOILED.values(), ids=SPOILED)
def test_a_certificate_that_is_of_no_use_is_made_anew_and_that_is_said(
    context: AddonContext, spoil: Callable[[AddonContext], object], reason: str
) -> None:
    """With the file and the reason; all others stay."""
    tls.prepare(context, [])
    before = contents(context.own_files)
    spoil(context)
    after = tls.prepare(context, [])
    [warning] = warnings(context)
    assert warning.startswith(f"a certificate is made anew: {context.own_files}/{reason}")
    assert after["client.pem"] != before["client.pem"]
    assert after["frontend.pem"] == before["frontend.pem"]
    handshake(context, "frontend", "localhost", client="client")
    assert tls.alerts(context) == []


def test_another_address_needs_another_certificate(context: AddonContext) -> None:
    """It is for the address that clients use."""
    tls.prepare(context, [])
    elsewhere = context_at(context.shared_files.parents[1], host="192.0.2.7")
    tls.prepare(elsewhere, [])
    assert [warning.partition(": ")[2].rpartition("/")[2] for warning in warnings(elsewhere)] == [
        "frontend.pem: is not for temporal, localhost, 127.0.0.1, ::1, 192.0.2.7",
        "ui.pem: is not for ui, localhost, 127.0.0.1, ::1, 192.0.2.7",
    ]
    handshake(elsewhere, "frontend", "192.0.2.7")


def test_status_tells_of_certificates_before_they_are_of_no_use(context: AddonContext) -> None:
    """And of those that are already."""
    tls.prepare(context, [])
    assert tls.alerts(context) == []
    reissue(context, begins=-89 * DAY)
    [soon] = tls.alerts(context)
    assert soon.startswith(f"{context.own_files}/client.pem: ends on ")
    assert soon.endswith(": `devenv up` makes it anew")
    (context.own_files / "ui.pem").unlink()
    assert tls.alerts(context)[0] == f"{context.own_files}/ui.pem: is missing: `devenv up` makes it anew"


def authority(begins: timedelta) -> Callable[[Path], object]:
    return lambda directory: Authority.make(directory, utc_now() + begins)


def no_authority(directory: Path) -> None:
    made = Authority.make(directory, utc_now())
    made.issue("ca", Wanted(), utc_now()).write(directory, "ca")


def intermediate(directory: Path) -> None:
    of_trustme(directory, trustme.CA().create_child_ca())


def of_trustme(directory: Path, made: trustme.CA | None = None) -> None:
    """Another program's authority, such as that of a company."""
    made = made or trustme.CA()
    made.cert_pem.write_to_path(directory / "ca.pem")
    made.private_key_pem.write_to_path(directory / "ca.key")
    (directory / "ca.key").chmod(0o600)


WRONG_AUTHORITIES: dict[str, tuple[Callable[[Path], object], str]] = {
    "expired": (authority(-3651 * DAY), "ca.pem: has expired on "),
    "clock set back": (authority(2 * DAY), "ca.pem: is valid only from "),
    "key for all": (lambda directory: (directory / "ca.key").chmod(0o640), "ca.key: can be read by others"),
    "no key": (lambda directory: (directory / "ca.key").unlink(), "ca.key: is missing"),
    "broken": (lambda directory: (directory / "ca.pem").write_text("x"), "ca.pem: is no certificate in PEM"),
    "intermediate": (intermediate, "ca.pem: is signed by another authority"),
    "no authority": (no_authority, "ca.pem: is no certificate of an authority"),
    "half of another": (
        lambda directory: (directory / "ca.pem").write_bytes(trustme.CA().cert_pem.bytes()),
        "ca.key: is not the key of ca.pem",
    ),
}


@pytest.mark.parametrize(("spoil", "reason"), WRONG_AUTHORITIES.values(), ids=WRONG_AUTHORITIES)
def test_an_authority_that_cannot_sign_is_refused_before_anything_is_touched(
    context: AddonContext, spoil: Callable[[Path], object], reason: str
) -> None:
    """Clients of other stacks trust it: it is not replaced behind their backs."""
    tls.prepare(context, [])
    spoil(context.shared_files)
    before = contents(context.shared_files)
    for function in (tls.check, lambda each: tls.prepare(each, [])):
        with pytest.raises(CertificateInvalidError) as caught:
            function(context)
        assert caught.value.message.startswith(f"{context.shared_files}/{reason}")
        assert f"move {context.shared_files} away" in str(caught.value.hint)
    assert contents(context.shared_files) == before


def test_an_authority_of_the_users_own_is_used(context: AddonContext) -> None:
    """Certificates of before are made anew: another one has signed them."""
    tls.prepare(context, [])
    of_trustme(context.shared_files)
    tls.check(context)
    tls.prepare(context, [])
    assert len(warnings(context)) == len(NAMES)
    handshake(context, "frontend", "localhost", client="client")


@contextmanager
def server(pair: Path | None, *, demands: Path | None = None) -> Iterator[tuple[str, int]]:
    """Yield the address of a server that answers one client as gRPC's does."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if pair:
        context.load_cert_chain(pair.with_suffix(".pem"), pair.with_suffix(".key"))
    if demands:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(demands)

    def serve() -> None:
        plain, _ = listening.accept()
        with (
            plain,
            suppress(OSError),
            context.wrap_socket(plain, server_side=True) if pair else plain as taken,
        ):
            if taken.recv(len(GREETING)):
                taken.sendall(bytes((0, 0, 0, 4, 0, 0, 0, 0, 0)))

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = Thread(target=serve, daemon=True)
        thread.start()
        yield listening.getsockname()
        thread.join()


def test_who_gets_in_is_seen_from_outside(context: AddonContext) -> None:
    """By a plain server, by one with TLS, and by one that demands certificates."""
    tls.prepare(context, [])
    pair, authority = context.own_files / "frontend", context.own_files / "ca.pem"
    expected = {
        (None, None): (True, False),
        (pair, None): (False, True),
        (pair, authority): (False, False),
    }
    for (own, demands), (takes_plain, takes_tls) in expected.items():
        with server(own, demands=demands) as address:
            assert is_taken(address, None) is takes_plain
        with server(own, demands=demands) as address:
            assert is_taken(address, str(authority)) is takes_tls
    assert not is_taken(("127.0.0.1", 1), None)


def test_ready_means_that_others_are_refused(tmp_path: Path) -> None:
    """A server without TLS at the stack's address is missing something."""
    with server(None) as (_, port):
        context = context_at(tmp_path)
        open_to_all = AddonContext(
            *(context.stack, context.engine, Ports.of(grpc=port), context.settings, context.reporter),
            own_files=context.own_files,
            shared_files=context.shared_files,
        )
        assert tls.after_ready(open_to_all) == ["a client in plain text is not refused yet"]
    tls.before_down(context)
