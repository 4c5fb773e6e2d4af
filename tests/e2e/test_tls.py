"""The add-on `tls` on the real stack, with certificates demanded: who gets in, who does not, and renewal.

The tests are in the order of a day: one stack is up, its certificates end, and TLS is switched off.
"""

from __future__ import annotations

import json
import shlex
import socket
import ssl
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from e2e.clients import PYTHON_CLIENT, TEMPORAL_CLI, evaluated
from e2e.engine_view import docker
from playwright.sync_api import Error, expect

from devenv.addons.tls.certificates import Authority, Wanted, utc_now
from devenv.addons.tls.refusal import is_taken
from devenv.engines.host.web import web_problem
from devenv.project.access import ClientTls, Credentials

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from e2e.command_line import Result
    from e2e.stacks import Stack, Yard
    from playwright.sync_api import Browser

pytestmark = pytest.mark.stack

PLAIN = 'visibility = "postgres"\n'
SECURED = f"{PLAIN}[addons.tls]\nclient_certificates = true\n"
KEPT = "kept-while-tls-comes-and-goes"
LISTENING = "0A"
LOADS = 6
# The table of docs/tls.md, of a stack whose roles are one container.
ENCRYPTED = {("temporal", port) for port in (7233, 7234, 7235, 7239, 7243)} | {("ui", 8080)}
IN_PLAIN_TEXT = {("temporal", port) for port in (6933, 6934, 6935, 6939, 9090)} | {("postgres", 5432)}
CA, CERTIFICATE, KEY = (
    f"TEMPORAL_TLS_{name}_PATH" for name in ("SERVER_CA_CERT", "CLIENT_CERT", "CLIENT_KEY")
)
HEALTH = ("temporal", "operator", "cluster", "health", "--command-timeout", "20s")


@pytest.fixture(scope="module")
def secured(module_yard: Yard) -> Stack:
    """Return a stack whose server demands certificates, with a workflow that runs."""
    stack = module_yard.project("secured", {"devenv.toml": SECURED})
    document = stack.up()
    assert "add-on tls" in [each["step"] for each in document["timings"]]
    started = stack.temporal("workflow", "start", "--type", "T", "--task-queue", "q", "--workflow-id", KEPT)
    assert started.exit == 0, started
    return stack


@pytest.fixture(scope="module")
def variables(secured: Stack) -> dict[str, str]:
    """Return what `devenv env` says."""
    answer = secured.cli.answer("env", "--format", "json")
    return {name: value for name, value in answer.items() if name.startswith("TEMPORAL_")}


@pytest.fixture
def tls(variables: dict[str, str]) -> ClientTls:
    """Return the files that `devenv env` names."""
    return ClientTls(authority=variables[CA], certificate=variables[CERTIFICATE], key=variables[KEY])


def files_of(stack: Stack) -> Path:
    return stack.cli.home / "state" / "temporal-devenv" / "stacks" / stack.name / "addons" / "tls"


def authority_of(stack: Stack) -> Authority:
    authority = Authority.read(stack.cli.home / "state" / "temporal-devenv" / "addons" / "tls", utc_now())
    assert authority is not None
    return authority


def client_of(
    authority: Authority, directory: Path, name: str, begins: timedelta = timedelta()
) -> dict[str, str]:
    """Have `authority` sign a certificate for a client; return the variables that name it."""
    authority.issue(name, Wanted(usages=("client",)), utc_now() + begins).write(directory, name)
    return {CERTIFICATE: f"{directory}/{name}.pem", KEY: f"{directory}/{name}.key"}


def call(stack: Stack, variables: Mapping[str, str], command: Sequence[str]) -> Result:
    """Run a client that has these variables alone."""
    return stack.cli.with_variables(**variables).shell(shlex.join(command))


@pytest.mark.parametrize("client", [TEMPORAL_CLI, PYTHON_CLIENT, None], ids=["cli", "python", "go"])
def test_every_client_gets_in_by_what_env_says_and_none_in_plain_text(
    secured: Stack,
    variables: dict[str, str],
    client: Sequence[str] | None,
    request: pytest.FixtureRequest,
) -> None:
    """The Temporal CLI, a Python program and a Go program, unchanged."""
    command = client or request.getfixturevalue("go_client")
    answered = call(secured, variables, command)
    assert answered.exit == 0, answered
    assert call(secured, {"TEMPORAL_ADDRESS": secured.grpc}, command).exit != 0


def test_a_client_with_the_wrong_certificate_or_none_is_told_why(
    secured: Stack, variables: dict[str, str], tmp_path: Path
) -> None:
    """By the Temporal CLI, in its own words."""
    foreign = client_of(Authority.make(tmp_path, utc_now()), tmp_path, "foreign")
    expired = client_of(authority_of(secured), tmp_path, "expired", begins=timedelta(days=-91))
    refused = {
        "unknown authority": without(variables, CA),
        "requires client certificate": without(variables, CERTIFICATE, KEY),
        "client certificate": variables | foreign,
        "expired certificate": variables | expired,
    }
    assert call(secured, variables, HEALTH).out.strip() == "SERVING"
    for reason, changed in refused.items():
        result = call(secured, changed, HEALTH)
        assert (result.exit, reason in result.err) == (1, True), (reason, result)


def without(variables: Mapping[str, str], *names: str) -> dict[str, str]:
    return {name: value for name, value in variables.items() if name not in names}


