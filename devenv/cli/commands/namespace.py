"""`devenv namespace`: the namespaces of the running stack, by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from devenv.cli.answer import Answer
from devenv.cli.command import command, group
from devenv.cli.context import Call
from devenv.cli.options import Name, option

if TYPE_CHECKING:
    from datetime import timedelta

GROUP = group("namespace", panel="Declared state", help="Namespaces of the running stack, by hand.")


@command("list", group=GROUP)
def list_namespaces(call: Call) -> Answer:
    """List the namespaces of the running stack, and where each is declared.

    Examples: devenv namespace list · devenv namespace list -o json
    """
    from devenv.cli.views.namespaces import namespace_document, namespaces_text
    from devenv.stack.namespace_commands import list_namespaces as look

    namespaces = look(call.stack, call.desired())
    return Answer(
        {"namespaces": [namespace_document(each) for each in namespaces]},
        lambda console: namespaces_text(console, namespaces),
    )


Retention = Annotated[
    str | None,
    typer.Argument(
        help="How long closed workflows are kept: 7d, 72h, 2w; 3d by default", metavar="RETENTION"
    ),
]


@command("create", group=GROUP)
def create(
    call: Call,
    name: Name,
    retention: Retention = None,
    description: Annotated[str | None, option("--description", help="What it is for", metavar="TEXT")] = None,
) -> Answer:
    """Create a namespace on the running stack, and wait until it is usable.

    One that is declared in seeds/ is created as it is declared there.

    Examples: devenv namespace create myapp · devenv namespace create myapp 7d
    """
    from devenv.cli.views.namespaces import created_text, namespace_document
    from devenv.stack.namespace_commands import create_namespace, wanted_namespace

    checked, kept = _checked_name(name), _checked_retention(retention)
    desired = call.desired()
    wanted = wanted_namespace(checked, desired, retention=kept, description=description)
    created = create_namespace(call.stack, wanted, desired)
    return Answer({"namespace": namespace_document(created)}, lambda console: created_text(console, created))


def _checked_name(name: str) -> str:
    from devenv.errors import NameInvalidError
    from devenv.project.names import check_namespace_name

    try:
        return check_namespace_name(name)
    except ValueError as error:
        raise NameInvalidError(f"The namespace cannot be created: {error}") from error


def _checked_retention(text: str | None) -> timedelta | None:
    from devenv.errors import InvalidInputError
    from devenv.files.durations import parse_duration
    from devenv.seeds.kinds.namespace import RETENTION_LIMITS, check_retention

    if text is None:
        return None
    try:
        return check_retention(parse_duration(text, RETENTION_LIMITS))
    except ValueError as error:
        hint = "write it as 7d, 72h or 2w, at least 1h"
        raise InvalidInputError(str(error), place="RETENTION", hint=hint) from error


@command("describe", group=GROUP)
def describe(call: Call, name: Name) -> Answer:
    """Show a namespace: retention, owner, search attributes, Nexus endpoints, and where it is declared.

    Examples: devenv namespace describe orders · devenv namespace describe orders -o json
    """
    from devenv.cli.views.namespaces import details_document, details_text
    from devenv.stack.namespace_commands import describe_namespace

    details = describe_namespace(call.stack, name, call.desired())
    return Answer({"namespace": details_document(details)}, lambda console: details_text(console, details))


@command("delete", group=GROUP)
def delete(call: Call, name: Name) -> Answer:
    """Delete a namespace of the running stack with everything in it, after a confirmation.

    Examples: devenv namespace delete myapp · devenv namespace delete myapp --yes
    """
    from devenv.cli.questions import confirm_by_typing
    from devenv.cli.views.namespaces import deleted_document, deleted_text
    from devenv.stack.namespace_commands import check_deletable, delete_namespace

    desired = call.desired()
    found = check_deletable(call.stack, name, desired)
    there = found.namespace.name
    confirm_by_typing(call, f"Deleting the namespace {there} with all its workflows", there)
    delete_namespace(call.stack, there, desired)
    return Answer(deleted_document(found), lambda console: deleted_text(console, found))
