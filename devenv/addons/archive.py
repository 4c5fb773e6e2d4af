"""The add-on `archive`: `up` proves that the server's containers reach the bucket, with the key they have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devenv.addons.object_store import signed
from devenv.errors import CommandFailedError, NotRunningError
from devenv.project.access import Access

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from devenv.addons import AddonContext

# As in its Compose file.
ENDPOINT, BUCKET = "object-store:7070", "/temporal-archive"
# Who archives, and who reads what is archived; with the add-on `roles` they are apart.
SERVERS = frozenset({"temporal", "history"})
LISTING = "<ListBucketResult"


def check(context: AddonContext) -> None:
    """Do nothing: it has no settings."""


def access(context: AddonContext) -> Access:  # noqa: ARG001  as `AddonModule` says
    """Return nothing: clients get in as ever."""
    return Access()


def prepare(context: AddonContext, namespaces: Sequence[str]) -> Mapping[str, bytes]:  # noqa: ARG001  as `AddonModule` says
    """Return nothing: its configuration is the server's."""
    return {}


def after_ready(context: AddonContext) -> Sequence[str]:
    """Return which containers of the server do not reach the bucket."""
    running = {each.name for each in context.engine.services(context.stack) if each.is_running}
    problems = (_problem(context, service) for service in sorted(SERVERS & running))
    return [problem for problem in problems if problem]


def alerts(context: AddonContext) -> Sequence[str]:
    """Return that the archive cannot be reached, as long as something may have to be archived."""
    return after_ready(context)


def before_down(context: AddonContext) -> None:
    """Do nothing: what is yet to be archived waits in the database."""


def _problem(context: AddonContext, service: str) -> str | None:
    url = f"http://{ENDPOINT}{signed('GET', BUCKET, ENDPOINT, context.secrets)}"
    try:
        listing = context.engine.output(context.stack, service, ("wget", "-q", "-T", "5", "-O", "-", url))
    except (NotRunningError, CommandFailedError) as error:
        return f"{service} does not reach the archive: {'; '.join([error.message, *error.details[-1:]])}"
    return None if LISTING in listing else f"{service} does not get the bucket of the archive"
