"""What `devenv namespace` answers: the namespaces of a server, and where each is declared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from devenv.cli.output.visible import one_line
from devenv.files.durations import format_duration

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from devenv.cli.output.terminal import SafeConsole
    from devenv.stack.namespace_commands import NamespaceDetails, ServerNamespace

_BY_HAND = "in no seeds"


def namespace_document(found: ServerNamespace) -> dict[str, Any]:
    """Return one namespace, as `namespace list` and `namespace create` have it."""
    namespace = found.namespace
    return {
        "name": namespace.name,
        "state": "registered",
        "retention_seconds": int(namespace.retention.total_seconds()),
        "description": namespace.description,
        "owner_email": namespace.owner_email,
        "id": namespace.id,
        "declared_at": found.declared_at,
    }


def details_document(details: NamespaceDetails) -> dict[str, Any]:
    """Return one namespace, as `namespace describe` has it."""
    namespace = details.found.namespace
    return {
        **namespace_document(details.found),
        "data": dict(namespace.data),
        "history_archival_state": namespace.history_archival_state,
        "history_archival_uri": namespace.history_archival_uri,
        "visibility_archival_state": namespace.visibility_archival_state,
        "visibility_archival_uri": namespace.visibility_archival_uri,
        "search_attributes": dict(details.search_attributes),
        "nexus_endpoints": list(details.nexus_endpoints),
    }


def namespaces_text(console: SafeConsole, namespaces: Sequence[ServerNamespace]) -> None:
    """Print a row for each namespace."""
    rows = [
        (
            each.namespace.name,
            format_duration(each.namespace.retention),
            each.declared_at or _BY_HAND,
            " ".join(each.namespace.description.split()),
        )
        for each in namespaces
    ]
    console.columns([("NAME", "RETENTION", "DECLARED", "DESCRIPTION"), *rows])


def details_text(console: SafeConsole, details: NamespaceDetails) -> None:
    """Print a line for each thing there is to know of a namespace."""
    lines = list(_lines(details))
    width = max(len(title) for title, _ in lines)
    for title, text in lines:
        console.plain(f"{title.ljust(width)}  {one_line(text)}".rstrip())


def _lines(details: NamespaceDetails) -> Iterator[tuple[str, str]]:
    namespace = details.found.namespace
    yield "name", namespace.name
    yield "id", namespace.id
    yield "retention", format_duration(namespace.retention)
    yield "description", namespace.description or "-"
    yield "owner", namespace.owner_email or "-"
    yield from _listed("data", [f"{key}: {value}" for key, value in sorted(namespace.data.items())])
    yield from _archival(details)
    scope = " (of the whole cluster)" if details.shares_attributes else ""
    attributes = [f"{name} {kind}" for name, kind in details.search_attributes.items()]
    yield from _listed(f"search attributes{scope}", attributes)
    yield from _listed("Nexus endpoints to it", details.nexus_endpoints)
    yield "declared", details.found.declared_at or "in no seeds: created by hand"


def _archival(details: NamespaceDetails) -> Iterator[tuple[str, str]]:
    namespace = details.found.namespace
    for what in ("history", "visibility"):
        state = getattr(namespace, f"{what}_archival_state")
        if state == "enabled":
            yield f"{what} archival", f"{state} {getattr(namespace, f'{what}_archival_uri')}"


def _listed(title: str, items: Sequence[str]) -> Iterator[tuple[str, str]]:
    yield title, items[0] if items else "-"
    for item in items[1:]:
        yield "", item


def created_text(console: SafeConsole, created: ServerNamespace) -> None:
    """Print that a namespace is usable, and whether other stacks will have it."""
    name, kept = created.namespace.name, format_duration(created.namespace.retention)
    console.plain(f"The namespace {name} is usable, with a retention of {kept}.")
    if created.declared_at:
        console.plain(f"It is as {created.declared_at} declares it.")
    else:
        console.say("It is in no seeds: declare it in seeds/ to have it on every stack.")


def deleted_document(deleted: ServerNamespace) -> dict[str, Any]:
    """Return the fields of `namespace delete`."""
    return {"deleted": deleted.namespace.name, "declared_at": deleted.declared_at}


def deleted_text(console: SafeConsole, deleted: ServerNamespace) -> None:
    """Print that a namespace is gone, and whether it comes back."""
    console.plain(f"The namespace {deleted.namespace.name} is gone.")
    if deleted.declared_at:
        console.plain(f"{deleted.declared_at} declares it: the next `devenv up` creates it again, empty.")
