"""The add-on `login` on the real stack: who may do what, by the CLI, the SDK, the HTTP API and a browser."""

from __future__ import annotations

import asyncio
import json
import re
import socket
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
import pytest
from e2e.browsing import wait_for
from e2e.clients import PYTHON_CLIENT
from playwright.sync_api import expect
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from devenv.addons.login.accounts import KEY
from devenv.addons.login.tokens import AUDIENCE, PERMISSIONS, new_key, sign_claims

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from e2e.command_line import Cli, Result
    from e2e.stacks import Stack, Yard
    from playwright.sync_api import Page

pytestmark = pytest.mark.stack

SETTINGS = 'visibility = "postgres"\n[addons]\nlogin = true\n'
SEEDS = """\
namespaces: [{name: orders}, {name: payments}, {name: secret}]
users:
  - {name: alice, roles: {orders: write, default: read}}
  - {name: bob, roles: {payments: write}}
  - {name: root, roles: {temporal-system: admin}}
"""
STARTED = {"orders": "order-1", "payments": "payment-1", "secret": "secret-1"}
REFUSED = "Request unauthorized"


@pytest.fixture(scope="module")
def guarded(module_yard: Yard) -> Stack:
    """Return a stack whose server asks for tokens, with a workflow in each namespace."""
    stack = module_yard.project("guarded", {"devenv.toml": SETTINGS, "seeds/a.yaml": SEEDS})
    stack.up()
    for namespace, identifier in STARTED.items():
        start = ("workflow", "start", "--type", "T", "--task-queue", "q", "--workflow-id", identifier)
        assert stack.temporal(*start, "-n", namespace).exit == 0
    return stack


def as_user(stack: Stack, user: str) -> Cli:
    """Return a shell after `eval "$(devenv login USER)"`."""
    return stack.cli.with_variables(**variables_of(stack, user))


def variables_of(stack: Stack, user: str) -> dict[str, str]:
    result = stack.cli.run("login", user, "--format", "json")
    assert result.exit == 0, result
    variables: dict[str, str] = json.loads(result.out)
    return variables


def temporal(stack: Stack, user: str, *arguments: str) -> Result:
    """Run the Temporal CLI as it is, which knows the variables alone."""
    return as_user(stack, user).shell(f"temporal --command-timeout 10s {' '.join(arguments)}")


def count(stack: Stack, namespace: str, token: str | None) -> int:
    """Return how many workflows the SDK counts with `token`."""

    async def ask() -> int:
        client = await Client.connect(stack.grpc, namespace=namespace, api_key=token, tls=False)
        return (await client.count_workflows()).count

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, ask()).result()


def check_refused(stack: Stack, namespace: str, token: str | None) -> None:
    """See that nobody is counted; with a token that is none, the SDK does not even connect."""
    with pytest.raises((RPCError, RuntimeError), match=REFUSED) as caught:
        count(stack, namespace, token)
    is_denied = "PermissionDenied" in str(caught.value)
    if isinstance(caught.value, RPCError):
        is_denied = caught.value.status is RPCStatusCode.PERMISSION_DENIED
    assert is_denied


def secrets_file(stack: Stack) -> Path:
    return stack.cli.home / "state" / "temporal-devenv" / "stacks" / stack.name / "addon-secrets.json"


def signed(stack: Stack, claims: Mapping[str, Any] = {}, key: str | None = None) -> str:
    """Return a token that lets `alice` write in `orders`, with other `claims` or by another `key`."""
    known = json.loads(secrets_file(stack).read_text())
    usual = {
        "sub": "alice",
        "aud": AUDIENCE,
        "exp": datetime.now(UTC) + timedelta(minutes=10),
        PERMISSIONS: ["orders:write"],
    }
    return sign_claims(key or known[KEY], {**usual, **claims})


def test_the_cli_does_what_a_user_may_and_nothing_else(guarded: Stack) -> None:
    """Writing where a role says write, reading where it says read, and nobody lists all namespaces."""
    start = ("workflow start --type T --task-queue q -n",)
    assert temporal(guarded, "alice", *start, "orders").exit == 0
    assert "Total: 0" in temporal(guarded, "alice", "workflow count -n default").out
    for refused in (
        (*start, "default"),
        ("workflow count -n payments",),
        ("operator namespace list",),
        ("operator namespace create x",),
        ("operator namespace delete -n orders --yes",),
    ):
        answer = temporal(guarded, "alice", *refused)
        assert (answer.exit, REFUSED in answer.err) == (1, True), refused
    assert temporal(guarded, "root", "operator namespace list").exit == 0
    without = guarded.cli.with_variables(TEMPORAL_ADDRESS=guarded.grpc).shell("temporal workflow count")
    assert REFUSED in without.err


def test_the_sdk_is_answered_by_the_permissions_of_its_token(guarded: Stack) -> None:
    """The same for one that an SDK sends, which a program reads from TEMPORAL_API_KEY."""
    token = variables_of(guarded, "bob")["TEMPORAL_API_KEY"]
    assert count(guarded, "payments", token) == 1
    check_refused(guarded, "orders", token)
    service = json.loads(guarded.cli.run("env", "--format", "json").out)
    assert count(guarded, "secret", service["TEMPORAL_API_KEY"]) == 1
    check_refused(guarded, "temporal-system", service["TEMPORAL_API_KEY"])


