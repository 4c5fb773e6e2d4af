"""What clients of a stack need beside its address, as the add-ons that are on say it."""

from __future__ import annotations

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


class Access(StrictModel):
    """How clients get in; by default whoever has the address does, in plain text."""

    tls: ClientTls | None = None

    @classmethod
    def of(cls, parts: Iterable[Access]) -> Access:
        """Return what clients need where each add-on asks for a part."""
        return cls(tls=next((each.tls for each in parts if each.tls), None))

    def refuses(self, before: Access) -> bool:
        """Whether clients that connect as it was `before` get in no more."""
        demands = bool(self.tls and self.tls.certificate)
        had_certificate = bool(before.tls and before.tls.certificate)
        return bool(self.tls) is not bool(before.tls) or (demands and not had_certificate)

    @property
    def in_words(self) -> str:
        """What it is, for people."""
        if self.tls is None:
            return "plain text"
        return "TLS with a client certificate" if self.tls.certificate else "TLS"
