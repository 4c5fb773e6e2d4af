"""The add-on `login`: what is kept secret, what the provider and the server read, and what `status` says."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jwt
import pytest
from fakes.engine import FakeEngine, RecordingReporter
from jwt.algorithms import RSAAlgorithm

from devenv.addons import AddonContext, login
from devenv.addons.login import tokens
from devenv.addons.login.accounts import KEY, PASSWORDS, TOKEN, WORKER_LIFETIME, passwords_in
from devenv.addons.login.tokens import AUDIENCE, PERMISSIONS, Account, read, sign, sign_claims
from devenv.engines.protocol import StackIdentity
from devenv.errors import SettingsInvalidError
from devenv.project.services import Ports

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

STACK = StackIdentity("shop", Path("/projects/shop"), 1000)
NOWHERE = Path("/nowhere")
ALICE = {"alice": ("orders:write", "default:read")}
PORTS = Ports({"ui": 8233, "login": 8090})


class Kept(dict[str, str]):
    """Secrets that are kept."""

    def context(
        self, users: Mapping[str, Sequence[str]] = {}, *, lifetime: str = "12h", clock: int | None = None
    ) -> AddonContext:
        context = AddonContext(
            *(STACK, FakeEngine(), PORTS, {"lifetime": lifetime}, RecordingReporter(), NOWHERE, NOWHERE),
            places={"lifetime": "devenv.toml:2"},
            secrets=dict(self),
            keep=self.update,
            users=users,
        )
        object.__setattr__(context, "text", lambda _port, _path: None if clock is None else str(clock))
        return context


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
    now = int(time.time())
    assert login.after_ready(kept.context(clock=now)) == []
    [problem] = login.alerts(kept.context(clock=now + seconds))
    assert "the clock of the containers is 30" in problem or "the clock of the containers is 29" in problem
    assert f"{where} that of this machine" in problem


def test_status_says_when_the_token_of_workers_ends() -> None:
    kept = Kept()
    login.prepare(kept.context(), [])
    now = int(time.time())
    assert login.alerts(kept.context(clock=now)) == []
    claims = {"aud": AUDIENCE, "exp": datetime.now(UTC) + timedelta(days=2, hours=1)}
    kept[TOKEN] = sign_claims(kept[KEY], claims)
    assert login.alerts(kept.context(clock=now)) == [
        "the token of workers in containers expires in 2 days: `devenv up` makes a new one"
    ]
    kept[TOKEN] = sign_claims(kept[KEY], {**claims, "exp": datetime.now(UTC) - timedelta(seconds=1)})
    assert "has expired" in login.alerts(kept.context(clock=now))[0]


def test_a_provider_that_does_not_answer_is_told() -> None:
    kept = Kept()
    login.prepare(kept.context(), [])
    assert login.after_ready(kept.context()) == ["the provider does not say what time it is"]


def test_clients_are_told_to_show_a_token() -> None:
    access = login.access(replace(Kept().context(), ports=PORTS))
    assert access.in_words == "plain text and a token"
