"""What the stack relies on in its images, checked on whichever family is local."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from e2e.container_runs import image_config
from e2e.image_contracts_fixtures import containers, image_family, lasting_containers, versions
from e2e.opensearch_jvm import ARCHIVE, has_agent, mappings_of

from devenv.project.versions import shipped_components
from devenv.stack.files import CLASS_DATA_SHARING, HEAP, TUNED_JVM

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import Any

    from e2e.container_runs import Container, ContainerRuns, Finished

    from devenv.images.catalog import ImageFamily
    from devenv.project.settings import Versions

# Imported so that pytest finds them here.
__all__ = ["containers", "image_family", "lasting_containers", "versions"]

pytestmark = pytest.mark.stack

HARDENED = ("--cap-drop=ALL", "--security-opt=no-new-privileges:true")
READ_ONLY = (*HARDENED, "--read-only", "--tmpfs=/tmp")
PASSWORD = "--env=POSTGRES_PASSWORD=correct"
START_TIMEOUT_S = 60


def _refuses(finished: Finished) -> bool:
    return finished.exit_code == 1 and finished.output != ""


class TestPostgres:
    """The database: who it runs as, where its data is, and how it is told what to do."""

    TCP = ("pg_isready", "-q", "-h", "127.0.0.1", "-U", "postgres")
    UNPRIVILEGED = ("--user=999:999", *READ_ONLY, "--tmpfs=/var/run/postgresql:uid=999,gid=999,mode=0775")

    @pytest.fixture
    def image(self, image_family: ImageFamily) -> str:
        return image_family.refs["postgres"]

    @pytest.fixture
    def start(self, image: str, containers: ContainerRuns) -> Callable[..., Container]:
        """Starts Postgres and waits until it answers over TCP."""
        return lambda *command, flags=(PASSWORD,): self._serving(
            containers.start(image, *command, flags=flags)
        )

    @pytest.fixture(scope="class")
    @classmethod
    def server(
        cls,
        image_family: ImageFamily,
        lasting_containers: ContainerRuns,
        tmp_path_factory: pytest.TempPathFactory,
    ) -> Container:
        """Return one as in the stack, with an argument and a script that looks around while it starts."""
        script = tmp_path_factory.mktemp("scripts") / "look.sh"
        script.write_text("pg_isready -h 127.0.0.1 || echo tcp=$?\npg_isready && echo socket=$?\n")
        script.chmod(0o644)
        mount = f"--volume={script}:/docker-entrypoint-initdb.d/look.sh:ro"
        flags = (PASSWORD, *cls.UNPRIVILEGED, mount)
        image = image_family.refs["postgres"]
        return cls._serving(lasting_containers.start(image, "-c", "max_connections=42", flags=flags))

    @classmethod
    def _serving(cls, container: Container) -> Container:
        container.wait_until(lambda: container.execute(*cls.TCP).exit_code == 0, timeout_s=START_TIMEOUT_S)
        return container

    def test_it_says_where_its_data_is_and_how_to_stop_it(self, image: str) -> None:
        config = image_config(image)
        assert list(config["Volumes"]) == ["/var/lib/postgresql/data"]
        assert "PGDATA=/var/lib/postgresql/data" in config["Env"]
        assert config["StopSignal"] == "SIGINT"
        assert config["Entrypoint"] == ["docker-entrypoint.sh"]
        assert config["Cmd"] == ["postgres"]
        assert not config.get("Healthcheck")

    def test_it_is_the_major_version_that_was_asked_for(
        self, image: str, versions: Versions, containers: ContainerRuns
    ) -> None:
        """Asking needs no password and makes no database."""
        finished = containers.run(image, "--version")
        assert finished.exit_code == 0
        assert f"PostgreSQL) {versions.postgres}." in finished.output

    def test_the_user_postgres_is_999(self, image: str, containers: ContainerRuns) -> None:
        finished = containers.run(image, "sh", "-c", "id -u postgres; id -g postgres")
        assert finished.output.split() == ["999", "999"]

    def test_the_tools_are_on_the_path(self, image: str, containers: ContainerRuns) -> None:
        script = "for tool in psql pg_isready initdb pg_ctl gosu; do command -v $tool || exit 1; done"
        assert containers.run(image, "sh", "-c", script).exit_code == 0

    def test_it_runs_unprivileged_on_a_read_only_root(self, server: Container) -> None:
        assert server.output("sh", "-c", "id -u; stat -c %u /proc/1") == "999\n999"

    def test_started_as_root_it_becomes_postgres(self, start: Callable[..., Container]) -> None:
        needed = ("CHOWN", "FOWNER", "DAC_OVERRIDE", "SETUID", "SETGID")
        container = start(flags=(PASSWORD, "--cap-drop=ALL", *(f"--cap-add={name}" for name in needed)))
        assert container.output("stat", "-c", "%u", "/proc/1") == "999"
        assert container.output("stat", "-c", "%u %a", "/var/lib/postgresql/data") == "999 700"

    def test_arguments_that_begin_with_a_dash_are_the_servers(self, server: Container) -> None:
        assert server.output("psql", "-U", "postgres", "-Atc", "SHOW max_connections") == "42"

    def test_user_database_and_initdb_arguments_are_taken(self, start: Callable[..., Container]) -> None:
        names = (
            "--env=POSTGRES_USER=temporal",
            "--env=POSTGRES_DB=Shop's",
            "--env=POSTGRES_INITDB_ARGS=--data-checksums",
        )
        container = start(flags=(PASSWORD, *names))
        query = "SELECT current_user, current_database(), current_setting('data_checksums')"
        answer = container.output("psql", "-U", "temporal", "-d", "Shop's", "-Atc", query)
        assert answer == "temporal|Shop's|on"

    def test_settings_can_come_from_files(self, start: Callable[..., Container], tmp_path: Path) -> None:
        """Without a word about it, the database is named after the user."""
        for name, value in {"user": "temporal", "password": "from-file"}.items():
            (tmp_path / name).write_text(f"{value}\n")
            (tmp_path / name).chmod(0o644)
        files = [f"--volume={tmp_path / name}:/run/{name}:ro" for name in ("user", "password")]
        names = ("--env=POSTGRES_USER_FILE=/run/user", "--env=POSTGRES_PASSWORD_FILE=/run/password")
        container = start(flags=(*files, *names))
        assert self._answers_over_the_network(container, "temporal", "from-file")
        default = container.output("psql", "-U", "temporal", "-Atc", "SELECT current_database()")
        assert default == "temporal"

    @pytest.mark.parametrize("name", ["PASSWORD", "USER", "DB", "INITDB_ARGS"])
    def test_a_setting_and_its_file_together_are_refused(
        self, image: str, containers: ContainerRuns, name: str
    ) -> None:
        both = (f"--env=POSTGRES_{name}=x", f"--env=POSTGRES_{name}_FILE=/etc/hostname")
        finished = containers.run(image, flags=both)
        assert _refuses(finished)
        assert f"POSTGRES_{name}" in finished.output

    def test_no_password_is_refused(self, image: str, containers: ContainerRuns) -> None:
        finished = containers.run(image)
        assert _refuses(finished)
        assert "POSTGRES_PASSWORD" in finished.output

    def test_no_password_is_fine_where_everybody_is_trusted(self, start: Callable[..., Container]) -> None:
        container = start(flags=("--env=POSTGRES_HOST_AUTH_METHOD=trust",))
        assert self._answers_over_the_network(container, "postgres", "")

    def test_the_network_needs_the_password(self, server: Container) -> None:
        assert self._answers_over_the_network(server, "postgres", "correct")
        assert not self._answers_over_the_network(server, "postgres", "wrong")
        rules = server.output("grep", "-E", "^host +all +all +all", "/var/lib/postgresql/data/pg_hba.conf")
        assert rules.split()[-1] == "scram-sha-256"

    def _answers_over_the_network(self, container: Container, user: str, password: str) -> bool:
        address = container.output("hostname", "-i").split()[0]
        command = ("psql", "-w", "-h", address, "-U", user, "-c", "SELECT 1")
        return container.execute(*command, flags=(f"--env=PGPASSWORD={password}",)).exit_code == 0

    def test_while_it_initialises_only_the_socket_answers(self, server: Container) -> None:
        """Else a health check over TCP would call a database ready that stops again a moment later."""
        logs = server.logs()
        assert "tcp=2" in logs
        assert "socket=0" in logs

    def test_init_scripts_run_once_in_the_database(
        self, start: Callable[..., Container], tmp_path: Path
    ) -> None:
        script = tmp_path / "10-table.sql"
        script.write_text("CREATE TABLE shop (name text);\n")
        script.chmod(0o644)
        mount = f"--volume={script}:/docker-entrypoint-initdb.d/10-table.sql:ro"
        container = start(flags=(PASSWORD, "--env=POSTGRES_DB=orders", mount))
        container.restart()
        container.wait_until(lambda: container.execute(*self.TCP).exit_code == 0, timeout_s=START_TIMEOUT_S)
        count = "SELECT count(*) FROM shop"
        assert container.output("psql", "-U", "postgres", "-d", "orders", "-Atc", count) == "0"

    def test_it_stops_cleanly(self, server: Container) -> None:
        """The last of those that share it."""
        assert server.stop() == 0
        assert "database system is shut down" in server.logs()


OPENSEARCH_HOME = "/usr/share/opensearch"
# Without the optimizing compiler the node starts in half of the processor time.
JAVA_OPTIONS = "-Xms200m -Xmx300m -Xms300m -XX:TieredStopAtLevel=1 -Ddevenv.test=first -Ddevenv.test=last"


@pytest.fixture(scope="module")
def node(image_family: ImageFamily, lasting_containers: ContainerRuns) -> Container:
    """An OpenSearch node that is green."""
    settings = {
        "discovery.type": "single-node",
        "action.auto_create_index": "false",
        "cluster.routing.allocation.disk.threshold_enabled": "false",
        "DISABLE_SECURITY_PLUGIN": "true",
        "DISABLE_PERFORMANCE_ANALYZER_AGENT_CLI": "true",
        "OPENSEARCH_JAVA_OPTS": JAVA_OPTIONS,
    }
    environment = [f"--env={name}={value}" for name, value in settings.items()]
    flags = (*HARDENED, f"--tmpfs={OPENSEARCH_HOME}/plugins", *environment)
    node = lasting_containers.start(image_family.refs["opensearch"], flags=flags)
    health = "/_cluster/health?wait_for_status=green&timeout=1s"
    node.wait_until(lambda: _curl(node, health).exit_code == 0, timeout_s=120)
    return node


def _curl(node: Container, path: str, *options: str) -> Finished:
    return node.execute("curl", "-sf", *options, f"http://127.0.0.1:9200{path}")


def _get(node: Container, path: str) -> Any:
    return json.loads(_curl(node, path).output)


class TestOpenSearch:
    """The visibility store, started once: settings from the environment, Java options, no plugins."""

    @pytest.fixture
    def image(self, image_family: ImageFamily) -> str:
        return image_family.refs["opensearch"]

    def test_it_runs_as_1000_in_its_home(self, node: Container) -> None:
        assert node.output("sh", "-c", "id -u; id -g; pwd") == f"1000\n1000\n{OPENSEARCH_HOME}"

    def test_it_refuses_root(self, image: str, containers: ContainerRuns) -> None:
        finished = containers.run(image, flags=("--user=0", "--env=DISABLE_SECURITY_PLUGIN=true"))
        assert _refuses(finished)
        assert "root" in finished.output

    def test_it_is_the_version_that_was_asked_for(self, node: Container, versions: Versions) -> None:
        answer = _get(node, "/")
        assert answer["version"]["number"] == versions.opensearch
        assert answer["cluster_name"] == "docker-cluster"

    def test_variables_named_like_settings_are_settings(self, node: Container) -> None:
        settings = _get(node, "/_nodes/_local/settings?flat_settings")["nodes"].popitem()[1]["settings"]
        assert settings["action.auto_create_index"] == "false"
        assert settings["discovery.type"] == "single-node"
        assert _curl(node, "/unknown/_doc/1", "-XPUT", "--json", "{}").exit_code != 0

    def test_the_last_java_option_wins(self, node: Container) -> None:
        jvm = _get(node, "/_nodes/_local/jvm")["nodes"].popitem()[1]["jvm"]
        assert jvm["mem"]["heap_init_in_bytes"] == 300 * 1024 * 1024
        arguments = [argument for argument in jvm["input_arguments"] if argument.startswith("-Ddevenv.test")]
        assert arguments[-1] == "-Ddevenv.test=last"

    def test_it_has_no_plugins(self, node: Container) -> None:
        assert _get(node, "/_cat/plugins?format=json") == []

    def test_it_knows_the_field_types_of_the_visibility_template(self, node: Container) -> None:
        double = {"type": "scaled_float", "scaling_factor": 10000}
        body = json.dumps({"mappings": {"properties": {"Total": double}}})
        assert _curl(node, "/totals", "-XPUT", "--json", body).exit_code == 0

    def test_as_it_comes_it_has_the_agent_and_no_archive_of_its_classes(self, node: Container) -> None:
        """Else it would prove nothing that the stack of the example is without the one and maps the other."""
        assert has_agent(node)
        assert mappings_of(ARCHIVE, node) == 0

    @pytest.mark.parametrize(
        ("fate", "reason"),
        [
            (f"rm -f {ARCHIVE}", ""),
            (f"chmod u+w {ARCHIVE} && head -c 100000 /dev/urandom > {ARCHIVE}", "bad magic number"),
            # The JVM compares the times of the jars with those it recorded.
            ("touch lib/*.jar", "timestamp has changed"),
        ],
        ids=["missing", "corrupt", "stale"],
    )
    def test_an_unfit_archive_of_its_classes_is_passed_over(
        self, image_family: ImageFamily, containers: ContainerRuns, fate: str, reason: str
    ) -> None:
        """It costs time, never the start."""
        if image_family.kind == "official":
            pytest.skip("official images have no archive, and devenv asks for none")
        options = f"--env=OPENSEARCH_JAVA_OPTS={HEAP} {TUNED_JVM} {CLASS_DATA_SHARING}"
        script = f"{fate}; exec ./opensearch-docker-entrypoint.sh opensearch --version"
        # Not `sh`: Debian's takes variables with a dot out of the environment.
        flags = ("--env=DISABLE_JAVA_AGENT=true", options, "--entrypoint=bash")
        finished = containers.run(image_family.refs["opensearch"], "-ec", script, flags=flags)
        assert finished.exit_code == 0, finished.output
        assert "Version: " in finished.output
        assert reason in finished.output

    def test_its_data_can_be_a_volume(self, node: Container) -> None:
        assert (
            node.output("stat", "-c", "%u", f"{OPENSEARCH_HOME}/data", f"{OPENSEARCH_HOME}/logs")
            == "1000\n1000"
        )


class TestServer:
    """The Temporal server: a binary and an entrypoint, and no configuration."""

    @pytest.fixture
    def image(self, image_family: ImageFamily) -> str:
        return image_family.refs["temporal"]

    def test_the_command_is_the_entrypoint_script(self, image: str) -> None:
        config = image_config(image)
        assert not config.get("Entrypoint")
        assert config["Cmd"] == ["/etc/temporal/entrypoint.sh"]
        assert config["WorkingDir"] == "/etc/temporal"

    def test_it_runs_as_1000(self, image: str, containers: ContainerRuns) -> None:
        assert containers.run(image, "sh", "-c", "id -u; id -g").output.split() == ["1000", "1000"]

    def test_it_is_the_version_that_was_asked_for(
        self, image: str, versions: Versions, containers: ContainerRuns
    ) -> None:
        finished = containers.run(image, "temporal-server", "--version", flags=READ_ONLY)
        assert finished.output.strip().endswith(versions.temporal)

    def test_without_configuration_it_says_what_is_missing(
        self, image: str, containers: ContainerRuns
    ) -> None:
        finished = containers.run(image, flags=READ_ONLY)
        assert _refuses(finished)
        assert "Unable to load configuration" in finished.output

    def test_a_port_can_be_probed(self, image: str, containers: ContainerRuns) -> None:
        """The health check of the stack is `nc -z`."""
        probes = "nc -z 127.0.0.1 7233; echo $?; command -v wget getent"
        assert containers.run(image, "sh", "-c", probes).output.split()[0] == "1"


class TestAdminTools:
    """The tools that make the schema and the index."""

    @pytest.fixture
    def image(self, image_family: ImageFamily) -> str:
        return image_family.refs["admin-tools"]

    def test_it_runs_as_1000_on_a_read_only_root(self, image: str, containers: ContainerRuns) -> None:
        assert containers.run(image, "id", "-u", flags=READ_ONLY).output.strip() == "1000"

    @pytest.mark.parametrize("tool", ["temporal", "tdbg", "temporal-sql-tool", "temporal-elasticsearch-tool"])
    def test_a_tool_is_there(self, image: str, containers: ContainerRuns, tool: str) -> None:
        assert containers.run(image, f"/usr/local/bin/{tool}", "--help").exit_code == 0

    def test_the_schema_is_there(self, image: str, containers: ContainerRuns) -> None:
        schemas = ("postgresql/v12/temporal/versioned", "elasticsearch/visibility")
        paths = [f"/etc/temporal/schema/{schema}" for schema in schemas]
        assert containers.run(image, "ls", "-d", *paths).exit_code == 0

    def test_the_cli_is_the_one_that_devenv_ships(
        self, image: str, image_family: ImageFamily, containers: ContainerRuns
    ) -> None:
        if image_family.kind == "official":
            pytest.skip("the official image chooses its own CLI")
        finished = containers.run(image, "temporal", "--version")
        assert f"temporal version {shipped_components()['cli'].default} " in finished.output

    def test_left_alone_it_waits_to_be_told(self, image: str, containers: ContainerRuns) -> None:
        assert containers.start(image).output("pwd") == "/"


class TestUi:
    """The Web UI: its configuration is a file that can be replaced."""

    @pytest.fixture
    def image(self, image_family: ImageFamily) -> str:
        return image_family.refs["ui"]

    def test_it_says_how_it_is_started(self, image: str) -> None:
        config = image_config(image)
        assert config["WorkingDir"] == "/home/ui-server"
        assert config["Entrypoint"] == ["./start-ui-server.sh"]
        assert "8080/tcp" in config["ExposedPorts"]

    def test_it_runs_as_1000(self, image: str, containers: ContainerRuns) -> None:
        finished = containers.run(
            image, "-c", "id -u; ls ./ui-server ./config/docker.yaml", flags=("--entrypoint=sh",)
        )
        assert finished.output.split()[0] == "1000"
        assert finished.exit_code == 0

    def test_it_is_healthy_with_a_configuration_of_ours(
        self, image: str, containers: ContainerRuns, tmp_path: Path
    ) -> None:
        config = tmp_path / "docker.yaml"
        config.write_text(
            "temporalGrpcAddress: 127.0.0.1:7233\nhost: 127.0.0.1\nport: 8123\nenableUi: true\n"
        )
        config.chmod(0o644)
        mount = f"--volume={config}:/home/ui-server/config/docker.yaml:ro"
        container = containers.start(image, flags=(*READ_ONLY, mount))
        probe = ("wget", "-q", "-O", "-", "http://127.0.0.1:8123/healthz")
        container.wait_until(lambda: container.execute(*probe).exit_code == 0, timeout_s=START_TIMEOUT_S)
        assert json.loads(container.output(*probe)) == {"status": "OK"}
