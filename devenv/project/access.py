"""What clients of a stack need beside its address, as the add-ons that are on say it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from devenv.files.strict import StrictModel

if TYPE_CHECKING:
    from collections.abc import Iterable


class ClientTls(StrictModel):
    """TLS to the server: PEM files, by their absolute paths.

    `authority` is who signed the certificates of the server. `certificate` and `key` are those of a client,
    empty where the server demands none.
    """

    authority: str
    certificate: str = ""
    key: str = ""


class ClientLogin(StrictModel):
    """The server answers who shows a token that `issuer`, a URL, or devenv in its name has made."""

    issuer: str


class Access(StrictModel):
    """How clients get in; by default whoever has the address does, in plain text."""

    tls: ClientTls | None = None
    login: ClientLogin | None = None

    @classmethod
    def of(cls, parts: Iterable[Access]) -> Access:
        """Return what clients need where each add-on asks for a part."""
        known = list(parts)
        return cls(
            tls=next((each.tls for each in known if each.tls), None),
            login=next((each.login for each in known if each.login), None),
        )

    def refuses(self, before: Access) -> bool:
        """Whether clients that connect as it was `before` get in no more."""
        demands = bool(self.tls and self.tls.certificate)
        had_certificate = bool(before.tls and before.tls.certificate)
        has_other_tls = bool(self.tls) is not bool(before.tls) or (demands and not had_certificate)
        return has_other_tls or (bool(self.login) and not before.login)

    @property
    def in_words(self) -> str:
        """What it is, for people."""
        return f"{self._transport} and a token" if self.login else self._transport

    @property
    def _transport(self) -> str:
        if self.tls is None:
            return "plain text"
        return "TLS with a client certificate" if self.tls.certificate else "TLS"


@dataclass(frozen=True)
class Credentials:
    """With what one client connects: by TLS or in plain text, with a token where it needs one."""

    tls: ClientTls | None = None
    api_key: str | None = field(default=None, repr=False)


ANYBODY = Credentials()
"""A client that shows nothing, in plain text."""
