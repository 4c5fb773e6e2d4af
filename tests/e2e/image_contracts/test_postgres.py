"""What the stack relies on in the image of Postgres."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from e2e.container_runs import READ_ONLY, START_TIMEOUT_S, image_config

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from e2e.container_runs import Container, ContainerRuns

    from devenv.images.catalog import ImageFamily
    from devenv.project.settings import Versions

pytestmark = pytest.mark.stack

PASSWORD = "--env=POSTGRES_PASSWORD=correct"


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
        assert f"PostgreSQL) {versions.model_dump()['postgres']}." in finished.output

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
        assert finished.is_refusal
        assert f"POSTGRES_{name}" in finished.output

    def test_no_password_is_refused(self, image: str, containers: ContainerRuns) -> None:
        finished = containers.run(image)
        assert finished.is_refusal
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
