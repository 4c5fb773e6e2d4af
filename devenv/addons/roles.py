"""The add-on `roles`: `up` proves that all members are one cluster, and that its own workers poll."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

from devenv.errors import CommandFailedError, NotRunningError, SettingsInvalidError
from devenv.project.access import Access

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from devenv.addons import AddonContext

FRONTEND, TOOLS = "temporal", "admin-tools"
# The roles as the server calls them, and the services of ours that have them.
SERVICES = {
    "frontend": FRONTEND,
    "history": "history",
    "matching": "matching",
    "worker": "worker",
    "internal-frontend": "internal-frontend",
}
MEMBERS = ("tdbg", "membership", "list-gossip")
# Tasks for it go from the frontend by history and matching to the workers behind the internal frontend.
POLLERS = (
    *("temporal", "task-queue", "describe", "--namespace", "temporal-system"),
    *("--task-queue", "default-worker-tq", "--task-queue-type", "workflow", "--disable-stats", "-o", "json"),
)


def check(context: AddonContext) -> None:
    """Return if the data of the stack, where it has some, has as many shards as are written.

    Raises:
        SettingsInvalidError: It has another number, which is fixed.
    """
    shards = context.history_shards
    if "shards" not in context.places or shards is None or not context.engine.has_data(context.stack):
        return
    if shards != context.settings["shards"]:
        raise SettingsInvalidError(
            f'"addons.roles.shards" is {context.settings["shards"]}, and the data of this stack has '
            f"{shards}, for good",
            place=context.places["shards"] or None,
            hint=f"write `shards = {shards}` or leave it out; a new stack can have another number: "
            "`devenv down --volumes` deletes the data",
        )


def access(context: AddonContext) -> Access:  # noqa: ARG001  as `AddonModule` says
    """Return nothing: clients get in as ever."""
    return Access()


def prepare(context: AddonContext, namespaces: Sequence[str]) -> Mapping[str, bytes]:  # noqa: ARG001  as `AddonModule` says
    """Return nothing: its files are those of the server."""
    return {}


def after_ready(context: AddonContext) -> Sequence[str]:
    """Return which members are missing in the cluster as the frontend sees it.

    Raises:
        SettingsInvalidError: As `check`, of data of which nobody knew.
    """
    check(context)
    try:
        missing = _differences(context)
        if missing:
            return missing
        pollers = json.loads(context.engine.output(context.stack, TOOLS, POLLERS)).get("pollers")
    except (NotRunningError, CommandFailedError) as error:
        return ["; ".join([error.message, *error.details[-1:]])]
    return [] if pollers else ["the server's own workers do not poll yet"]


def alerts(context: AddonContext) -> Sequence[str]:
    """Return in which roles the members of the cluster are not the containers that run."""
    try:
        return _differences(context)
    except (NotRunningError, CommandFailedError) as error:
        return [f"the members of the cluster are not known: {error.message}"]


def before_down(context: AddonContext) -> None:
    """Do nothing: members leave the cluster by themselves."""


def _differences(context: AddonContext) -> list[str]:
    members = _members(context)
    running = Counter(each.name for each in context.engine.services(context.stack) if each.is_running)
    return [
        f"{service}: of {running[service]} that run, {members.get(role, 0)} are members of the cluster"
        for role, service in SERVICES.items()
        if running[service] != members.get(role, 0)
    ]


def _members(context: AddonContext) -> dict[str, int]:
    """Return how many members of each role the frontend reaches, by its own answer."""
    rings = json.loads(context.engine.output(context.stack, TOOLS, MEMBERS))
    return {ring["role"]: len(ring.get("members") or []) for ring in rings}
