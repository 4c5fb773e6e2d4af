"""Connections to servers that are no stack of ours: TLS, API keys, profiles, and what can be wrong."""

from __future__ import annotations

import asyncio
import os
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from temporalio.envconfig import ClientConfigProfile, ClientConfigTLS
from temporalio.service import ConnectConfig, RPCError, RPCStatusCode, TLSConfig

from devenv.errors import (
    DevenvError,
    InvalidInputError,
    ServerRejectedError,
    ServerUnreachableError,
)
from devenv.files.strict import HIGHEST_PORT
from devenv.files.text import TextError, read_bytes
from devenv.temporal.config_file import config_file
from devenv.temporal.connection import IDENTITY, TLS_FAILURES, Connection, reason

if TYPE_CHECKING:
    from temporalio.envconfig import DataSource
    from temporalio.service import ServiceClient

    from devenv.temporal.protocol import Server

CONNECT_TIMEOUT = timedelta(seconds=10)

_ADDRESS = re.compile(r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:]+\]):(\d{1,5})", re.ASCII)
_PARSE_ERROR = re.compile(r"TOML parse error at line (?P<line>\d+), column (?P<column>\d+)")
# A value of the file after the name of its type, as in: invalid type: integer `5`.
_QUOTED = re.compile(r"\b(string|integer|float|boolean|datetime|character) (?:`.*`|\".*\")")
_STATUS = re.compile(r"Status \{ code: (\w+)")
_STATUSES = {
    "PermissionDenied": RPCStatusCode.PERMISSION_DENIED,
    "Unauthenticated": RPCStatusCode.UNAUTHENTICATED,
    "Unimplemented": RPCStatusCode.UNIMPLEMENTED,
    "InvalidArgument": RPCStatusCode.INVALID_ARGUMENT,
}
_ELSEWHERE = "check the address, and whether this machine may reach it"
_GIVE_CERTIFICATE = "give one with `--tls-client-cert-path FILE` and `--tls-client-key-path FILE`"
_ENDED = ("transport error", "operation was canceled")
_HINTS_OF_TLS = {
    "UnknownIssuer": "name the authority's certificate: `--tls-server-ca-cert-path FILE`",
    "NotValidForName": "name the server as its certificate does: `--tls-server-name NAME`",
    "InvalidCertificate(Expired": "have the certificate of the server renewed",
    "InvalidContentType": "say `--no-tls`",
    "CertificateRequired": _GIVE_CERTIFICATE,
    "CertificateExpired": "have it renewed",
    "UnknownCA": _GIVE_CERTIFICATE,
    "PrivateKeyParseError": "check `--tls-client-key-path`",
}
# What the SDK's native core says, what it means, and what helps.
_MEANINGS = (
    *((word, meaning, _HINTS_OF_TLS.get(word, _ELSEWHERE)) for word, meaning in TLS_FAILURES.items()),
    ("dns error", "there is no host of that name", _ELSEWHERE),
    ("Connection refused", "nobody listens there", _ELSEWHERE),
    ("Timeout expired", "it does not answer in time", _ELSEWHERE),
)


class ConnectionElsewhere(Connection):
    """A connection whose failures are explained to somebody who does not run the server."""

    async def _connect(self, config: ConnectConfig) -> ServiceClient:
        # Without a limit of our own a server that says nothing is waited for half a minute.
        seconds = CONNECT_TIMEOUT.total_seconds()
        try:
            return await asyncio.wait_for(super()._connect(config), seconds)
        except TimeoutError:
            raise RuntimeError(f"Timeout expired: no answer in {seconds:.0f} s") from None
        except ValueError as error:
            raise RuntimeError(f"the connection cannot be described: {error}") from None

    def to_error(self, error: RPCError | RuntimeError, what: str) -> DevenvError:
        """Return the failure in devenv's terms, with a hint for somebody elsewhere."""
        status = _STATUS.search(str(error)) if isinstance(error, RuntimeError) else None
        if status and status[1] in _STATUSES:
            # The first question is asked while connecting; its refusal is no want of a connection.
            error = RPCError(reason(error), _STATUSES[status[1]], b"")
        found = super().to_error(error, what)
        if isinstance(found, ServerUnreachableError):
            return self._unreachable(str(error), found.details[0])
        if isinstance(found, ServerRejectedError):
            return found.with_hint("ask those who run that server")
        return found

    def _unreachable(self, said: str, short: str) -> ServerUnreachableError:
        for word, meaning, hint in _MEANINGS:
            if word in said:
                return ServerUnreachableError(self.address, meaning, hint)
        if any(words in said for words in _ENDED):
            meaning, hint = self._why_ended()
            return ServerUnreachableError(self.address, meaning, hint)
        return ServerUnreachableError(self.address, short, _ELSEWHERE)

    def _why_ended(self) -> tuple[str, str]:
        """Return what a server most likely misses that ends the connection without a word."""
        tls = self._config.tls
        if not tls and not self._config.api_key:
            return "it ends the connection of a client without TLS", "a server that wants TLS needs `--tls`"
        if isinstance(tls, TLSConfig) and tls.client_cert:
            return "it ends the connection", _ELSEWHERE
        # With TLS 1.3 it says so after the client thinks itself connected; often only the end is seen.
        return "it ends the connection, and may demand a client certificate", _GIVE_CERTIFICATE


