"""What of the login is secret: the key that signs, the passwords, the token of workers in containers.

All of it is kept where the secrets of add-ons are, in a file that only this user may read; `known` is that.
"""

from __future__ import annotations

import json
import secrets
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from devenv.addons.login.tokens import is_key, new_key, read, sign

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from devenv.addons.login.tokens import Account

KEY, PASSWORDS, TOKEN = "LOGIN_KEY", "LOGIN_PASSWORDS", "LOGIN_TOKEN"
CLIENT, REALM_SECRET = "LOGIN_CLIENT", "LOGIN_REALM"
# Containers keep it as long as they run; `up` makes a new one when half of the time has passed.
WORKER_LIFETIME = timedelta(days=30)
_PASSWORD_BYTES = 15


def made(known: Mapping[str, str], users: Collection[str], issuer: str, workers: Account) -> dict[str, str]:
    """Return the secrets as they are to be from now on: what is right stays, and others have no password."""
    key = known.get(KEY, "")
    key = key if is_key(key) else new_key()
    passwords = passwords_in(known)
    kept = {name: passwords.get(name) or new_password() for name in users}
    token = known.get(TOKEN, "")
    claims = read(key, token)
    is_right = (claims.get("iss"), claims.get("permissions")) == (issuer, list(workers.permissions))
    if not is_right or _left(claims) < WORKER_LIFETIME / 2:
        token = sign(key, issuer, workers, WORKER_LIFETIME)
    return {KEY: key, PASSWORDS: json.dumps(kept), TOKEN: token}


def worker_time_left(known: Mapping[str, str]) -> timedelta:
    """Return how long workers in containers have until the server refuses their token."""
    return _left(read(known.get(KEY, ""), known.get(TOKEN, "")))


def passwords_in(known: Mapping[str, str]) -> dict[str, str]:
    """Return the passwords of the users that the last `up` knew."""
    try:
        found = json.loads(known.get(PASSWORDS, "{}"))
    except ValueError:  # a text at random, as every add-on gets: nobody has a password yet
        return {}
    return found if isinstance(found, dict) else {}


def with_password(known: Mapping[str, str], user: str, password: str) -> dict[str, str]:
    """Return the secrets that change where `user` gets another password."""
    return {PASSWORDS: json.dumps({**passwords_in(known), user: password})}


def new_password() -> str:
    """Return a password that nobody guesses."""
    return secrets.token_urlsafe(_PASSWORD_BYTES)


def _left(claims: Mapping[str, Any]) -> timedelta:
    return timedelta(seconds=float(claims.get("exp", 0)) - datetime.now(UTC).timestamp())
