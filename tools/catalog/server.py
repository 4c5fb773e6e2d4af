"""What one version of the server says about its dynamic config: its registry, its types, and its source."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tools.catalog.go_module import BINARY, GoError, make_module

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tools.catalog.go_module import Go, Package

HERE = Path(__file__).parent
_TEST = ("-count=1", "-vet=off", "-v")


class Server:
    """A directory in which the Go programs beside this file are built with one version of the server."""

    def __init__(self, go: Go, version: str, directory: Path) -> None:
        self._go = go
        self._directory = directory
        self._packages = make_module(go, version, directory).declaring_packages()
        shutil.copytree(HERE / "registry", directory / "registry")
        shutil.copytree(HERE / "reads", directory / "reads")
        (directory / "registry" / "imports.go").write_text(_imports(self._packages))

    def settings(self) -> dict[str, Any]:
        """Return what the program `registry` prints, each setting with what `reads` says about it.

        Raises:
            GoError: The registry and the types of the source disagree about which settings there are.
        """
        packages = (f"{package.path}={package.directory}" for package in self._packages)
        registry: dict[str, Any] = json.loads(self._run("./registry", *packages))
        reads: dict[str, str] = json.loads(self._run("./reads", BINARY))
        registered = {setting["variable"] for setting in registry["settings"]}
        if registered != reads.keys():
            different = ", ".join(sorted(registered ^ reads.keys()))
            raise GoError(f"the registry and the variables of the server's packages differ: {different}")
        for setting in registry["settings"]:
            by_source = reads[setting.pop("variable")]
            setting["read"] = "start" if says_restart(setting["description"]) else by_source
        return registry

    def prove(self, keys: Sequence[str]) -> str:
        """Return what the Go test prints that compares `keys` with the registry.

        Raises:
            GoError: They differ.
        """
        listed = self._directory / "keys.txt"
        listed.write_text("\n".join(key.lower() for key in keys))
        go = self._go.with_variable("CATALOG_KEYS", str(listed))
        return go("test", *_TEST, "./registry", directory=self._directory)

    def test_analysis(self) -> str:
        """Return what the Go test of the program `reads` prints, which looks at a small server of its own.

        Raises:
            GoError: It failed.
        """
        return self._go("test", *_TEST, "./reads", directory=self._directory)

    def _run(self, *arguments: str) -> str:
        return self._go("run", *arguments, directory=self._directory)


def says_restart(description: str) -> bool:
    """Tell whether the server itself says that a setting takes effect at its next start."""
    return "restart to take effect" in " ".join(description.lower().split())


def _imports(packages: Iterable[Package]) -> str:
    lines = "\n".join(f'\t_ "{package.path}"' for package in packages)
    return f"package main\n\nimport (\n{lines}\n)\n"
