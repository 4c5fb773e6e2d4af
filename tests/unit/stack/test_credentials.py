"""What the tokens of a stack let nobody do yet, though it is declared."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

from fakes.world import make_record

from devenv.addons.login import SETTINGS_FILE
from devenv.addons.login.accounts import KEY, TOKEN
from devenv.addons.login.tokens import new_key, service, sign
from devenv.project.access import Access, ClientLogin
from devenv.project.secrets import FILE
from devenv.project.state import RecordedAddon
from devenv.stack.credentials import namespaces_to_tell, users_to_tell

if TYPE_CHECKING:
    from fakes.world import World

ISSUER = "http://127.0.0.1:8090"
RECORD = make_record().model_copy(
    update={"addons": (RecordedAddon(name="login", access=Access(login=ClientLogin(issuer=ISSUER))),)}
)


def test_a_namespace_that_the_token_of_workers_does_not_name_is_told(world: World) -> None:
    """`apply` makes it, and no token; one that has ended names none."""
    key = new_key()

    def keep(lifetime: timedelta) -> None:
        token = sign(key, ISSUER, service(["default", "orders"]), lifetime)
        world.store.write_secret("shop", FILE, json.dumps({KEY: key, TOKEN: token}))

    keep(timedelta(hours=1))
    assert namespaces_to_tell(RECORD, ["orders", "payments"], world.store) == ["payments"]
    keep(timedelta(seconds=-1))
    assert namespaces_to_tell(RECORD, ["orders", "payments"], world.store) == ["orders", "payments"]
    assert namespaces_to_tell(make_record(), ["payments"], world.store) == []


def test_a_user_whom_the_provider_knows_otherwise_is_told(world: World) -> None:
    known = {"permissions": {"ada": ["orders:read"], "bob": ["orders:read"], "eve": ["orders:read"]}}
    world.store.write_mount("shop", SETTINGS_FILE, json.dumps(known))
    declared = {"ada": ("orders:read",), "bob": ("orders:write",), "new": ("orders:read",)}
    assert users_to_tell(RECORD, declared, world.store) == ["bob", "eve", "new"]
    assert users_to_tell(make_record(), declared, world.store) == []
