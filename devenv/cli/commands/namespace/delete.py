"""`devenv namespace delete`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from devenv.cli.call import Answer, Call, command

if TYPE_CHECKING:
    from rich.console import Console

    from devenv.stack.namespaces import NamespaceReport


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "delete")(delete)


def delete(call: Call, name: Annotated[str, typer.Argument(help="The namespace", metavar="NAME")]) -> Answer:
    """Delete a namespace of the running stack with everything in it, after a confirmation.

    Examples: devenv namespace delete myapp · devenv namespace delete myapp --yes
    """
    from devenv.cli.confirm import confirm_by_typing
    from devenv.stack.namespaces import check_deletable, delete_namespace

    desired = call.desired()
    report = check_deletable(call.stack, name, desired)
    confirm_by_typing(call, f"Deleting the namespace {name} with all its workflows", name)
    delete_namespace(call.stack, name, desired)
    fields = {"deleted": name, "declared_at": report.declared_at}
    return Answer(fields, lambda console: _print(console, report))


def _print(console: Console, report: NamespaceReport) -> None:
    console.print(f"The namespace {report.namespace.name} is gone.", markup=False, soft_wrap=True)
    if report.declared_at:
        again = f"{report.declared_at} declares it: the next `devenv up` creates it again, empty."
        console.print(again, markup=False, soft_wrap=True)
