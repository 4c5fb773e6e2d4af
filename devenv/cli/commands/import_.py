"""`devenv import`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from devenv.cli.answer import Answer
from devenv.cli.command import command
from devenv.cli.context import Call, working_directory
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
    option,
)
from devenv.temporal.server import Server

if TYPE_CHECKING:
    from devenv.stack.importing import Imported

FILE = "imported.yaml"


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "import", rich_help_panel="Declared state")(import_seeds)


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
    """Write seeds for what the running stack, or any other server, has and no file declares.

    An existing file is not overwritten. What cannot be declared exactly as it is, is left out and said;
    `apply --prune` would delete it.

    Examples: devenv import · devenv import -n orders --dry-run · devenv import --profile staging
    """
    from devenv.cli.views.importing import imported_document, imported_text
    from devenv.events import warn
    from devenv.stack.importing import write_seeds

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

    seeds = call.desired().seeds
    if server is None:
        with call.stack.connect() as gateway:
            return read_server(gateway, seeds, namespaces)
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