def connect(server: Server) -> ConnectionElsewhere:
    """Return a connection to `server`; its environment variables are not read.

    Raises:
        InvalidInputError: What is said about it cannot be used.
    """
    profile = _profile(server)
    address = server.address or profile.address
    if not address:
        place = f"the profile {server.profile or 'default'}"
        raise InvalidInputError("names no address", place=place, hint="give one with `--address HOST:PORT`")
    api_key = server.api_key or profile.api_key
    secured = _read_files(_tls(server, profile.tls, is_implied=api_key is not None)).to_connect_tls_config()
    return ConnectionElsewhere(
        ConnectConfig(
            target_host=_checked(address),
            api_key=api_key,
            tls=secured,
            rpc_metadata=profile.grpc_meta,
            identity=IDENTITY,
        )
    )


def _profile(server: Server) -> ClientConfigProfile:
    if server.profile is None and server.config_file is None:
        return ClientConfigProfile()
    content = _config_file(server)
    try:
        return ClientConfigProfile.load(server.profile, config_source=content, disable_env=True)
    except (RuntimeError, OSError) as error:
        raise _profile_problem(server, str(error)) from None


def _config_file(server: Server) -> bytes:
    """Return the content of the file of profiles; the usual one need not exist."""
    file = _profile_file(server)
    if server.config_file is None and not os.path.lexists(file):
        return b""
    return _read(file, hint="name the TOML file of Temporal's configuration")


def _profile_file(server: Server) -> Path:
    return server.config_file or config_file()


def _read_files(tls: ClientConfigTLS) -> ClientConfigTLS:
    """Return the settings with the content of files in the place of their paths."""
    if tls.disabled:
        return tls
    return replace(
        tls,
        server_root_ca_cert=_content(tls.server_root_ca_cert),
        client_cert=_content(tls.client_cert),
        client_private_key=_content(tls.client_private_key),
    )


def _content(source: DataSource | None) -> DataSource | None:
    return _read(source, hint="name a PEM file") if isinstance(source, Path) else source


def _read(file: Path, *, hint: str) -> bytes:
    try:
        return read_bytes(file)
    except TextError as error:
        raise InvalidInputError(error.reason, place=file, hint=hint) from None


def _profile_problem(server: Server, said: str) -> InvalidInputError:
    """Return what is wrong with the file of profiles; it may hold a key, so nothing of it is quoted."""
    file = _profile_file(server)
    if at := _PARSE_ERROR.search(said):
        reason = _QUOTED.sub(r"\1", said.strip().rpartition("\n")[2])
        return InvalidInputError(
            f"cannot be read: {reason}",
            place=f"{file}:{at['line']}:{at['column']}",
            hint="correct the file; `temporal config` writes it too",
        )
    reason = said.partition("\n")[0]
    return InvalidInputError(
        f"cannot be used: {reason} in {file}",
        place=f"the profile {server.profile or 'default'}",
        hint="`temporal config list` lists the profiles",
    )


def _tls(server: Server, profile: ClientConfigTLS | None, *, is_implied: bool) -> ClientConfigTLS:
    """Return the TLS settings of the profile under those of the options, which turn it on."""
    base = profile or ClientConfigTLS()
    given = ClientConfigTLS(
        server_name=server.tls_server_name or base.server_name,
        server_root_ca_cert=server.tls_server_ca_cert_path or base.server_root_ca_cert,
        client_cert=server.tls_client_cert_path or base.client_cert,
        client_private_key=server.tls_client_key_path or base.client_private_key,
    )
    if server.tls is not None:
        return replace(given, disabled=not server.tls)
    if given != replace(base, disabled=None):
        return replace(given, disabled=False)
    return replace(given, disabled=bool(base.disabled) if profile else not is_implied)


def _checked(address: str) -> str:
    match = _ADDRESS.fullmatch(address)
    if not match or not 0 < int(match[1]) <= HIGHEST_PORT:
        raise InvalidInputError(
            f'"{address}" is not an address',
            place="--address",
            hint="write HOST:PORT, such as localhost:7233",
        )
    return address
