"""The add-on `login`: what is kept secret, what the provider and the server read, and what `status` says."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jwt
import pytest
from fakes.engine import FakeEngine, RecordingReporter
from jwt.algorithms import RSAAlgorithm

from devenv.addons import AddonContext, login
from devenv.addons.login import tokens
from devenv.addons.login.accounts import CLIENT, KEY, PASSWORDS, TOKEN, WORKER_LIFETIME, passwords_in
from devenv.addons.login.tokens import AUDIENCE, PERMISSIONS, Account, read, sign, sign_claims
from devenv.engines.protocol import StackIdentity
from devenv.errors import NotRunningError, SettingsInvalidError
from devenv.project.services import Ports

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

STACK = StackIdentity("shop", Path("/projects/shop"), 1000)
NOWHERE = Path("/nowhere")
ALICE = {"alice": ("orders:write", "default:read")}
PORTS = Ports({"ui": 8233, "login": 8090})


class Provider(FakeEngine):
    """An engine whose provider says what time it is, `ahead` seconds from now; None: it does not run."""

    def __init__(self, ahead: int | None) -> None:
        super().__init__()
        self._ahead = ahead

    def output(self, stack: StackIdentity, service: str, command: Sequence[str]) -> str:
        if self._ahead is None:
            raise NotRunningError(f"{stack.name} (service {service})")
        assert (service, *command) == ("login", "/login", "clock")
        return f"{int(time.time()) + self._ahead}\n"


class Kept(dict[str, str]):
    """Secrets that are kept; every add-on has texts at random for those that it names."""

    def context(
        self,
        users: Mapping[str, Sequence[str]] = {},
        *,
        lifetime: str = "12h",
        keycloak: bool = False,
        ahead: int | None = 0,
        on: frozenset[str] = frozenset({"login"}),
    ) -> AddonContext:
        settings: dict[str, str | int | bool] = {"lifetime": lifetime, "keycloak": keycloak}
        return AddonContext(
            *(STACK, Provider(ahead), PORTS, settings, RecordingReporter(), NOWHERE, NOWHERE),
            places={"lifetime": "devenv.toml:2", "keycloak": "devenv.toml:3"},
            secrets={CLIENT: "c1ient", **self},
            keep=self.update,
            on=on,
            users=users,
        )


def test_the_server_can_verify_what_devenv_and_the_provider_sign() -> None:
    """By the key that the file names, which has no private half."""
    kept = Kept()
    files = login.prepare(kept.context(ALICE), ["orders"])
    [public] = json.loads(files["keys.json"])["keys"]
    assert set(public) == {"kty", "n", "e", "kid", "use", "alg"}
    token = sign(kept[KEY], "http://x", Account("alice", ALICE["alice"]), timedelta(hours=1))
    assert jwt.get_unverified_header(token)["kid"] == public["kid"]
    key: Any = RSAAlgorithm.from_jwk(public)
    claims = jwt.decode(token, key, ["RS256"], audience=AUDIENCE)
    assert (claims["sub"], claims[PERMISSIONS]) == ("alice", ["orders:write", "default:read"])
    told = json.loads(files["settings.json"])
    assert (told["key_id"], told["permissions"]) == (
        public["kid"],
        {"alice": ["orders:write", "default:read"]},
    )
    assert (told["issuer"], told["lifetime_seconds"]) == ("http://127.0.0.1:8090", 12 * 3600)


def test_no_file_that_containers_read_has_a_secret() -> None:
    kept = Kept()
    files = b"".join(login.prepare(kept.context(ALICE), ["orders"]).values()).decode()
    assert kept
    assert not [text for text in (*kept.values(), *passwords_in(kept).values()) if text in files]


def test_secrets_stay_and_who_is_no_user_any_more_has_no_password() -> None:
    """Else each `up` would make the containers anew, and end every login."""
    kept = Kept()
    login.prepare(kept.context({**ALICE, "bob": ["a:read"]}), ["orders"])
    before = dict(kept)
    login.prepare(kept.context({**ALICE, "bob": ["a:read"]}), ["orders"])
    assert dict(kept) == before
    login.prepare(kept.context(ALICE), ["orders"])
    assert passwords_in(kept) == {"alice": json.loads(before[PASSWORDS])["alice"]}


def test_the_token_of_workers_is_new_when_it_says_something_else_or_half_of_its_time_has_passed() -> None:
    kept = Kept()
    login.prepare(kept.context(), ["orders"])
    claims = read(kept[KEY], kept[TOKEN])
    assert claims[PERMISSIONS] == ["default:write", "orders:write"]
    login.prepare(kept.context(), ["orders", "payments"])
    assert "payments:write" in read(kept[KEY], kept[TOKEN])[PERMISSIONS]
    soon = datetime.now(UTC) + WORKER_LIFETIME / 3
    kept[TOKEN] = old = sign_claims(kept[KEY], {**claims, "exp": soon})
    login.prepare(kept.context(), ["orders"])
    assert kept[TOKEN] != old


def test_what_was_made_at_random_before_is_no_key_and_no_password() -> None:
    """Every add-on gets texts at random for the secrets that it names."""
    kept = Kept({KEY: "ab" * 24, PASSWORDS: "12" * 24, TOKEN: "cd" * 24})
    login.prepare(kept.context(ALICE), [])
    assert tokens.is_key(kept[KEY])
    assert list(passwords_in(kept)) == ["alice"]
    assert passwords_in({PASSWORDS: "12"}) == {}


@pytest.mark.parametrize(
    ("lifetime", "problem"),
    [
        ("1", '"1" has no unit'),
        ("1s", "a lifetime of 1s is too short, it is at least 10s"),
        ("never", '"never" is not a duration'),
    ],
)
def test_a_lifetime_that_nobody_can_mean_is_refused_at_its_place(lifetime: str, problem: str) -> None:
    with pytest.raises(SettingsInvalidError) as caught:
        login.check(Kept().context(lifetime=lifetime))
    assert caught.value.message.startswith(f'devenv.toml:2: "addons.login.lifetime": {problem}')
    login.check(Kept().context(lifetime="30s"))


@pytest.mark.parametrize(("seconds", "where"), [(300, "s ahead of"), (-300, "s behind")])
def test_clocks_that_differ_are_told_with_what_follows(seconds: int, where: str) -> None:
    kept = Kept()
    login.prepare(kept.context(), [])
    assert login.after_ready(kept.context()) == []
    [problem] = login.alerts(kept.context(ahead=seconds))
    assert "the clock of the containers is 30" in problem or "the clock of the containers is 29" in problem
    assert f"{where} that of this machine" in problem


def test_status_says_when_the_token_of_workers_ends() -> None:
    kept = Kept()
    login.prepare(kept.context(), [])
    assert login.alerts(kept.context()) == []
    claims = {"aud": AUDIENCE, "exp": datetime.now(UTC) + timedelta(days=2, hours=1)}
    kept[TOKEN] = sign_claims(kept[KEY], claims)
    assert login.alerts(kept.context()) == [
        "the token of workers in containers expires in 2 days: `devenv up` makes a new one"
    ]
    kept[TOKEN] = sign_claims(kept[KEY], {**claims, "exp": datetime.now(UTC) - timedelta(seconds=1)})
    assert "has expired" in login.alerts(kept.context())[0]


def test_a_provider_that_does_not_answer_is_told() -> None:
    kept = Kept()
    login.prepare(kept.context(), [])
    [problem] = login.after_ready(kept.context(ahead=None))
    assert problem.startswith("the time of the containers is not known")


def test_clients_are_told_to_show_a_token() -> None:
    access = login.access(Kept().context())
    assert access.in_words == "plain text and a token"


def test_with_tls_everything_about_the_login_is_https() -> None:
    """The issuer in tokens, too: the Web UI compares it."""
    kept = Kept()
    context = kept.context(ALICE, on=frozenset({"login", "tls"}))
    told = json.loads(login.prepare(context, [])["settings.json"])
    assert [told[each].partition(":")[0] for each in ("issuer", "internal", "callback")] == ["https"] * 3
    assert read(kept[KEY], kept[TOKEN])["iss"] == told["issuer"]


def test_keycloak_has_the_same_users_passwords_and_key() -> None:
    """It calls the key as the file does that the server verifies by."""
    kept = Kept()
    files = login.prepare(kept.context(ALICE, keycloak=True), [])
    realm = json.loads(kept["LOGIN_REALM"])
    [user] = realm["users"]
    assert (user["username"], user["attributes"]) == ("alice", {"permissions": list(ALICE["alice"])})
    assert user["credentials"][0]["value"] == passwords_in(kept)["alice"]
    assert json.loads(files["settings.json"])["issuer"] == "http://127.0.0.1:8090/realms/temporal"
    assert realm["clients"][0]["secret"] == "c1ient"


def test_keycloak_gets_no_address_twice() -> None:
    """It would import nothing."""
    kept = Kept()
    login.prepare(kept.context({"ada@a": ["a:read"], "ada@b": ["a:read"], "ada.": ["a:read"]}), [])
    users = json.loads(kept["LOGIN_REALM"])["users"]
    assert [user["username"] for user in users] == ["ada@a", "ada@b", "ada."]
    assert len({user["email"] for user in users}) == 3


def test_keycloak_and_tls_do_not_go_together_yet() -> None:
    with pytest.raises(
        SettingsInvalidError, match=r"devenv.toml:3: .* does not go together with the add-on tls"
    ):
        login.check(Kept().context(keycloak=True, on=frozenset({"login", "tls"})))
