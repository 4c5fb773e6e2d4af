"""`devenv namespace describe`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from devenv.cli.call import Answer, Call, command

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import Console

    from devenv.stack.namespaces import NamespaceDetails


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "describe")(describe)


def describe(
    call: Call, name: Annotated[str, typer.Argument(help="The namespace", metavar="NAME")]
) -> Answer:
    """Show a namespace: retention, owner, search attributes, Nexus endpoints, and where it is declared.

    Examples: devenv namespace describe orders · devenv namespace describe orders -o json
    """
    from devenv.stack.namespaces import describe_namespace

    details = describe_namespace(call.stack, name, call.desired())
    return Answer({"namespace": details.to_document()}, lambda console: _print(console, details))


def _print(console: Console, details: NamespaceDetails) -> None:
    from devenv.cli.output.visible import one_line

    lines = list(_lines(details))
    width = max(len(title) for title, _ in lines)
    for title, text in lines:
        console.print(f"{title.ljust(width)}  {one_line(text)}".rstrip(), markup=False, soft_wrap=True)


def _lines(details: NamespaceDetails) -> Iterator[tuple[str, str]]:
    from devenv.files.durations import format_duration

    namespace = details.report.namespace
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
    yield "declared", details.report.declared_at or "in no seeds: created by hand"


def _archival(details: NamespaceDetails) -> Iterator[tuple[str, str]]:
    namespace = details.report.namespace
    for what in ("history", "visibility"):
        state = getattr(namespace, f"{what}_archival_state")
        if state == "enabled":
            yield f"{what} archival", f"{state} {getattr(namespace, f'{what}_archival_uri')}"


def _listed(title: str, items: Sequence[str]) -> Iterator[tuple[str, str]]:
    yield title, items[0] if items else "-"
    for item in items[1:]:
        yield "", item
