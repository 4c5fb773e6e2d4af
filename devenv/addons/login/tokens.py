"""Tokens as the server's default claim mapper reads them, signed with the key of the stack's provider."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

# Whom tokens are for: the server, and the Web UI, which passes those of the HTTP API on to it.
AUDIENCE, WEB_UI = "temporal", "temporal-ui"
PERMISSIONS = "permissions"
ALGORITHM = "RS256"
_KEY_BITS = 2048
# A container's clock may be behind this machine's, and the server refuses tokens of the future.
SKEW = timedelta(minutes=1)


@dataclass(frozen=True)
class Account:
    """Somebody who calls the server, and what the token says that it may do, as `NAMESPACE:ROLE`."""

    name: str
    permissions: Sequence[str]


DEVENV = Account("devenv", ["temporal-system:admin"])
"""devenv itself, which declares namespaces and proves that all of them can be used."""


TESTS = Account("tests", ["temporal-system:write"])
"""Tests, which work in namespaces that were made a moment ago."""


def service(namespaces: Sequence[str]) -> Account:
    """Return who the workers of the project are: they may write in its `namespaces`."""
    return Account("service", [f"{name}:write" for name in namespaces])


def new_key() -> str:
    """Return a new private key as text (PKCS #8, base64)."""
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 - most commands sign nothing
    from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: PLC0415

    der = rsa.generate_private_key(public_exponent=65537, key_size=_KEY_BITS).private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return base64.b64encode(der).decode()


def is_key(text: str) -> bool:
    """Whether `text` is a private key, as `new_key` returns it."""
    try:
        _load(text)
    except ValueError:
        return False
    return True


def key_id(key: str) -> str:
    """Return what tokens call the `key` that has signed them: what Keycloak calls a key by itself."""
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415

    der = (
        _load(key)
        .public_key()
        .public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    return base64.urlsafe_b64encode(hashlib.sha256(der).digest()).decode().rstrip("=")


def key_set(key: str) -> bytes:
    """Return the public half of `key` as a JSON Web Key Set, which the server verifies tokens with."""
    public = {**_public(key), "kid": key_id(key), "use": "sig", "alg": ALGORITHM}
    return json.dumps({"keys": [public]}).encode()


def sign(key: str, issuer: str, account: Account, lifetime: timedelta) -> str:
    """Return a token of `account`, valid from now on for `lifetime`."""
    now = datetime.now(UTC)
    claims = {
        "iss": issuer,
        "sub": account.name,
        "aud": [AUDIENCE, WEB_UI],
        "iat": now - SKEW,
        "exp": now + lifetime,
        PERMISSIONS: list(account.permissions),
    }
    return sign_claims(key, claims)


def sign_claims(key: str, claims: Mapping[str, Any]) -> str:
    """Return a token that says `claims`, whatever these are."""
    import jwt  # noqa: PLC0415 - most commands sign nothing

    return jwt.encode(dict(claims), _load(key), ALGORITHM, headers={"kid": key_id(key)})


def read(key: str, token: str) -> Mapping[str, Any]:
    """Return what `token` says if `key` has signed it and it is still valid, else nothing."""
    import jwt  # noqa: PLC0415

    if not is_key(key):
        return {}
    try:
        return dict(jwt.decode(token, _load(key).public_key(), [ALGORITHM], audience=AUDIENCE))
    except jwt.InvalidTokenError:
        return {}


def _load(key: str) -> RSAPrivateKey:
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey  # noqa: PLC0415

    loaded = serialization.load_der_private_key(base64.b64decode(key, validate=True), password=None)
    if not isinstance(loaded, RSAPrivateKey):
        raise ValueError("it is a key of another kind")  # noqa: TRY004  what the library says of others
    return loaded


def _public(key: str) -> dict[str, Any]:
    from jwt.algorithms import RSAAlgorithm  # noqa: PLC0415

    public: dict[str, Any] = RSAAlgorithm.to_jwk(_load(key).public_key(), as_dict=True)
    return {name: public[name] for name in ("kty", "n", "e")}