@pytest.mark.parametrize("kind", ["go", "python"])
def test_an_unchanged_program_is_who_its_environment_says(
    guarded: Stack, kind: str, request: pytest.FixtureRequest
) -> None:
    """Programs of the SDKs that read nothing but Temporal's variables."""
    program = request.getfixturevalue("go_client") if kind == "go" else PYTHON_CLIENT
    command = " ".join(program)
    bob = as_user(guarded, "bob")
    assert bob.shell(command).out.split() == [guarded.grpc, "payments", "1"]
    refused = bob.with_variables(TEMPORAL_NAMESPACE="orders").shell(command)
    assert (refused.exit != 0, REFUSED in refused.err) == (True, True), refused


@pytest.mark.parametrize(
    "claims",
    [
        pytest.param({"exp": datetime.now(UTC) - timedelta(seconds=5)}, id="expired"),
        pytest.param({"aud": "another-service"}, id="audience"),
        pytest.param({"nbf": datetime.now(UTC) + timedelta(hours=1)}, id="not-yet"),
        pytest.param({PERMISSIONS: []}, id="no-permissions"),
        pytest.param({PERMISSIONS: "orders:write"}, id="permissions-of-another-form"),
        pytest.param({PERMISSIONS: ["order:write"]}, id="another-namespace"),
        pytest.param({PERMISSIONS: ["orders:worker"]}, id="role-worker"),
    ],
)
def test_a_token_that_says_something_else_is_refused(guarded: Stack, claims: Mapping[str, Any]) -> None:
    """Each differs from one that is taken in one claim."""
    assert count(guarded, "orders", signed(guarded)) >= 1
    check_refused(guarded, "orders", signed(guarded, claims))


def test_a_token_that_nobody_or_somebody_else_has_signed_is_refused(guarded: Stack) -> None:
    """Also one that was altered, and none at all."""
    token = signed(guarded)
    header, payload, signature = token.split(".")
    altered = signed(guarded, {PERMISSIONS: ["temporal-system:admin"]}).split(".")[1]
    check_refused(guarded, "orders", signed(guarded, key=new_key()))
    check_refused(guarded, "orders", f"{header}.{altered}.{signature}")
    check_refused(guarded, "orders", f"{header}.{payload}.")
    check_refused(guarded, "orders", None)


def test_the_http_api_takes_the_same_tokens(guarded: Stack) -> None:
    url = f"{guarded.document['endpoints']['http']}/api/v1/namespaces"
    shown = {"Authorization": f"Bearer {variables_of(guarded, 'bob')['TEMPORAL_API_KEY']}"}
    answers = {name: httpx.get(f"{url}/{name}/workflows", headers=shown).status_code for name in STARTED}
    assert answers == {"payments": 200, "orders": 403, "secret": 403}
    assert httpx.get(f"{url}/payments/workflows").status_code == httpx.codes.UNAUTHORIZED


def log_in(page: Page, stack: Stack, user: str, password: str, path: str = "") -> None:
    page.goto(f"{stack.document['endpoints']['ui']}{path}")
    wait_for(page.get_by_label("User"))
    page.get_by_label("User").fill(user)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Log in").click()


def password_of(stack: Stack, user: str) -> str:
    return stack.cli.run("login", "show", user).out.strip()


def test_a_user_of_one_namespace_sees_it_in_the_web_ui_and_no_other(page: Page, guarded: Stack) -> None:
    """Login by authorization code; the page that opens is the list of the user's own workflows."""
    log_in(page, guarded, "bob", password_of(guarded, "bob"))
    wait_for(page.get_by_role("link", name=STARTED["payments"], exact=True).first)
    assert urlsplit(page.url).path == "/namespaces/payments/workflows"
    page.get_by_role("link", name="Namespaces", exact=True).first.click()
    expect(page.get_by_role("link", name="payments", exact=True).first).to_be_visible()
    for other in ("orders", "secret", "default"):
        expect(page.get_by_role("link", name=other, exact=True)).to_have_count(0)
    page.goto(f"{guarded.document['endpoints']['ui']}/namespaces/payments/workflows")
    wait_for(page.get_by_role("link", name=STARTED["payments"], exact=True).first)


def test_the_web_ui_shows_an_administrator_everything(page: Page, guarded: Stack) -> None:
    log_in(page, guarded, "root", password_of(guarded, "root"), "/namespaces")
    for name in ("default", *STARTED):
        wait_for(page.get_by_role("link", name=name, exact=True).first)


def test_a_wrong_password_lets_nobody_in(page: Page, guarded: Stack) -> None:
    log_in(page, guarded, "alice", password_of(guarded, "bob"))
    expect(page.get_by_role("alert")).to_contain_text("The name or the password is wrong")
    expect(page).to_have_url(re.compile(r"/login$"))


