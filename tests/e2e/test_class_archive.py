"""OpenSearch boots whatever has become of the archive of its classes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from e2e.container_runs import Container
from e2e.image_contracts_fixtures import image_family, lasting_containers, versions

from devenv.stack.files import CLASS_DATA_SHARING, HEAP, TUNED_JVM

if TYPE_CHECKING:
    from e2e.container_runs import ContainerRuns
    from e2e.stacks import Stack

    from devenv.images.catalog import ImageFamily

__all__ = ["image_family", "lasting_containers", "versions"]

pytestmark = pytest.mark.stack

ARCHIVE = "lib/classes.jsa"
FATES = {
    "missing": f"rm -f {ARCHIVE}",
    "corrupt": f"chmod u+w {ARCHIVE} && head -c 100000 /dev/urandom > {ARCHIVE}",
    # The JVM compares the times of the jars with those it recorded.
    "stale": "touch lib/*.jar",
}
HEALTH = "http://127.0.0.1:9200/_cluster/health?wait_for_status=green&timeout=1s"


@pytest.fixture(scope="module")
def nodes(image_family: ImageFamily, lasting_containers: ContainerRuns) -> dict[str, Container]:
    """A node for each fate of the archive, all booting at once."""
    if image_family.kind == "official":
        pytest.skip("official images have no archive, and devenv asks for none")
    options = f"OPENSEARCH_JAVA_OPTS={HEAP} {TUNED_JVM} {CLASS_DATA_SHARING}"
    # Not `sh`: Debian's takes variables with a dot out of the environment.
    flags = ("--env=discovery.type=single-node", f"--env={options}", "--entrypoint=bash")
    entrypoint = "exec ./opensearch-docker-entrypoint.sh opensearch"
    return {
        fate: lasting_containers.start(
            image_family.refs["opensearch"], "-ec", f"{spoil}; {entrypoint}", flags=flags
        )
        for fate, spoil in FATES.items()
    }


@pytest.mark.parametrize("fate", FATES)
def test_it_is_green(nodes: dict[str, Container], fate: str) -> None:
    """An archive that is not there, not whole or not fitting costs time, never the boot."""
    node = nodes[fate]

    node.wait_until(lambda: node.execute("curl", "-sf", HEALTH).exit_code == 0, timeout_s=120)


def test_the_archive_is_used_where_it_is_as_built(shop: Stack, image_family: ImageFamily) -> None:
    """The options that devenv gives make the JVM map the archive."""
    if image_family.kind == "official":
        pytest.skip("official images have no archive, and devenv asks for none")
    node = Container(shop.services()["opensearch"]["Id"])
    assert mappings_of_the_archive(node) > 0


def test_without_the_archive_nothing_is_mapped(nodes: dict[str, Container]) -> None:
    """Else the test above would prove nothing."""
    assert mappings_of_the_archive(nodes["missing"]) == 0


def mappings_of_the_archive(node: Container) -> int:
    script = f"cat /proc/[0-9]*/maps 2>/dev/null | grep -c {ARCHIVE}; true"
    return int(node.output("sh", "-c", script))
