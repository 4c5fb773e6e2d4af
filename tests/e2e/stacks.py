"""Stacks of the tests: each in a copy of a project outside the repository, always removed by label."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from e2e import engine_view
from e2e.command_line import Cli, Result

if TYPE_CHECKING:
    from collections.abc import Mapping

REPOSITORY = Path(__file__).parents[2]
SHOP = REPOSITORY / "examples" / "shop"
ARTIFACTS = Path(__file__).parent / "artifacts"
KEEP_VARIABLE = "E2E_KEEP"
UP = ("up", "--engine", "compose", "--any-port", "-o", "json")
# Files of a project whose server ends by itself: its configuration file does not exist.
BROKEN = {
    "devenv.toml": '[compose]\noverlays = ["compose/broken.yaml"]\n',
    "compose/broken.yaml": """\
services:
  temporal:
    command: [temporal-server, --config-file, /etc/temporal/stack/nowhere.yaml, start]
""",
}


@dataclass
class Stack:
    """One project and the stack that `devenv` makes of it.

    `document` is the last answer of `up`, `told` what it said meanwhile, `met_at_once` what a list of
    workflows showed right after it, by namespace.
    """

    cli: Cli
    document: Any = None
    told: str = ""
    met_at_once: Mapping[str, list[str]] = field(default_factory=dict)

    @property
    def project(self) -> Path:
        return self.cli.project

    @property
    def name(self) -> str:
        """The name, which devenv knows before there is a stack."""
        return str(self.document["stack"] if self.document else self.cli.answer("status")["stack"])

    @property
    def label(self) -> str:
        """What every container, network and volume of this project carries."""
        return f"{engine_view.LABEL}.project={self.project}"

    @property
    def grpc(self) -> str:
        return str(self.document["endpoints"]["grpc"])

    def up(self, *options: str) -> Any:
        """Bring it up on Docker and return the document."""
        result = self.cli.run(*UP, *options)
        assert result.exit == 0, f"{result.out}\n{result.err}"
        self.document, self.told = result.document, result.err
        return self.document

    def temporal(self, *arguments: str) -> Result:
        """Run the Temporal CLI against it."""
        return self.cli.run("temporal", *arguments)

    def containers(self) -> list[str]:
        return engine_view.containers(self.label)

    def services(self) -> dict[str, dict[str, Any]]:
        """Return what the engine knows of each container, by service."""
        return engine_view.by_service(self.label)

    def everything(self) -> list[str]:
        """Return all that is left of it on the engine."""
        return engine_view.everything(self.label)

    def remove(self) -> None:
        """Remove all of it, whatever state it is in."""
        if self.project.is_dir():
            self.cli.run("down", "--volumes", "--yes")
        engine_view.remove_everything(self.label)

    def save_evidence(self, directory: Path) -> None:
        """Write down what a failure of this stack may be explained with."""
        directory.mkdir(parents=True, exist_ok=True)
        evidence = {
            "logs.txt": self.cli.run("logs").out,
            "status.json": self.cli.run("status", "-o", "json").out,
            "containers.txt": engine_view.docker("ps", "--all", f"--filter=label={self.label}"),
            "up.json": json.dumps(self.document, indent=2),
        }
        for name, text in evidence.items():
            (directory / name).write_text(text, encoding="utf-8")
        rolled_back = self.cli.home / "state" / "temporal-devenv" / "stacks" / self.name / "failed"
        if rolled_back.is_dir():
            shutil.copytree(rolled_back, directory / "failed", dirs_exist_ok=True)


class Yard:
    """Makes stacks below `root` for the user whose home is `home`, and removes them all."""

    def __init__(self, root: Path, home: Path) -> None:
        self._root = root
        self.home = home
        self.stacks: list[Stack] = []

    def copy_of(self, source: Path, name: str) -> Stack:
        """Return a stack, not up yet, of a copy of the project `source` that is called `name`."""
        return self._add(Path(shutil.copytree(source, self._root / name)))

    def project(self, name: str, files: Mapping[str, str] = {}) -> Stack:
        """Return a stack, not up yet, of a new project with `files`."""
        directory = self._root / name
        for path, text in {"devenv.toml": "", **files}.items():
            (directory / path).parent.mkdir(parents=True, exist_ok=True)
            (directory / path).write_text(text, encoding="utf-8")
        return self._add(directory)

    def _add(self, project: Path) -> Stack:
        stack = Stack(Cli(project.resolve(), self.home))
        self.stacks.append(stack)
        return stack

    def remove_all(self) -> None:
        """Remove every stack, unless E2E_KEEP=1 asks for looking at them afterwards."""
        if os.environ.get(KEEP_VARIABLE) == "1":
            return
        for stack in self.stacks:
            stack.remove()
