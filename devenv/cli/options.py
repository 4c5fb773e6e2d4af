"""How options are declared: each has a variable of its own, unless it must be said every time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Mapping

VARIABLE_PREFIX = "TEMPORAL_DEVENV_"
# Options that stand for a setting of devenv.toml.
SETTINGS = ("engine", "timeout")


def option(*names: str, help: str, **settings: Any) -> Any:  # noqa: A002  Typer's own word
    """Return an option that can also be given as `TEMPORAL_DEVENV_<NAME>`, after its long name."""
    return typer.Option(*names, help=help, envvar=variable_of(names[-1]), show_envvar=False, **settings)


def flag_only(*names: str, help: str, **settings: Any) -> Any:  # noqa: A002  as above
    """Return an option without a variable: one that answers yes to a loss would be set once and forgotten."""
    return typer.Option(*names, help=help, **settings)


def variable_of(name: str) -> str:
    """Return the variable of the option `name`: `--any-port` has `TEMPORAL_DEVENV_ANY_PORT`."""
    return VARIABLE_PREFIX + name.lstrip("-").replace("-", "_").upper()


def settings_from_variables(environ: Mapping[str, str]) -> dict[str, object]:
    """Return the settings that variables give, in the shape of devenv.toml: for every command alike."""
    given = {name: environ.get(variable_of(name)) for name in SETTINGS}
    return {name: value for name, value in given.items() if value}
