"""The realm of Keycloak, where that is the provider: the same users, passwords and key."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from devenv.addons.login.tokens import AUDIENCE, PERMISSIONS, WEB_UI

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

REALM = "temporal"


def realm(
    users: Mapping[str, Sequence[str]],
    passwords: Mapping[str, str],
    *,
    key: str,
    client_secret: str,
    callback: str,
    lifetime_s: int,
) -> dict[str, Any]:
    """Return what Keycloak imports. It signs by `key`, and calls that as `tokens.key_id` does."""
    return {
        "realm": REALM,
        "enabled": True,
        "sslRequired": "none",
        "accessTokenLifespan": lifetime_s,
        "ssoSessionMaxLifespan": max(lifetime_s, 36_000),
        "clients": [_web_ui(client_secret, callback)],
        "users": [
            _user(name, permissions, passwords[name], f"user-{number}@example.com")
            for number, (name, permissions) in enumerate(users.items())
        ],
        "components": {"org.keycloak.keys.KeyProvider": [_key(key)]},
    }


def _web_ui(secret: str, callback: str) -> dict[str, Any]:
    return {
        "clientId": WEB_UI,
        "secret": secret,
        "redirectUris": [callback],
        "standardFlowEnabled": True,
        "directAccessGrantsEnabled": False,
        "protocolMappers": [
            _mapper(
                "permissions",
                "oidc-usermodel-attribute-mapper",
                {"user.attribute": PERMISSIONS, "claim.name": PERMISSIONS, "multivalued": "true"},
            ),
            _mapper("audience", "oidc-audience-mapper", {"included.custom.audience": AUDIENCE}),
            # The Web UI takes a token of the HTTP API that is for itself.
            _mapper("web-ui", "oidc-audience-mapper", {"included.client.audience": WEB_UI}),
        ],
    }


def _mapper(name: str, kind: str, config: Mapping[str, str]) -> dict[str, Any]:
    in_access_tokens = {"access.token.claim": "true", "id.token.claim": "false", "jsonType.label": "String"}
    return {
        "name": name,
        "protocol": "openid-connect",
        "protocolMapper": kind,
        "config": {**in_access_tokens, **config},
    }


def _user(name: str, permissions: Sequence[str], password: str, email: str) -> dict[str, Any]:
    return {
        "username": name.lower(),
        "enabled": True,
        # Without them Keycloak asks for them at the first login; no two users can have one address.
        "firstName": name,
        "lastName": "of devenv",
        "email": email,
        "emailVerified": True,
        "credentials": [{"type": "password", "value": password, "temporary": False}],
        "attributes": {PERMISSIONS: list(permissions)},
    }


def _key(key: str) -> dict[str, Any]:
    lines = base64.b64decode(key)
    pem = f"-----BEGIN PRIVATE KEY-----\n{base64.b64encode(lines).decode()}\n-----END PRIVATE KEY-----"
    config = {
        "privateKey": pem,
        "priority": "1000",
        "enabled": "true",
        "active": "true",
        "algorithm": "RS256",
    }
    return {
        "name": "devenv",
        "providerId": "rsa",
        "config": {name: [value] for name, value in config.items()},
    }
