"""The add-on `login`: people and programs show a token, and the server reads from it what they may do.

devenv makes the key that signs, the passwords, and the files by which the provider knows the users and the
server the key. It signs tokens itself, its own too, and asks the provider for none (docs/adr/0017-login.md).
"""

from __future__ import annotations

import json
from datetime import timedelta
from time import time
from typing import TYPE_CHECKING

from devenv.addons.login.accounts import CLIENT, KEY, REALM_SECRET, made, passwords_in, worker_time_left
from devenv.addons.login.keycloak import REALM, realm
from devenv.addons.login.tokens import AUDIENCE, SKEW, WEB_UI, key_id, key_set, service
from devenv.errors import CommandFailedError, NotRunningError, SettingsInvalidError
from devenv.files.durations import DurationLimits, parse_duration
from devenv.files.strict import check_limits
from devenv.project.access import Access, ClientLogin
from devenv.project.names import DEFAULT_NAMESPACE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from devenv.addons import AddonContext
    from devenv.project.addon_toml import SettingValue

SERVICE = PORT = "login"
KEYCLOAK = "keycloak"
SETTINGS = "settings.json"
SETTINGS_FILE = f"addons/login/{SETTINGS}"
"""Where containers, below the mounts of the stack, read what the provider knows of the users."""
CLOCK = ("/login", "clock")
LIMITS = DurationLimits(shortest=timedelta(seconds=10), longest=timedelta(days=365))
# Workers that are refused are noticed late: this is said before.
WARNING = timedelta(days=3)


def issuer_of(context: AddonContext) -> str:
    """Return the provider as browsers reach it, which tokens name as the one who made them."""
    path = f"/realms/{REALM}" if context.settings[KEYCLOAK] else ""
    return f"{_scheme(context)}://{context.ports.address(PORT)}{path}"


def _scheme(context: AddonContext) -> str:
    return "https" if "tls" in context.on else "http"


def lifetime_in(settings: Mapping[str, SettingValue]) -> timedelta:
    """Return how long tokens of users are valid.

    Raises:
        ValueError: It is no duration, or one that nobody can mean.
    """
    return check_limits(parse_duration(str(settings["lifetime"]), LIMITS), "a lifetime", LIMITS)


def check(context: AddonContext) -> None:
    """Return if the lifetime of tokens is a duration, and the provider can do what other add-ons ask for.

    Raises:
        SettingsInvalidError: It is none, or it cannot.
    """
    if context.settings[KEYCLOAK] and "tls" in context.on:
        raise SettingsInvalidError(
            '"addons.login.keycloak" does not go together with the add-on tls yet',
            place=context.places.get(KEYCLOAK) or None,
            hint="leave one of them out",
        )
    try:
        lifetime_in(context.settings)
    except ValueError as error:
        place = context.places.get("lifetime") or None
        raise SettingsInvalidError(f'"addons.login.lifetime": {error}', place=place) from None


def access(context: AddonContext) -> Access:
    """Return that clients show a token."""
    return Access(login=ClientLogin(issuer=issuer_of(context)))


def prepare(context: AddonContext, namespaces: Sequence[str]) -> Mapping[str, bytes]:
    """Make the secrets that are missing, and return what the provider and the server read."""
    issuer, scheme = issuer_of(context), _scheme(context)
    secrets = made(context.secrets, context.users, issuer, service([DEFAULT_NAMESPACE, *namespaces]))
    key, callback = secrets[KEY], f"{scheme}://{context.ports.address('ui')}/auth/sso/callback"
    lifetime_s = int(lifetime_in(context.settings).total_seconds())
    imported = realm(
        context.users,
        passwords_in(secrets),
        key=key,
        client_secret=context.secrets[CLIENT],
        callback=callback,
        lifetime_s=lifetime_s,
    )
    context.keep({**secrets, REALM_SECRET: json.dumps(imported)})
    told = {
        "issuer": issuer,
        "internal": f"{scheme}://{SERVICE}:8080",
        "callback": callback,
        "client": WEB_UI,
        "key_id": key_id(key),
        "audience": [AUDIENCE, WEB_UI],
        "lifetime_seconds": lifetime_s,
        "permissions": {name: list(permissions) for name, permissions in context.users.items()},
    }
    return {SETTINGS: json.dumps(told, indent=1).encode(), "keys.json": key_set(key)}


def after_ready(context: AddonContext) -> Sequence[str]:
    """Return what is missing: that the clocks of this machine and of the containers agree."""
    return _skew(context)


def alerts(context: AddonContext) -> Sequence[str]:
    """Return for whom tokens are refused, or soon will be, though they are right."""
    found = list(_skew(context))
    left = worker_time_left(context.secrets)
    if left < WARNING:
        says = f"expires in {left.days} days" if left > timedelta(0) else "has expired"
        found.append(f"the token of workers in containers {says}: `devenv up` makes a new one")
    return found


def before_down(context: AddonContext) -> None:
    """Do nothing: nobody is told that they are logged out."""


def _skew(context: AddonContext) -> list[str]:
    try:
        ahead = int(context.engine.output(context.stack, SERVICE, CLOCK)) - time()
    except (NotRunningError, CommandFailedError) as error:
        return [f"the time of the containers is not known: {error.message}"]
    if abs(ahead) < SKEW.total_seconds() / 2:
        return []
    where = "ahead of" if ahead > 0 else "behind"
    sentence = (
        f"the clock of the containers is {abs(ahead):.0f} s {where} that of this machine: tokens expire at "
        "the wrong time, or are not valid yet. Where Docker runs in a virtual machine, restart that"
    )
    return [sentence]
