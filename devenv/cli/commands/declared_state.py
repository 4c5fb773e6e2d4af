"""`devenv plan`, `apply` and `import`: the declared state of a server."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from devenv.cli import options
from devenv.cli.answer import Answer
from devenv.cli.command import command
from devenv.cli.context import Call, working_directory
from devenv.cli.options import flag_only, option
from devenv.errors import ExitCode
from devenv.temporal.protocol import Server

if TYPE_CHECKING:
    from collections.abc import Sequence

    from devenv.cli.views.declared_state import AnyChange
    from devenv.seeds.changes import Change
    from devenv.stack.desired import Desired
    from devenv.stack.importing import Imported


@command("plan", panel="Declared state")
def plan(
    call: Call,
    prune: Annotated[bool, flag_only("--prune", help="Show what is declared nowhere as deletions")] = False,
    exit_code: Annotated[bool, option("--exit-code", help="Exit 8 if there is anything to change")] = False,
    address: options.Address = None,
    profile: options.Profile = None,
    config_file: options.ConfigFile = None,
    api_key: options.ApiKey = None,
    tls: options.Tls = None,
    tls_server_name: options.TlsServerName = None,
    tls_server_ca_cert_path: options.TlsServerCaCertPath = None,
    tls_client_cert_path: options.TlsClientCertPath = None,
    tls_client_key_path: options.TlsClientKeyPath = None,
) -> Answer:
    """Show what `apply` would change on the running stack, or how any other server differs; writes nothing.

    Dynamic config is part of it. Versions that differ from those that the data was made with are shown, too;
    these change with `up`.

    Examples: devenv plan · devenv plan --exit-code -o json · devenv plan --profile staging
    """
    from devenv.cli.views.declared_state import changes_document, changes_text

    server = options.another_server(
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
    from devenv.stack.plan_and_apply import plan_server, plan_stack

    if server is None:
        return plan_stack(call.stack, call.desired(), prune=prune)
    return plan_server(call.wiring.connect_elsewhere(server), call.written().seeds, prune=prune)


@command("apply", panel="Declared state")
def apply(
    call: Call,
    prune: Annotated[bool, flag_only("--prune", help="Delete what is declared nowhere")] = False,
) -> Answer:
    """Make the running stack what is declared, dynamic config too, and wait until all of it is usable.

    It can be interrupted and run again at any point. `up` does the same, and never deletes.

    Examples: devenv apply · devenv apply --prune · devenv apply --prune --yes -o json
    """
    from devenv.cli.views.declared_state import applied_document, applied_text
    from devenv.stack.config_apply import apply_config
    from devenv.stack.plan_and_apply import apply_to_stack

    desired = call.desired()
    desired.read_all()
    deletions = _confirmed_deletions(call, desired) if prune else []
    config = apply_config(call.stack, desired)
    changes = apply_to_stack(call.stack, desired, deletions=deletions)
    return Answer(applied_document(changes, config), lambda console: applied_text(console, changes, config))


def _confirmed_deletions(call: Call, desired: Desired) -> list[Change]:
    """Return what the user agrees to lose."""
    from devenv.cli.questions import confirm_by_typing
    from devenv.cli.views.declared_state import changes_text
    from devenv.stack.plan_and_apply import plan_seeds
    from devenv.stack.reconcile import deletions_of

    deletions = deletions_of(plan_seeds(call.stack.require_serving(), desired, prune=True))
    if deletions:
        if not call.options.yes:
            changes_text(call.messages, deletions)
        confirm_by_typing(
            call, f"Deleting {len(deletions)} things that are declared nowhere", call.stack_name
        )
    return deletions


FILE = "imported.yaml"


@command("import", panel="Declared state")
def import_seeds(
    call: Call,
    namespaces: Annotated[
        list[str] | None,
        option("-n", "--namespace", help="Only this namespace; can be repeated", metavar="NAME"),
    ] = None,
    into: Annotated[
        Path | None,
        option(
            "--into", help="File or directory to write to; seeds/imported.yaml by default", metavar="PATH"
        ),
    ] = None,
    dry_run: Annotated[bool, option("--dry-run", help="Print the seeds, and write nothing")] = False,
    address: options.Address = None,
    profile: options.Profile = None,
    config_file: options.ConfigFile = None,
    api_key: options.ApiKey = None,
    tls: options.Tls = None,
    tls_server_name: options.TlsServerName = None,
    tls_server_ca_cert_path: options.TlsServerCaCertPath = None,
    tls_client_cert_path: options.TlsClientCertPath = None,
    tls_client_key_path: options.TlsClientKeyPath = None,
) -> Answer:
    """Write seeds for what the running stack, or any other server, has and no file declares.

    An existing file is not overwritten. What cannot be declared exactly as it is, is left out and said;
    `apply --prune` would delete it.

    Examples: devenv import · devenv import -n orders --dry-run · devenv import --profile staging
    """
    from devenv.cli.views.declared_state import imported_document, imported_text
    from devenv.events import warn
    from devenv.stack.importing import write_seeds

    server = options.another_server(
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
    imported = _read(call, server, namespaces or [])
    for each in imported.result.skipped:
        warn(call.reporter, each.text)
    path = None if dry_run or imported.is_empty else _file(call, into)
    if path is not None:
        write_seeds(imported, path)
        if path.resolve().parent != _seeds_directory(call).resolve():
            warn(
                call.reporter, f"{path} is not among the seeds of this project, which are read from elsewhere"
            )
    return Answer(
        imported_document(imported, path, shows_text=dry_run),
        lambda console: imported_text(console, imported, path, shows_text=dry_run),
        about_stack=server is None,
    )


def _read(call: Call, server: Server | None, namespaces: list[str]) -> Imported:
    from devenv.stack.importing import read_server

    if server is None:
        seeds, names = call.desired().seeds, call.stack.names
        with call.stack.connect() as gateway:
            return read_server(gateway, seeds, namespaces, names)
    seeds = call.written().seeds
    with call.wiring.connect_elsewhere(server) as gateway:
        return read_server(gateway, seeds, namespaces)


def _file(call: Call, into: Path | None) -> Path:
    """Return the file to write.

    Raises:
        InvalidInputError: It would be no file of seeds.
    """
    from devenv.errors import InvalidInputError
    from devenv.files.text import display_path

    path = _seeds_directory(call) / FILE if into is None else working_directory() / into
    path = path / FILE if path.is_dir() else path
    if path.suffix not in {".yaml", ".yml"} or path.name.startswith("."):
        hint = "name a file that ends with .yaml, or a directory that is there"
        raise InvalidInputError("would not be read as seeds", place=f"--into {into}", hint=hint)
    return Path(display_path(path))


def _seeds_directory(call: Call) -> Path:
    return call.project.root / call.settings().paths.seeds
