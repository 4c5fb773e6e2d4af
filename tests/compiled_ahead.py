"""Compiles what generated Go services are made of, and their tests: `just test` does so before the tests run.

Several of them need it, side by side, and without Go's cache each would compile it all: Go does not wait for
another one that compiles the same. The tests' Go client is made of the same versions; a service's image, too.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import toolchain

SERVICE = Path(__file__).parent / "scaffold" / "goldens" / "go" / "orders" / "go"


def main() -> None:
    """Say what cannot be compiled: the tests that need it will fail of it, and no others."""
    if shutil.which("go", path=toolchain.environment()["PATH"]) is None:
        print("services: there is no go: nothing to compile")
        return
    print("services: compiling what generated Go services are made of, if Go's cache lacks it", flush=True)
    done = toolchain.run(*toolchain.VET, cwd=SERVICE)
    failure = f"{' '.join(toolchain.VET)}\n{done.stdout}{done.stderr}"
    print(f"services: {failure if done.returncode else 'compiled'}", flush=True)


if __name__ == "__main__":
    main()
