"""How a container's OpenSearch was started: with its agent or without, from an archive of classes or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from e2e.container_runs import Container

ARCHIVE = "lib/classes.jsa"
# The JVM leaves pages as they are in the file only where the archive has the address it was made for.
AS_IN_THE_FILE = f" r--p .*{ARCHIVE}"


def mappings_of(pattern: str, node: Container) -> int:
    """Return how many mappings of a container's processes match a pattern, as /proc/PID/maps has them."""
    return _occurrences(pattern, "maps", node)


def has_agent(node: Container) -> bool:
    """Tell whether a JVM of the container was given OpenSearch's agent."""
    return _occurrences("^-javaagent:", "cmdline", node) > 0


def _occurrences(pattern: str, file: str, node: Container) -> int:
    lines = f"cat /proc/[0-9]*/{file} 2>/dev/null | tr '\\0' '\\n'"
    return int(node.output("sh", "-c", f"{lines} | grep -c -e '{pattern}'; true"))
