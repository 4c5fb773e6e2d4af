"""The options that lead to a server that is no stack of ours.

They have the names of Temporal's envconfig, and those of its CLI beside them.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer

from devenv.cli.call import Answer
from devenv.cli.options import option, variable_of
from devenv.temporal.server import Server

if TYPE_CHECKING:
    from devenv.cli.call import Call

PANEL = "Another server"


def _option(*names: str, help: str, metavar: str) -> Any:  # noqa: A002  Typer's own word
    return option(*names, help=help, metavar=metavar, rich_help_panel=PANEL, show_default=False)


OPTIONS = {
    "address": Annotated[
        str | None, _option("--address", help="Ask this server instead of the stack", metavar="HOST:PORT")
    ],
    "profile": Annotated[
        str | None,
        _option(
            "--profile", help="Ask the server of this profile of Temporal's own configuration", metavar="NAME"
        ),
    ],
    "config_file": Annotated[
        Path | None, _option("--config-file", help="The file of the profile", metavar="FILE")
    ],
    "api_key": Annotated[
        str | None, _option("--api-key", help="Key of the server's API; implies TLS", metavar="KEY")
    ],
    "tls": Annotated[
        bool | None,
        typer.Option(
            "--tls/--no-tls",
            help="Use TLS, as the options below imply",
            envvar=variable_of("--tls"),
            show_envvar=False,
            show_default=False,
            rich_help_panel=PANEL,
        ),
    ],
    "tls_server_name": Annotated[
        str | None, _option("--tls-server-name", help="The name in its certificate", metavar="NAME")
    ],
    "tls_server_ca_cert_path": Annotated[
        Path | None,
        _option(
            "--tls-ca-path",
            "--tls-server-ca-cert-path",
            help="Who vouches for its certificate",
            metavar="FILE",
        ),
    ],
    "tls_client_cert_path": Annotated[
        Path | None,
        _option(
            "--tls-cert-path", "--tls-client-cert-path", help="Certificate of the client", metavar="FILE"
        ),
    ],
    "tls_client_key_path": Annotated[
        Path | None,
        _option(
            "--tls-key-path", "--tls-client-key-path", help="Key of the client's certificate", metavar="FILE"
        ),
    ],
}


def with_server_options(function: Callable[..., Answer]) -> Callable[..., Answer]:
    """Return `function(call, *, elsewhere, **own)` with these options in the place of `elsewhere`.

    `elsewhere` is the `Server` that they describe, None where not one is given.
    """

    @functools.wraps(function)
    def wrapped(call: Call, **values: Any) -> Answer:
        given = {name: values.pop(name) for name in OPTIONS}
        return function(call, elsewhere=_server(given), **values)

    hints = get_type_hints(function, include_extras=True)
    parameters = [
        item.replace(annotation=hints[item.name], kind=inspect.Parameter.KEYWORD_ONLY)
        for item in list(inspect.signature(function).parameters.values())[1:]
        if item.name != "elsewhere"
    ]
    parameters += [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)
        for name, annotation in OPTIONS.items()
    ]
    first = inspect.Parameter("call", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=Any)
    wrapped.__dict__["__signature__"] = inspect.Signature([first, *parameters])
    wrapped.__annotations__ = {item.name: item.annotation for item in parameters}
    return wrapped


def _server(given: dict[str, Any]) -> Server | None:
    if all(value is None for value in given.values()):
        return None
    if not any(given[name] for name in ("address", "profile", "config_file")):
        named = next(name for name, value in given.items() if value is not None)
        raise typer.BadParameter(f"--{named.replace('_', '-')} needs --address or --profile")
    return Server(**given)
