"""The archive of the classes that OpenSearch loads, as the stand-in image has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from e2e.container_runs import Container

ARCHIVE = "lib/classes.jsa"


def mappings_of(file: str, node: Container) -> int:
    """Return how often the processes of a container have mapped a file."""
    return int(node.output("sh", "-c", f"cat /proc/[0-9]*/maps 2>/dev/null | grep -c {file}; true"))