def begun(stack: Stack, browser: httpx.Client) -> str:
    """Return the page of the provider on which the Web UI has a login of `browser` go on."""
    shown = browser.get(f"{stack.document['endpoints']['ui']}/auth/sso")
    return str(httpx.get(shown.headers["location"], follow_redirects=True).url)


def test_who_has_somebody_else_type_the_password_is_not_logged_in(guarded: Stack) -> None:
    """A login that one has begun and another one ends is the latter's: it has another name from then on."""
    with httpx.Client() as browser:
        page = begun(guarded, browser)
        provider, _, identifier = page.partition("/login?id=")
        form = {"id": identifier, "user": "bob", "password": password_of(guarded, "bob")}
        answer = httpx.post(f"{provider}/login", data=form)
        assert (answer.status_code, identifier in answer.headers["location"]) == (302, False)
        stolen = httpx.get(f"{provider}/authorize/callback", params={"id": identifier})
        assert (stolen.is_success, stolen.has_redirect_location) == (False, False)
        wanted = httpx.get(answer.headers["location"])
        assert "/auth/sso/callback?code=" in wanted.headers["location"]
        welcome = browser.get(wanted.headers["location"])
    assert welcome.headers["location"] == "/namespaces/payments/workflows"
    assert httpx.post(f"{provider}/login", data=form).status_code == httpx.codes.UNAUTHORIZED


def test_the_provider_outlives_a_browser_that_leaves(guarded: Stack) -> None:
    """Before it has read the page: here one that is long."""
    with httpx.Client() as client:
        address = urlsplit(begun(guarded, client))
    body = f"user={'x' * 4_000_000}"
    for _ in range(3):
        with socket.create_connection((str(address.hostname), address.port or 80)) as browser:
            browser.sendall(f"POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n".encode())
            browser.sendall(f"Content-Type: application/x-www-form-urlencoded\r\n\r\n{body}".encode())
            browser.recv(1)
    began = guarded.cli.answer("status")["services"]
    assert [each["health"] for each in began if each["name"] == "login"] == ["healthy"]
    assert "the browser left" in guarded.cli.run("logs", "login").out


def test_every_command_gets_in(guarded: Stack) -> None:
    """devenv goes as itself, what it runs as a service account that may write in declared namespaces."""
    status = guarded.cli.answer("status")
    assert (status["state"], status["alerts"], status["not_enforced"]) == ("ready", [], [])
    assert guarded.cli.answer("plan")["changes"] == []
    assert guarded.cli.answer("apply")["changes"] == []
    assert guarded.cli.answer("namespace", "list")["namespaces"] != []
    ran = guarded.cli.run("run", "--", "temporal", "workflow", "count", "-n", "secret")
    assert (ran.exit, "Total: 1" in ran.out) == (0, True), ran
    assert REFUSED in guarded.cli.run("run", "--", "temporal", "operator", "namespace", "list").err
    assert guarded.cli.answer("snapshot", "save", "guarded")["ok"]
    assert guarded.cli.answer("snapshot", "rm", "guarded", "--yes")["ok"]


def test_what_is_kept_is_for_this_user_alone_and_in_no_evidence(guarded: Stack) -> None:
    """A file of passwords that others may read is refused, and nothing that was printed shows one."""
    file, password = secrets_file(guarded), password_of(guarded, "alice")
    failing = guarded.cli.run("run", "--artifacts", "out", "--", "sh", "-c", f"echo {password}; exit 3")
    assert failing.exit == 3
    kept = [path.read_bytes() for path in (guarded.project / "out").rglob("*") if path.is_file()]
    assert kept
    assert not any(password.encode() in each or b"eyJ" in each for each in kept)
    file.chmod(0o644)
    refused = guarded.cli.run("login", "alice", "-o", "json")
    file.chmod(0o600)
    assert refused.error["code"] == "secrets-readable"
    assert refused.error["hint"].startswith(f"`chmod 600 {file}`")


def test_a_user_may_do_more_at_once_and_log_in_with_another_password_after_up(
    page: Page, guarded: Stack
) -> None:
    """The Web UI learns of both by the next `up`, and `plan` says so; it is below a path from then on."""
    seeds = guarded.project / "seeds" / "a.yaml"
    seeds.write_text(SEEDS.replace("{payments: write}", "{payments: write, secret: read}"))
    token = variables_of(guarded, "bob")["TEMPORAL_API_KEY"]
    assert count(guarded, "secret", token) == 1
    assert "learns of bob by `devenv up`" in guarded.cli.run("plan").err
    password = guarded.cli.run("login", "show", "bob", "--reset").out.strip()
    (guarded.project / "devenv.toml").write_text(f"{SETTINGS}[ui]\npublic_path = '/temporal'\n")
    guarded.up()
    assert guarded.cli.run("plan").err == ""
    log_in(page, guarded, "bob", password)
    wait_for(page.get_by_role("link", name=STARTED["payments"], exact=True).first)
    assert urlsplit(page.url).path == "/temporal/namespaces/payments/workflows"
    page.goto(f"{guarded.document['endpoints']['ui']}/namespaces/secret/workflows")
    wait_for(page.get_by_role("link", name=STARTED["secret"], exact=True).first)
