"""Removes what has the labels of one stack (`labels.own_labels`) from a Docker engine, and nothing else.

Not by `docker compose down`: it goes by names, and an overlay may name a volume or network that existed
before. Such a thing never has the labels. What an interrupted Compose has left is cleared here as well: the
next one would fail of it.
"""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from docker.errors import APIError, NotFound

from devenv.engines.compose import labels

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    import docker

    from devenv.engines.compose.labels import Filters

STOP_TIMEOUT_S = 10
# What is deleted with its data need not end well; Postgres that makes its first database takes all of 10 s.
DELETE_TIMEOUT_S = 1
SIDE_BY_SIDE = 8
RUNNING = frozenset({"running", "paused", "restarting"})
# To replace a container Compose makes the new one as `<id of the old one>_<name>`, removes the old one and
# gives the new one its name. Interrupted, it leaves both, or only the one with the wrong name; its next run
# trips over either.
_TEMPORARY = re.compile(r"[0-9a-f]{12}_(?P<name>.+)")
# What Compose fails of when another request to the engine, or one of its own, was faster. It passes.
_PASSING = re.compile(
    r"The container name .* is already in use|No such container|"
    r"removal of container .* is already in progress|is marked for removal",
)


def remove_all(client: docker.DockerClient, filters: Filters, *, volumes: bool) -> None:
    """Remove the containers and networks that `filters` find, and with `volumes` the volumes.

    Absent things are done already.
    """
    api = client.api
    doomed = [item.name for item in client.volumes.list(filters=filters)] if volumes else []
    containers = api.containers(all=True, filters=filters)
    _stop(client, containers, set(doomed))
    # `v` is about volumes without a name, which nobody could find again.
    _each(lambda item: api.remove_container(item, force=True, v=volumes), _ids(containers))
    _each(api.remove_network, _ids(api.networks(filters=filters)))
    _each(api.remove_volume, doomed)


def _stop(client: docker.DockerClient, containers: Sequence[Mapping[str, Any]], doomed: set[str]) -> None:
    """Stop what runs, each service before those that it depends on."""
    grace = {item["Id"]: _grace(item, doomed) for item in containers if item["State"] in RUNNING}
    in_turn = STOP_TIMEOUT_S in grace.values()
    for batch in in_stop_order(containers) if in_turn else [containers]:
        running = [item["Id"] for item in batch if item["Id"] in grace]
        _each(lambda item: client.api.stop(item, timeout=grace[item]), running)


def in_stop_order(containers: Sequence[Mapping[str, Any]]) -> list[list[Mapping[str, Any]]]:
    """Return `containers` in batches: no container of a batch is needed by one of a later batch."""
    batches = []
    left = list(containers)
    while left:
        needed = {name for item in left for name in _dependencies(item)}
        # A circle, which Compose refuses, must not go on for ever.
        batch = [item for item in left if _service(item) not in needed] or left
        batches.append(batch)
        left = [item for item in left if item not in batch]
    return batches


def _dependencies(container: Mapping[str, Any]) -> set[str]:
    """Return the services that Compose says a container depends on: `postgres:service_started:false,…`."""
    text = container["Labels"].get(labels.COMPOSE_DEPENDS_ON, "")
    return {each.partition(":")[0] for each in text.split(",") if each} - {_service(container)}


def _service(container: Mapping[str, Any]) -> str:
    return str(container["Labels"].get(labels.COMPOSE_SERVICE, container["Id"]))


def _grace(container: Mapping[str, Any], doomed: set[str]) -> int:
    """Return the seconds that a container may take to stop: few where nothing that it can write stays."""
    if not doomed:
        return STOP_TIMEOUT_S
    writable = [mount for mount in container.get("Mounts", []) if mount.get("RW")]
    stays = any(mount.get("Type") != "tmpfs" and mount.get("Name") not in doomed for mount in writable)
    return STOP_TIMEOUT_S if stays else DELETE_TIMEOUT_S


def _ids(items: Iterable[Mapping[str, Any]]) -> list[str]:
    return [str(item["Id"]) for item in items]


def _each(action: Callable[[str], object], items: Iterable[str]) -> None:
    """Call `action` for all `items` side by side; an item that is gone, or going, is done."""

    def once(item: str) -> None:
        with suppress(NotFound):
            try:
                action(item)
            except APIError as error:
                if "already in progress" not in str(error):
                    raise

    with ThreadPoolExecutor(max_workers=SIDE_BY_SIDE) as pool:
        list(pool.map(once, items))


def clear_leftovers(client: docker.DockerClient, filters: Filters) -> None:
    """Finish or undo interrupted replacements of the containers that `filters` find.

    Without its old container a new one gets its name, else it is removed, and the old one is as it was.
    """
    containers = client.api.containers(all=True, filters=filters)
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
