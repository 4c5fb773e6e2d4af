"""How a container's OpenSearch was started: with its agent, from the stand-in's archive of loaded classes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from e2e.container_runs import Container

ARCHIVE = "lib/classes.jsa"


def mappings_of(file: str, node: Container) -> int:
    """Return how often the processes of a container have mapped a file."""
    return _occurrences(file, "maps", node)


def has_agent(node: Container) -> bool:
    """Tell whether a JVM of the container was given OpenSearch's agent."""
    return _occurrences("^-javaagent:", "cmdline", node) > 0


def _occurrences(pattern: str, file: str, node: Container) -> int:
    lines = f"cat /proc/[0-9]*/{file} 2>/dev/null | tr '\\0' '\\n'"
    return int(node.output("sh", "-c", f"{lines} | grep -c -e '{pattern}'; true"))
