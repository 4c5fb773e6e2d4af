"""The certificates of stacks, and the authority of this user that signs them; nothing else trusts it."""

from __future__ import annotations

import ipaddress
import stat
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, cast

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from devenv.files.atomic import explained, make_directory, read_if_there, write_atomically

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPublicKeyTypes

# As usual in production: short enough that somebody has seen a renewal before it matters.
LIFETIME = timedelta(days=90)
RENEWED_BEFORE = timedelta(days=30)
LIFETIME_OF_AUTHORITY = timedelta(days=3650)
# Clocks of containers and of virtual machines are behind at times.
TOLERANCE = timedelta(hours=1)
PRIVATE = 0o600
CERTIFICATE_OF_AUTHORITY = "ca.pem"
SIGNS_CERTIFICATES = x509.KeyUsage(
    key_cert_sign=True,
    crl_sign=True,
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    encipher_only=False,
    decipher_only=False,
)
USAGES = {"server": ExtendedKeyUsageOID.SERVER_AUTH, "client": ExtendedKeyUsageOID.CLIENT_AUTH}

PrivateKey = EllipticCurvePrivateKey | RSAPrivateKey


class CertificateError(Exception):
    """A certificate or a key cannot be used; `file` is which, the message says why."""

    def __init__(self, file: Path, reason: str) -> None:
        super().__init__(f"{file}: {reason}")
        self.file = file
        self.reason = reason


@dataclass(frozen=True)
class Wanted:
    """A certificate as it is to be: for which names and addresses, and who shows it, `server` or `client`."""

    hosts: Collection[str] = ()
    usages: Collection[str] = ("server",)

    @property
    def names(self) -> list[x509.GeneralName]:
        """The hosts as a certificate has them."""
        return [_general_name(host) for host in self.hosts]


@dataclass(frozen=True)
class Pair:
    """A certificate and its key, `NAME.pem` and `NAME.key` in one directory."""

    certificate: x509.Certificate
    key: PrivateKey

    @property
    def pem(self) -> bytes:
        """The certificate as text."""
        return self.certificate.public_bytes(Encoding.PEM)

    def write(self, directory: Path, name: str) -> None:
        """Write both, for this user alone; the key first, for a certificate without one is of no use."""
        text = self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        write_atomically(directory / f"{name}.key", text, PRIVATE)
        write_atomically(directory / f"{name}.pem", self.pem, PRIVATE)


def read_pair(directory: Path, name: str, now: datetime) -> Pair | None:
    """Return the pair, which can be used for a while from `now` on; None where neither file is there.

    Raises:
        CertificateError: It is there in part, or cannot be used.
    """
    files = [directory / f"{name}.key", directory / f"{name}.pem"]
    missing = [file for file in files if not file.is_file()]
    if len(missing) == len(files):
        return None
    if missing:
        raise CertificateError(missing[0], "is missing")
    return Pair(read_certificate(files[1], now), _read_key(*files))


def read_certificate(file: Path, now: datetime, margin: timedelta = RENEWED_BEFORE) -> x509.Certificate:
    """Return a certificate that is valid from `now` on, for at least `margin`.

    Raises:
        CertificateError: It is not, or is none.
    """
    content = read_if_there(file)
    if content is None:
        raise CertificateError(file, "is missing")
    try:
        certificate = x509.load_pem_x509_certificate(content)
    except ValueError:
        raise CertificateError(file, "is no certificate in PEM") from None
    if certificate.not_valid_before_utc > now:
        begin = certificate.not_valid_before_utc
        raise CertificateError(
            file, f"is valid only from {begin:%Y-%m-%d %H:%M} UTC on, and the clock says {now:%Y-%m-%d %H:%M}"
        )
    end = certificate.not_valid_after_utc
    if end < now + margin:
        raise CertificateError(file, f"{'has expired' if end < now else 'ends'} on {end:%Y-%m-%d}")
    return certificate


def _read_key(file: Path, of: Path) -> PrivateKey:
    with explained("read", file):
        mode, content = stat.S_IMODE(file.stat().st_mode), file.read_bytes()
    if mode & 0o077:
        raise CertificateError(file, f"can be read by others (mode {mode:04o})")
    try:
        key = load_pem_private_key(content, password=None)
    except (ValueError, TypeError):
        raise CertificateError(file, "is no private key in PEM, or an encrypted one") from None
    except UnsupportedAlgorithm as error:
        raise CertificateError(file, f"is a key that cannot be used: {error}") from None
    if not isinstance(key, PrivateKey):
        raise CertificateError(file, "is neither an EC nor an RSA key")
    if key.public_key() != x509.load_pem_x509_certificate(of.read_bytes()).public_key():
        raise CertificateError(file, f"is not the key of {of.name}")
    return key


