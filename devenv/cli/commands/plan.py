"""`devenv plan`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from devenv.cli.answer import Answer
from devenv.cli.command import command
from devenv.cli.context import Call
from devenv.cli.options import (
    Address,
    ApiKey,
    ConfigFile,
    Profile,
    Tls,
    TlsClientCertPath,
    TlsClientKeyPath,
    TlsServerCaCertPath,
    TlsServerName,
    another_server,
    flag_only,
    option,
)
from devenv.errors import ExitCode
from devenv.temporal.server import Server

if TYPE_CHECKING:
    from collections.abc import Sequence

    from devenv.cli.views.changes import AnyChange


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "plan", rich_help_panel="Declared state")(plan)


def plan(
    call: Call,
    prune: Annotated[bool, flag_only("--prune", help="Show what is declared nowhere as deletions")] = False,
    exit_code: Annotated[bool, option("--exit-code", help="Exit 8 if there is anything to change")] = False,
    address: Address = None,
    profile: Profile = None,
    config_file: ConfigFile = None,
    api_key: ApiKey = None,
    tls: Tls = None,
    tls_server_name: TlsServerName = None,
    tls_server_ca_cert_path: TlsServerCaCertPath = None,
    tls_client_cert_path: TlsClientCertPath = None,
    tls_client_key_path: TlsClientKeyPath = None,
) -> Answer:
    """Show what `apply` would change on the running stack, or how any other server differs; writes nothing.

    Dynamic config is part of it. Versions that differ from those that the data was made with are shown, too;
    these change with `up`.

    Examples: devenv plan · devenv plan --exit-code -o json · devenv plan --profile staging
    """
    from devenv.cli.views.changes import changes_document, changes_text

    server = another_server(
        address=address,
        profile=profile,
        config_file=config_file,
        api_key=api_key,
        tls=tls,
        tls_server_name=tls_server_name,
        tls_server_ca_cert_path=tls_server_ca_cert_path,
        tls_client_cert_path=tls_client_cert_path,
        tls_client_key_path=tls_client_key_path,
    )
    changes = _plan(call, server, prune=prune)
    return Answer(
        {"changes": changes_document(changes)},
        lambda console: changes_text(console, changes),
        ExitCode.DIFFERENT if exit_code and changes else ExitCode.OK,
        about_stack=server is None,
    )


def _plan(call: Call, server: Server | None, *, prune: bool) -> Sequence[AnyChange]:
    from devenv.stack.declared import plan_server, plan_stack

    desired = call.desired()
    if server is None:
        return plan_stack(call.stack, desired, prune=prune)
    return plan_server(call.wiring.connect_elsewhere(server), desired.seeds, prune=prune)
