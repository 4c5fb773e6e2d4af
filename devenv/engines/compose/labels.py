"""The labels by which devenv knows what of the Docker engine is a stack's own.

What devenv makes gets them: in the stack file they are written out, in the Compose file of a stack with
overlays they come from `labels_of`. What has `own_labels` is the stack's, to be changed and removed; nothing
else is. What was there before can never have them, because Docker sets labels at creation only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from devenv import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from devenv.engines.protocol import StackIdentity

STACK = "dev.temporal-devenv.stack"
OWNER = "dev.temporal-devenv.owner"
PROJECT = "dev.temporal-devenv.project"
VERSION = "dev.temporal-devenv.version"
# On containers: from which state directory they were made, and what a service of an add-on mounts.
STATE = "dev.temporal-devenv.state"
FILES = "dev.temporal-devenv.files"

COMPOSE_PROJECT = "com.docker.compose.project"
COMPOSE_SERVICE = "com.docker.compose.service"
COMPOSE_NUMBER = "com.docker.compose.container-number"
COMPOSE_VOLUME = "com.docker.compose.volume"
COMPOSE_DEPENDS_ON = "com.docker.compose.depends_on"

Filters = dict[str, list[str]]
"""What Docker's API takes as filters of a list."""


def own_labels(stack: StackIdentity) -> dict[str, str]:
    """Return the labels that together say that something is the stack's."""
    return {STACK: stack.name, OWNER: str(stack.owner)}


def labels_of(stack: StackIdentity) -> dict[str, str]:
    """Return the labels that everything of the stack gets when it is made."""
    return {**own_labels(stack), PROJECT: str(stack.project), VERSION: __version__}


def with_labels(
    item: Mapping[str, Any], written: Mapping[str, str], labels: Mapping[str, str]
) -> dict[str, Any]:
    """Return a service, network or volume of a Compose file with the labels `written` and `labels`.

    One that is external is not the stack's, and stays as it is.
    """
    if item.get("external"):
        return dict(item)
    return {**item, "labels": {**(item.get("labels") or {}), **written, **labels}}


def filters_of(stack: StackIdentity, also: Mapping[str, str] = {}) -> Filters:
    """Return the filters that find what is the stack's, and has the labels `also`."""
    return {"label": [f"{name}={value}" for name, value in {**own_labels(stack), **also}.items()]}


def is_own(labels: Mapping[str, str] | None, stack: StackIdentity) -> bool:
    """Tell whether something with `labels` is the stack's."""
    return own_labels(stack).items() <= (labels or {}).items()


def is_made_from(labels: Mapping[str, str], state: Path) -> bool:
    """Tell whether a container was made from the state directory `state`; an older devenv did not note it."""
    return labels.get(STATE) in {None, "", str(state.resolve())}