class Authority:
    """Who signs the certificates of all stacks of this user."""

    def __init__(self, pair: Pair) -> None:
        self._pair = pair

    @property
    def certificate(self) -> x509.Certificate:
        """Its own, which it has signed itself."""
        return self._pair.certificate

    @property
    def pem(self) -> bytes:
        """Its certificate as text."""
        return self._pair.pem

    @classmethod
    def read(cls, directory: Path, now: datetime) -> Authority | None:
        """Return the authority that is kept in `directory`, None if there is none.

        Raises:
            CertificateError: It cannot sign.
        """
        pair = read_pair(directory, "ca", now)
        if pair is None:
            return None
        try:
            is_authority = pair.certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
        except x509.ExtensionNotFound:
            is_authority = False
        if not is_authority:
            raise CertificateError(directory / CERTIFICATE_OF_AUTHORITY, "is no certificate of an authority")
        # Clients get this one alone, and many trust no authority that another one has signed.
        if pair.certificate.issuer != pair.certificate.subject:
            raise CertificateError(directory / CERTIFICATE_OF_AUTHORITY, "is signed by another authority")
        return cls(pair)

    @classmethod
    def make(cls, directory: Path, now: datetime) -> Authority:
        """Return a new authority, which is kept in `directory` from now on."""
        key = generate_private_key(SECP256R1())
        name = _name(f"devenv on this machine, {now:%Y-%m-%d %H:%M:%S}")
        certificate = (
            _builder(name, key, now, now + LIFETIME_OF_AUTHORITY)
            .issuer_name(name)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(SIGNS_CERTIFICATES, critical=True)
            .sign(key, SHA256())
        )
        pair = Pair(certificate, key)
        pair.write(directory, "ca")
        return cls(pair)

    def issue(self, name: str, wanted: Wanted, now: datetime) -> Pair:
        """Return a new certificate that begins shortly before `now`."""
        key = generate_private_key(SECP256R1())
        end = min(now + LIFETIME, self._pair.certificate.not_valid_after_utc)
        builder = (
            _builder(_name(name), key, now, end)
            .issuer_name(self._pair.certificate.subject)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage([USAGES[each] for each in wanted.usages]), critical=False)
            .add_extension(_identifier_of(self._pair.certificate), critical=False)
        )
        if wanted.hosts:
            builder = builder.add_extension(x509.SubjectAlternativeName(wanted.names), critical=False)
        return Pair(builder.sign(self._pair.key, SHA256()), key)


def problem_of(directory: Path, name: str, wanted: Wanted, authority: x509.Certificate, now: datetime) -> str:
    """Return why a certificate of the stack cannot be used for a while from `now` on; empty if it can.

    It is to be signed by `authority`, and for what is wanted.
    """
    file = directory / f"{name}.pem"
    try:
        pair = read_pair(directory, name, now)
        if pair is None:
            return f"{file}: is missing"
        pair.certificate.verify_directly_issued_by(authority)
    except CertificateError as error:
        return str(error)
    except (ValueError, TypeError, InvalidSignature):
        return f"{file}: is signed by another authority"
    if _names_of(pair.certificate) != wanted.names:
        return f"{file}: is not for {', '.join(wanted.hosts)}"
    return ""


def renew(authority: Authority, directory: Path, wanted: Mapping[str, Wanted], now: datetime) -> list[str]:
    """Have in `directory` the certificates that are wanted, by name; return why some are made anew.

    Those that were not there are made without a word. `ca.pem` beside them is the authority's.
    """
    known = {name for name in wanted if (directory / f"{name}.pem").exists()}
    make_directory(directory, 0o700)
    problems = {
        name: problem
        for name, each in wanted.items()
        if (problem := problem_of(directory, name, each, authority.certificate, now))
    }
    for name in problems:
        authority.issue(name, wanted[name], now).write(directory, name)
    write_atomically(directory / CERTIFICATE_OF_AUTHORITY, authority.pem, PRIVATE)
    return [problem for name, problem in problems.items() if name in known]


def utc_now() -> datetime:
    """Return the time by the clock of this machine, in whole seconds as certificates have it."""
    return datetime.now(UTC).replace(microsecond=0)


def _builder(name: x509.Name, key: PrivateKey, now: datetime, end: datetime) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - TOLERANCE)
        .not_valid_after(end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _identifier_of(authority: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    """Return how certificates name who signed them: as the authority calls its key itself, if it does."""
    try:
        own = authority.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    except x509.ExtensionNotFound:
        key = cast("CertificateIssuerPublicKeyTypes", authority.public_key())
        return x509.AuthorityKeyIdentifier.from_issuer_public_key(key)
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(own)


def _names_of(certificate: x509.Certificate) -> list[x509.GeneralName]:
    try:
        return list(certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value)
    except x509.ExtensionNotFound:
        return []


def _name(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)
