"""What an interrupted Compose has left, and the next one would fail of."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from docker.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import docker

# To replace a container Compose makes the new one as `<id of the old one>_<name>`, removes the old one and
# gives the new one its name. Interrupted, it leaves both, or only the one with the wrong name; its next run
# trips over either.
_TEMPORARY = re.compile(r"[0-9a-f]{12}_(?P<name>.+)")
# What Compose fails of when another request to the engine, or one of its own, was faster. It passes.
_PASSING = re.compile(
    r"The container name .* is already in use|No such container|"
    r"removal of container .* is already in progress|is marked for removal",
)


def clear_leftovers(client: docker.DockerClient, labels: Sequence[str]) -> None:
    """Finish or undo interrupted replacements of containers that carry all `labels` (`name=value`).

    Without its old container a new one gets its name, else it is removed, and the old one is as it was.
    """
    containers = client.api.containers(all=True, filters={"label": list(labels)})
    usable = [item for item in containers if item["State"] != "dead"]
    doomed = [item for item in containers if item["State"] == "dead"]
    by_name = {_name(item): item for item in usable}
    for name, items in _replacements(by_name).items():
        newest_first = sorted(items, key=lambda item: item["Created"], reverse=True)
        if name not in by_name:
            with suppress(NotFound):
                client.api.rename(newest_first.pop(0)["Id"], name)
        doomed += newest_first
    for item in doomed:
        # Its volumes without a name may be those of the container that it was to replace.
        with suppress(NotFound):
            client.api.remove_container(item["Id"], force=True, v=False)


def _replacements(by_name: Mapping[str, Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    """Return the containers with a temporary name, by the name that each was to get."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for name, item in by_name.items():
        if match := _TEMPORARY.fullmatch(name):
            found.setdefault(match["name"], []).append(item)
    return found


def may_pass(output: Sequence[str]) -> bool:
    """Tell whether Compose, which said `output` when it failed, may succeed in a second run."""
    return _PASSING.search("\n".join(output)) is not None


def _name(container: Mapping[str, Any]) -> str:
    return str(container["Names"][0]).removeprefix("/") if container.get("Names") else str(container["Id"])
