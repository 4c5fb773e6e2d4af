"""The add-on `tls`: certificates of server, Web UI and clients, and the proof that others are refused."""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from devenv.addons.tls.certificates import (
    CERTIFICATE_OF_AUTHORITY,
    Authority,
    CertificateError,
    Wanted,
    problem_of,
    read_certificate,
    renew,
    utc_now,
)
from devenv.addons.tls.refusal import is_taken
from devenv.errors import CertificateInvalidError
from devenv.events import warn
from devenv.files.atomic import make_directory
from devenv.project.access import Access, ClientTls
from devenv.project.services import LOOPBACK

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from devenv.addons import AddonContext

SETTING = "client_certificates"
# Members of the server know each other by this name, whatever their addresses are.
INTERNODE = "internode"
# The add-on, its service and its certificate.
LOGIN = "login"


def check(context: AddonContext) -> None:
    """Return if the authority of this user, where there is one, can sign.

    Raises:
        CertificateInvalidError: It cannot.
    """
    if context.shared_files.is_dir():
        with _alone(context.shared_files):
            _read_authority(context.shared_files)


def access(context: AddonContext) -> Access:
    """Return the files of TLS, that of the client only where it is asked for."""
    files = context.own_files
    tls = ClientTls(authority=str(files / CERTIFICATE_OF_AUTHORITY))
    if context.settings[SETTING]:
        tls = ClientTls(
            authority=tls.authority, certificate=str(files / "client.pem"), key=str(files / "client.key")
        )
    return Access(tls=tls)


def prepare(context: AddonContext, namespaces: Sequence[str]) -> Mapping[str, bytes]:  # noqa: ARG001  as `AddonModule` says
    """Have all certificates, and return them, without keys: with other ones the containers are made anew.

    Why one was made anew is a warning.

    Raises:
        CertificateInvalidError: As `check`.
    """
    wanted = _wanted(context)
    with _alone(context.shared_files):
        authority = _read_authority(context.shared_files) or Authority.make(context.shared_files, utc_now())
    make_directory(context.own_files.parent, 0o700)
    for reason in renew(authority, context.own_files, wanted, utc_now()):
        warn(context.reporter, f"a certificate is made anew: {reason}")
    names = [CERTIFICATE_OF_AUTHORITY, *(f"{name}.pem" for name in wanted)]
    return {name: (context.own_files / name).read_bytes() for name in names}


def after_ready(context: AddonContext) -> Sequence[str]:
    """Return which clients still get in that must not."""
    address, tls = (context.ports.host, context.ports["grpc"]), access(context).tls
    assert tls is not None  # noqa: S101  for the type
    taken = ["in plain text"] if is_taken(address, None) else []
    if tls.certificate and is_taken(address, tls.authority):
        taken.append("without a certificate")
    return [f"a client {each} is not refused yet" for each in taken]


def alerts(context: AddonContext) -> Sequence[str]:
    """Return which certificates cannot be used, or not much longer."""
    files, now = context.own_files, utc_now()
    try:
        authority = read_certificate(files / CERTIFICATE_OF_AUTHORITY, now)
    except CertificateError as error:
        return [f"{error}: run `devenv up`"]
    wanted = _wanted(context)
    problems = (problem_of(files, name, each, authority, now) for name, each in wanted.items())
    return [f"{problem}: `devenv up` makes it anew" for problem in problems if problem]


def before_down(context: AddonContext) -> None:
    """Do nothing: the certificates go with the data of the stack."""


def _wanted(context: AddonContext) -> dict[str, Wanted]:
    """Return the certificates of the stack, for where its clients find it; each service has its own."""
    local = dict.fromkeys(("localhost", LOOPBACK, "::1", context.ports.host))
    # The pages of the add-on `login`, and the Web UI behind them.
    pages = {LOGIN: Wanted((LOGIN, *local))} if LOGIN in context.on else {}
    return {
        "frontend": Wanted(("temporal", *local)),
        # The internal frontend shows it to whoever asks there, too.
        INTERNODE: Wanted((INTERNODE, "internal-frontend"), ("server", "client")),
        "ui": Wanted(("ui", *local), ("server", "client")),
        "client": Wanted((), ("client",)),
        **pages,
    }


def _read_authority(directory: Path) -> Authority | None:
    try:
        return Authority.read(directory, utc_now())
    except CertificateError as error:
        raise CertificateInvalidError(error.file, error.reason, directory) from error


@contextmanager
def _alone(directory: Path) -> Iterator[None]:
    """Keep other processes of this user from making another authority at the same time."""
    for private in (directory.parent, directory):
        make_directory(private, 0o700)
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
