"""The variables of a stack, as shells and files write them."""

from __future__ import annotations

import json
import re
import shlex
from typing import TYPE_CHECKING

from devenv.cli.commands.env import EnvFormat
from devenv.stack.environment import INTERFERING_VARIABLES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path


def env_text(variables: Mapping[str, str], style: EnvFormat, watched: Iterable[Path] = ()) -> str:
    """Return `variables` as `style` writes them; direnv reads them again when a `watched` file changes."""
    match style:
        case EnvFormat.JSON:
            return json.dumps(variables, indent=2)
        case EnvFormat.DOTENV | EnvFormat.GITHUB:
            return "\n".join(f"{name}={value}" for name, value in variables.items())
        case EnvFormat.FISH:
            return _fish(variables)
        case EnvFormat.POWERSHELL:
            return _powershell(variables)
        case EnvFormat.SHELL:
            return _shell(variables)
        case EnvFormat.DIRENV:
            files = [f"watch_file {shlex.quote(str(path))}" for path in watched]
            return "\n".join([*files, _shell(variables)])


def _shell(variables: Mapping[str, str]) -> str:
    exports = [f"export {name}={shlex.quote(value)}" for name, value in variables.items()]
    return "\n".join([f"unset {' '.join(INTERFERING_VARIABLES)}", *exports])


def _fish(variables: Mapping[str, str]) -> str:
    quoted = {name: value.replace("\\", "\\\\").replace("'", "\\'") for name, value in variables.items()}
    exports = [f"set -gx {name} '{value}';" for name, value in quoted.items()]
    # `set -e` of a variable that is not set only fails.
    return "\n".join([f"set -e {' '.join(INTERFERING_VARIABLES)};", *exports])


def _powershell(variables: Mapping[str, str]) -> str:
    # To PowerShell the typographic quotation marks end a string, too.
    quoted = {name: re.sub("(['\u2018-\u201b])", r"\1\1", value) for name, value in variables.items()}
    removed = ", ".join(f"Env:{name}" for name in INTERFERING_VARIABLES)
    exports = [f"$env:{name} = '{value}'" for name, value in quoted.items()]
    return "\n".join([f"Remove-Item {removed} -ErrorAction SilentlyContinue", *exports])
