"""`plan --address` and `import --address`, with real servers that are no stack of the project."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import servers_elsewhere
from e2e.command_line import Cli

from devenv.engines.host import temporal_cli
from devenv.errors import ServerUnreachableError
from devenv.temporal.gateway import ServerGateway
from devenv.temporal.protocol import TlsFiles

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Anybody:
    """A guard that takes whoever answers."""

    def holder_problem(self) -> str | None:
        """Return that there is none."""

    def check_cluster(self, cluster: str) -> None:
        """Return."""


KEY = "a-key-that-nobody-prints"
SEEDS = "namespaces: [{name: orders, retention: 30d, search_attributes: {CustomerId: Keyword}}]\n"
PLANNED = "+ namespace orders (retention 30d)\n+ search attribute orders.CustomerId Keyword\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, run_home: Path) -> Iterator[str]:
    """Yield the address of a server that somebody else runs."""
    cli = _project(tmp_path_factory.mktemp("elsewhere"), run_home)
    yield str(cli.answer("up", "--engine", "embedded", "--any-port")["endpoints"]["grpc"])
    cli.run("down", "--volumes", "--yes")


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    """Return a project that has no stack, on a machine without Docker."""
    project = _project(tmp_path / "shop", tmp_path / "home")
    (project.project / "seeds").mkdir()
    (project.project / "seeds" / "orders.yaml").write_text(SEEDS)
    return project


def _project(directory: Path, home: Path) -> Cli:
    for each in (directory, home):
        each.mkdir(exist_ok=True)
    (directory / "devenv.toml").touch()
    return Cli(directory.resolve(), home, {"DOCKER_HOST": f"unix://{home}/no-engine.sock"})


def _target(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":")
    return host, int(port)


def test_a_plan_needs_no_stack_and_writes_nothing(cli: Cli, server: str) -> None:
    """Its document is about no stack."""
    for _ in range(2):
        result = cli.run("plan", "--address", server)
        assert (result.exit, result.out) == (0, PLANNED), result
    document = cli.answer("plan", "--address", server)
    assert (document["stack"], len(document["changes"])) == (None, 2)
    assert cli.run("plan", "--address", server, "--exit-code").exit == 8


def test_temporals_own_variables_are_not_read(cli: Cli, server: str) -> None:
    """They are those of a shell that may point anywhere."""
    elsewhere = cli.with_variables(TEMPORAL_ADDRESS="127.0.0.1:1", TEMPORAL_TLS="true", TEMPORAL_API_KEY=KEY)
    assert elsewhere.run("plan", "--address", server).out == PLANNED
    stackless = cli.with_variables(TEMPORAL_ADDRESS=server).run("plan", "-o", "json")
    assert stackless.error["code"] == "not-running"
    ours = cli.with_variables(TEMPORAL_DEVENV_ADDRESS=server)
    assert ours.run("plan").out == PLANNED


def test_tls_needs_to_know_who_vouches_for_the_server(cli: Cli, server: str, tmp_path: Path) -> None:
    """Both in envconfig's names and in those of Temporal's CLI; each mistake is told as what it is."""
    ca = str(tmp_path / "ca.pem")
    with servers_elsewhere.behind_tls(_target(server), tmp_path) as address:
        plan = ("plan", "--address", address)
        for trusting in ("--tls-server-ca-cert-path", "--tls-ca-path"):
            assert cli.run(*plan, trusting, ca).out == PLANNED
        assert cli.run(*plan, "--tls-ca-path", ca, "--api-key", KEY).out == PLANNED
        mistakes = {
            (): ("ends the connection of a client without TLS", "--tls"),
            ("--tls",): ("an authority that this machine does not know", "--tls-server-ca-cert-path"),
            ("--tls-ca-path", ca, "--tls-server-name", "other.example.com"): (
                "its certificate is for another name",
                "--tls-server-name",
            ),
        }
        for options, (meaning, hint) in mistakes.items():
            error = cli.run(*plan, *options, "-o", "json").error
            assert (error["code"], meaning in error["details"][0]) == ("server-unreachable", True), error
            assert hint in error["hint"]


def test_a_client_certificate_is_shown_where_it_is_demanded(cli: Cli, server: str, tmp_path: Path) -> None:
    """From a profile as well as from options."""
    directory = str(tmp_path)
    with servers_elsewhere.behind_tls(_target(server), tmp_path, client_certificate=True) as address:
        trusting = ("plan", "--address", address, "--tls-ca-path", f"{directory}/ca.pem")
        error = cli.run(*trusting, "-o", "json").error
        # With TLS 1.3 the client may not hear the demand before the end: unit tests have the sentences.
        assert error["code"] == "server-unreachable"
        shown = ("--tls-cert-path", f"{directory}/client.pem", "--tls-key-path", f"{directory}/client.key")
        assert cli.run(*trusting, *shown).out == PLANNED
        profile = tmp_path / "temporal.toml"
        profile.write_text(
            f'[profile.staging]\naddress = "{address}"\n[profile.staging.tls]\n'
            f'server_ca_cert_path = "{directory}/ca.pem"\n'
            f'client_cert_path = "{directory}/client.pem"\nclient_key_path = "{directory}/client.key"\n'
        )
        result = cli.run("plan", "--profile", "staging", "--config-file", str(profile))
        assert result.out == PLANNED, result


def test_a_stack_behind_tls_is_the_one_that_is_meant(server: str, tmp_path: Path) -> None:
    """Devenv reaches it by its files; one that is missing is named."""
    tls = TlsFiles(*(tmp_path / name for name in ("ca.pem", "client.pem", "client.key")))
    with servers_elsewhere.behind_tls(_target(server), tmp_path, client_certificate=True) as address:
        with ServerGateway.at(address, Anybody(), tls) as gateway:
            assert gateway.frontend_problem() is None
        for lacking in (TlsFiles(tls.authority), None):
            with ServerGateway.at(address, Anybody(), lacking) as gateway:
                assert "does not answer" in str(gateway.frontend_problem())
    (tmp_path / "client.key").unlink()
    with pytest.raises(ServerUnreachableError) as caught:
        ServerGateway.at(address, Anybody(), tls)
    assert caught.value.details[0].startswith(str(tls.key))


def test_a_profile_is_found_where_temporals_cli_keeps_it(cli: Cli, server: str) -> None:
    """An option beats it; one that is not there is told."""
    made = ("config", "set", "--profile", "staging", "--prop")
    binary = str(temporal_cli.find(None))
    for name, value in (("address", "127.0.0.1:1"), ("api_key", KEY)):
        assert cli.shell(f"{binary} {' '.join(made)} {name} --value {value}").exit == 0
    assert "127.0.0.1:1" in cli.run("plan", "--profile", "staging", "-o", "json").error["message"]
    assert cli.run("plan", "--profile", "staging", "--no-tls", "--address", server).out == PLANNED
    assert "'stagin' not found" in cli.run("plan", "--profile", "stagin").err


def test_a_server_without_tls_is_told_as_that(cli: Cli, server: str) -> None:
    """An API key implies TLS, as for the SDKs; the key is in no output."""
    result = cli.run("plan", "--address", server, "--api-key", KEY, "--debug")
    assert (result.exit, "it does not speak TLS" in result.err) == (1, True)
    assert KEY not in result.out + result.err
    assert cli.run("plan", "--address", server, "--api-key", KEY, "--no-tls").out == PLANNED


@pytest.mark.parametrize(
    ("status", "code", "words"),
    [
        (7, "permission-denied", "no such right"),
        (12, "server-rejected", "a server of this version cannot do it"),
    ],
    ids=["permission denied", "another version"],
)
def test_a_server_that_refuses_is_told_as_that(cli: Cli, status: int, code: str, words: str) -> None:
    """With its own words."""
    with servers_elsewhere.refusing(status, "no such right") as address:
        error = cli.run("plan", "--address", address, "-o", "json").error
    assert (error["code"], words in error["details"][0]) == (code, True), error
    assert "devenv logs" not in error["hint"]


def test_a_server_that_is_silent_is_not_waited_for_forever(cli: Cli) -> None:
    """It takes the connection and never says a word."""
    with servers_elsewhere.silent() as address:
        error = cli.run("plan", "--address", address, "-o", "json", timeout_s=25).error
    assert (error["code"], error["details"]) == ("server-unreachable", ["it does not answer in time"])


@pytest.mark.parametrize(
    ("arguments", "exit_code", "words"),
    [
        (("--address", "127.0.0.1:1"), 1, "nobody listens there"),
        (("--address", "no-such-host.invalid:7233"), 1, "there is no host of that name"),
        (("--address", "localhost"), 3, '"localhost" is not an address'),
        (("--address", "https://localhost:7233"), 3, "is not an address"),
        (("--address", "localhost:99999"), 3, "is not an address"),
        (("--tls",), 2, "--tls needs --address or --profile"),
        (("--address", "localhost:1", "--tls-ca-path", "/nope.pem"), 3, "/nope.pem: cannot be read"),
        (("--profile", "x", "--config-file", "/nope.toml"), 3, "/nope.toml: cannot be read"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_cannot_be_asked_is_told(
    cli: Cli, arguments: tuple[str, ...], exit_code: int, words: str
) -> None:
    """In a sentence."""
    result = cli.run("plan", *arguments)
    assert (result.exit, words in result.err) == (exit_code, True), result


def test_a_damaged_file_of_profiles_shows_no_key(cli: Cli) -> None:
    """The parser would quote the line."""
    file = cli.project / "temporal.toml"
    file.write_text(f'[profile.default]\napi_key = "{KEY}\n')
    result = cli.run("plan", "--config-file", str(file))
    assert (result.exit, KEY in result.out + result.err) == (3, False), result


def test_import_reads_such_a_server_too(cli: Cli, server: str) -> None:
    """Without a stack; what it writes, that server has."""
    assert cli.run("import", "--address", server).out.startswith("Nothing to import")
    (cli.project / "seeds" / "orders.yaml").unlink()
    assert cli.run("plan", "--address", server).out == "No changes.\n"
