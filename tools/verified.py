"""Builds every version of compose/versions.toml, tests it, brings it up, and notes the day.

    python -m tools.verified

The versions are those of compose/versions.toml: what is on offer, the defaults, and what was tried before.
Each is in one of as few stacks as can hold them all. A server that is not local yet is compiled, which takes
minutes.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any

from devenv.project.versions import shipped_components

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from devenv.project.services import ComponentName
    from devenv.project.versions import Component

VERSIONS_FILE = Path(__file__).parents[1] / "compose" / "versions.toml"
SUITE = "tests/e2e/image_contracts"
# What a stack is made of, and nothing that is in a wheel.
PARTS: tuple[ComponentName, ...] = ("temporal", "ui", "postgres", "opensearch")


def main() -> int:
    """Verify stack by stack; what passed is noted, also when a later one fails."""
    for versions in stacks({name: shipped_components()[name] for name in PARTS}):
        arguments = [f"{name}={version}" for name, version in versions.items()]
        print(f"verified: {' '.join(arguments)}", flush=True)
        if not (_build(arguments) and _passes_suite(arguments) and _comes_up(versions)):
            print(f"verified: NOT {' '.join(arguments)}", flush=True)
            return 1
        text = VERSIONS_FILE.read_text(encoding="utf-8")
        VERSIONS_FILE.write_text(noted(text, versions, datetime.now(UTC).date()), encoding="utf-8")
    # Housekeeping: what it says is for a person, and no verdict on a version.
    subprocess.call([sys.executable, "-m", "tools.compiled"])
    return 0


def stacks(components: Mapping[str, Component]) -> Iterator[dict[str, str]]:
    """Yield stacks in which every version of every component is once; the first is that of the defaults."""
    choices = {name: _versions(component) for name, component in components.items()}
    for row in zip_longest(*choices.values()):
        yield {name: version or components[name].default for name, version in zip(choices, row, strict=True)}


def _versions(component: Component) -> Sequence[str]:
    others = sorted({*component.supported, *component.tried} - {component.default})
    return [component.default, *others]


def noted(text: str, versions: Mapping[str, str], day: date) -> str:
    """Return the text of versions.toml with `day` as the one on which `versions` were tried."""
    for name, version in versions.items():
        entry = re.compile(rf'(\[{name}\.tried\]\n(?:"[^\n]*\n)*?"{re.escape(version)}" = )[^\n]*')
        text, count = entry.subn(rf"\g<1>{day.isoformat()}", text)
        if not count:
            text = text.replace(f"[{name}.tried]\n", f'[{name}.tried]\n"{version}" = {day.isoformat()}\n')
    return text


def _build(arguments: Sequence[str]) -> bool:
    return subprocess.call([sys.executable, "-m", "tools.images", *arguments]) == 0


def _passes_suite(arguments: Sequence[str]) -> bool:
    asked = {"TEMPORAL_DEVENV_TEST_VERSIONS": " ".join(arguments)}
    return subprocess.call(["pytest", "-q", SUITE], env=os.environ | asked) == 0


def _comes_up(versions: Mapping[str, str]) -> bool:
    """Bring up a stack of its own, with state and ports of its own; tell whether it became ready so."""
    with tempfile.TemporaryDirectory() as directory:
        project, state = Path(directory, "verified"), Path(directory, "state")
        project.mkdir()
        lines = [f'{name} = "{version}"' for name, version in versions.items()]
        (project / "devenv.toml").write_text("\n".join(["[versions]", *lines]), encoding="utf-8")
        environment = os.environ | {"XDG_STATE_HOME": str(state)}
        try:
            up = ("up", "--engine=compose", "--any-port", "--offline", "--output=json")
            done = subprocess.run(
                ["devenv", *up], cwd=project, env=environment, stdout=subprocess.PIPE, check=False
            )
            document = json.loads(done.stdout)
        finally:
            subprocess.call(
                ["devenv", "down", "--volumes", "--yes", "--no-snapshot"], cwd=project, env=environment
            )
        return _is_ready_with(versions, document)


def _is_ready_with(versions: Mapping[str, str], document: Mapping[str, Any]) -> bool:
    tags = {each["name"]: each["image"].rpartition(":")[2] for each in document.get("services", ())}
    runs = all(re.split("-", tags.get(name, ""))[0] == version for name, version in versions.items())
    return document.get("state") == "ready" and runs


if __name__ == "__main__":
    os.nice(19)
    sys.exit(main())
