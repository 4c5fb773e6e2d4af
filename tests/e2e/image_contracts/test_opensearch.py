"""What the stack relies on in the image of OpenSearch."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from e2e.container_runs import HARDENED
from e2e.opensearch_jvm import ARCHIVE, has_agent, mappings_of

from devenv.engines.compose.files import CLASS_DATA_SHARING, HEAP, TUNED_JVM

if TYPE_CHECKING:
    from typing import Any

    from e2e.container_runs import Container, ContainerRuns, Finished

    from devenv.images.catalog import ImageFamily
    from devenv.project.settings import Versions

pytestmark = pytest.mark.stack

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
        assert finished.is_refusal
        assert "root" in finished.output

    def test_it_is_the_version_that_was_asked_for(self, node: Container, versions: Versions) -> None:
        answer = _get(node, "/")
        assert answer["version"]["number"] == versions.model_dump()["opensearch"]
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
