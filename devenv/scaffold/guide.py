"""What to run after `new-service`."""

from __future__ import annotations

import os
import shlex
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from devenv.scaffold.names import Language

if TYPE_CHECKING:
    from pathlib import Path

    from devenv.scaffold.service import ServicePlan

# Where the programs that the recipes of a service call come from.
SOURCES = {
    "just": "`pip install rust-just`",
    "uv": "`pip install uv`",
    "go": "https://go.dev/dl",
}
_NEEDED = {Language.GO: ("go",), Language.PYTHON: ("uv",)}


@dataclass(frozen=True)
class NextStep:
    """A command, and what it does."""

    command: str
    purpose: str


def next_steps(plan: ServicePlan, here: Path, project: Path | None, *, is_up: bool) -> list[NextStep]:
    """Return the three commands to run next, as they are typed in the directory `here`.

    `project` is what `--project` said.
    """
    devenv = "devenv" if project is None else f"devenv -C {shlex.quote(str(project))}"
    home = plan.folder if plan.language is Language.BOTH else plan.halves[0]
    just = f"just -f {shlex.quote(os.path.relpath(plan.root / home / 'justfile', here))}"
    workers = "both workers" if plan.language is Language.BOTH else "the worker"
    start = NextStep(f"{devenv} run -- {just} start", "place an order, from another terminal")
    if is_up:
        return [
            NextStep(f"{just} setup test", "install it and run its own tests"),
            NextStep(f"{devenv} run -- {just} run", f"run {workers}"),
            start,
        ]
    return [
        NextStep(f"{devenv} up", f"make the namespace {plan.name.text}"),
        NextStep(f"{devenv} run -- {just} setup run", f"install it and run {workers}"),
        start,
    ]


def missing_programs(language: Language) -> dict[str, str]:
    """Return the programs that the recipes need and this machine lacks, each with where to get it."""
    needed = ("just", *(program for half in language.halves for program in _NEEDED[half]))
    return {program: SOURCES[program] for program in needed if shutil.which(program) is None}