def test_a_browser_sees_workflows_once_it_trusts_the_certificate(secured: Stack, browser: Browser) -> None:
    """Until then it refuses the page."""
    ui = secured.document["endpoints"]["ui"]
    assert ui.startswith("https://")
    with browser.new_context() as strict, pytest.raises(Error, match="ERR_CERT_AUTHORITY_INVALID"):
        strict.new_page().goto(ui)
    with browser.new_context(ignore_https_errors=True) as trusting:
        page = trusting.new_page()
        listed = page.get_by_role("link", name=KEPT)
        # Chromium drops what it loads when other tests make networks, and the page stays with its error.
        for _ in range(LOADS):
            page.goto(f"{ui}/namespaces/default/workflows")
            with suppress(AssertionError):
                expect(listed).to_be_visible(timeout=10_000)
                return
        expect(listed).to_be_visible()


def test_no_port_is_left_in_plain_text_but_those_of_the_table(secured: Stack, tls: ClientTls) -> None:
    """Published ones speak TLS; in the stack's network each that listens is looked at."""
    endpoints = secured.document["endpoints"]
    for url in (endpoints["ui"], f"{endpoints['http']}/api/v1/system-info"):
        assert web_problem(url, Credentials(tls)) is None
        assert web_problem(url.replace("https", "http")) is not None
    host, _, port = secured.grpc.rpartition(":")
    assert not is_taken((host, int(port)), None)
    assert not is_taken((host, int(port)), tls.authority)
    found = [
        (service, address, number)
        for service, address, process in containers(secured)
        for number in listening(process)
    ]
    with ThreadPoolExecutor(len(found)) as at_once:
        answers = list(at_once.map(lambda each: speaks_tls(each[1:], tls), found))
    told = dict(zip([(service, number) for service, _, number in found], answers, strict=True))
    assert {port for port, is_encrypted in told.items() if is_encrypted} == ENCRYPTED
    assert {port for port, is_encrypted in told.items() if not is_encrypted} == IN_PLAIN_TEXT


def containers(stack: Stack) -> list[tuple[str, str, int]]:
    """Return the service, the address in the stack's network and the process of each container that runs."""
    inspected: Any = json.loads(docker("inspect", *stack.containers()))
    return [
        (
            each["Config"]["Labels"]["com.docker.compose.service"],
            next(iter(each["NetworkSettings"]["Networks"].values()))["IPAddress"],
            each["State"]["Pid"],
        )
        for each in inspected
        if each["State"]["Running"]
    ]


def listening(process: int) -> set[int]:
    """Return the ports on which somebody in the network of a process listens for others."""
    lines = [
        line.split()
        for kind in ("tcp", "tcp6")
        for line in Path(f"/proc/{process}/net/{kind}").read_text().splitlines()[1:]
    ]
    addresses = (fields[1].split(":") for fields in lines if fields[3] == LISTENING)
    # Docker's own name server is on loopback.
    return {int(port, 16) for address, port in addresses if not address.endswith("00007F")}


def speaks_tls(address: tuple[str, int], tls: ClientTls) -> bool:
    """Tell whether who listens there shows a certificate that our authority has signed."""
    context = ssl.create_default_context(cafile=tls.authority)
    context.check_hostname = False
    context.load_cert_chain(tls.certificate, tls.key)
    context.set_alpn_protocols(["h2", "http/1.1"])
    try:
        with socket.create_connection(address, 5) as plain, context.wrap_socket(plain):
            return True
    except OSError:
        return False


def test_keys_are_in_no_inspection_and_in_nobody_elses_reach(secured: Stack) -> None:
    """Neither in what Docker tells of containers, nor in what others on the machine can read."""
    inspected = docker("inspect", *secured.containers())
    for file in files_of(secured).iterdir():
        assert file.stat().st_mode & 0o077 == 0
        if file.suffix == ".key":
            assert file.read_text().splitlines()[1] not in inspected


def test_an_authority_that_others_can_use_is_refused_while_all_runs_on(secured: Stack) -> None:
    key = secured.cli.home / "state" / "temporal-devenv" / "addons" / "tls" / "ca.key"
    key.chmod(0o644)
    refused = secured.cli.run("up", "-o", "json")
    key.chmod(0o600)
    assert (refused.exit, refused.error["code"]) == (3, "certificate-invalid")
    assert refused.error["message"] == f"{key}: can be read by others (mode 0644)"
    assert secured.cli.answer("status")["state"] == "ready"


def test_certificates_that_have_ended_are_told_of_and_renewed_by_restart(secured: Stack) -> None:
    """Nobody gets in with those; afterwards the same programs do, and the workflow goes on."""
    files, authority = files_of(secured), authority_of(secured)
    client_of(authority, files, "client", begins=timedelta(days=-91))
    ended = f"{files}/client.pem: has expired on "
    status = secured.cli.run("status", "-o", "json")
    assert status.document["state"] == "degraded"
    assert status.document["alerts"][0].startswith(ended)
    for command in (("temporal", "workflow", "count", "--command-timeout", "5s"), ("plan",)):
        refused = secured.cli.run(*command)
        assert (refused.exit, ended in refused.err) == (1, True), refused
    restarted = secured.cli.run("restart")
    assert (restarted.exit, f"made anew: {ended}" in restarted.err) == (0, True), restarted
    assert secured.cli.answer("status")["alerts"] == []
    assert secured.cli.run("run", "--", *PYTHON_CLIENT).out.split()[2] == "1"


def test_switched_off_it_is_said_who_is_refused_and_nothing_is_lost(
    secured: Stack, variables: dict[str, str]
) -> None:
    """Clients by TLS, from then on; the workflow is still there, in plain text."""
    (secured.project / "devenv.toml").write_text(PLAIN)
    assert secured.up()["endpoints"]["ui"].startswith("http://")
    assert "from now on clients connect by plain text, not by TLS with a client certificate" in secured.told
    assert call(secured, variables, HEALTH).exit == 1
    assert evaluated(secured.cli, PYTHON_CLIENT)[2] == "1"
