"""OpenSearch boots whatever has become of the archive of its classes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from e2e.class_archive import ARCHIVE, mappings_of
from e2e.image_contracts_fixtures import image_family, lasting_containers, versions

from devenv.stack.files import CLASS_DATA_SHARING, HEAP, TUNED_JVM

if TYPE_CHECKING:
    from e2e.container_runs import Container, ContainerRuns

    from devenv.images.catalog import ImageFamily

__all__ = ["image_family", "lasting_containers", "versions"]

pytestmark = pytest.mark.stack

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


def test_without_the_archive_nothing_is_mapped(nodes: dict[str, Container]) -> None:
    """Else it would prove nothing that the stack of the example maps it."""
    assert mappings_of(ARCHIVE, nodes["missing"]) == 0
