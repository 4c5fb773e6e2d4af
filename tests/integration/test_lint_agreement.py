"""`config lint` says what the server says: both judge the same files, and no disagreement is let through."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import pytest
from config_files import FileMaker
from e2e.command_line import DOCKER_CONFIG, docker_host
from e2e.container_runs import ContainerRuns
from plugins.real_stack import DEVENV

from devenv.dynamicconfig.catalog.load import load_catalog
from devenv.dynamicconfig.findings import Code, Finding
from devenv.dynamicconfig.lint.run import lint_files
from devenv.project.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

pytestmark = pytest.mark.stack

CORPUS = Path(__file__).parents[1] / "data" / "dynamicconfig"
SEEDS = range(3)
FILES_OF_A_SEED = 1000
CATALOG = load_catalog(Settings().stack_versions["temporal"])

# The server rejects the file; it warns, and ignores the value; it says nothing at all; it depends on the key.
REJECTED = {
    Code.INVALID_YAML,
    Code.NOT_DYNAMIC_CONFIG,
    Code.DUPLICATE_KEY,
    Code.WRONG_SHAPE,
    Code.KEY_NOT_TEXT,
    Code.UNKNOWN_CONSTRAINT,
    Code.INVALID_CONSTRAINT,
}
WARNED = {Code.UNKNOWN_KEY, Code.WRONG_TYPE, Code.INVALID_VALUE, Code.CONSTRAINT_NOT_FOR_KEY}
EITHER = {Code.MISSING_VALUE, Code.SECOND_DOCUMENT, Code.TOO_COMPLEX}
# Here libyaml is stricter than its port to Go: nothing that the server rejects gets through.
COLON = "a text that ends in a colon needs quotes between brackets"


@dataclass(frozen=True)
class Verdict:
    """What the server says about a file."""

    errors: tuple[str, ...]
    warnings: tuple[str, ...]


@pytest.fixture(autouse=True)
def _engine_of_this_user(isolated: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", docker_host())
    monkeypatch.setenv("DOCKER_CONFIG", DOCKER_CONFIG)


def server_image() -> str:
    """Return a server image that is here."""
    done = subprocess.run(
        [DEVENV, "images", "list", "-o", "json"], capture_output=True, text=True, check=True
    )
    images = json.loads(done.stdout)["images"]
    return next(str(each["ref"]) for each in images if each["service"] == "temporal" and each["present"])


def judged(directory: Path, names: Sequence[str]) -> dict[str, Verdict]:
    """Let the server validate files, all in one run: its exit code says nothing."""
    directory.chmod(0o755)
    flags = (
        "--network=none",
        f"--volume={directory}:/files:ro",
        "--workdir=/files",
        "--entrypoint=temporal-server",
    )
    done = ContainerRuns().run(server_image(), "validate-dynamic-config", *names, flags=flags)
    lines: dict[str, list[str]] = {}
    current: list[str] = []
    expected = iter(names)
    awaited = next(expected, None)
    for line in done.output.splitlines():
        if line == awaited:
            current = lines.setdefault(line, [])
            awaited = next(expected, None)
        else:
            current.append(line)
    assert awaited is None, f"the server stopped before {awaited}: {done.output[-500:]}"
    return {name: Verdict(_said("error", said), _said("warning", said)) for name, said in lines.items()}


def _said(kind: str, lines: Iterable[str]) -> tuple[str, ...]:
    return tuple(line for line in lines if line.startswith(f"  {kind}: "))


def disagreement(findings: Sequence[Finding], verdict: Verdict) -> str | None:
    """Return how lint and server disagree about a file, or None."""
    if any(each.message == COLON for each in findings):
        return None
    codes = {each.code for each in findings}
    if verdict.errors and not codes & (REJECTED | EITHER):
        return "the server rejects what lint does not"
    if codes & REJECTED and not verdict.errors:
        return "lint says that the server rejects it"
    if verdict.warnings and not verdict.errors and not codes & (WARNED | EITHER):
        return "the server warns of what lint does not"
    if codes & WARNED and not verdict.errors and not verdict.warnings:
        return "lint says that the server warns"
    return None


def disagreements(directory: Path, names: Sequence[str], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    verdicts = judged(directory, names)
    monkeypatch.chdir(directory)
    found = []
    for name in names:
        findings = lint_files([Path(name)], CATALOG)
        problem = disagreement(findings, verdicts[name])
        if problem:
            said = [each.sentence for each in findings]
            found.append(f"{name}: {problem}\n{Path(name).read_bytes()!r}\n{verdicts[name]}\n{said}")
    return found


@pytest.mark.parametrize("seed", SEEDS)
def test_lint_and_server_agree_on_generated_files(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A quarter of them valid, the rest spoilt in a way or two."""
    maker = FileMaker(CATALOG, Random(seed))
    names = [f"{number:04}.yaml" for number in range(FILES_OF_A_SEED)]
    for number, name in enumerate(names):
        text = maker.valid() if number % 4 == 0 else maker.spoilt()
        (tmp_path / name).write_bytes(text.encode())

    assert disagreements(tmp_path, names, monkeypatch) == []


def test_valid_files_are_valid(tmp_path: Path) -> None:
    """To both: else the other files prove little."""
    maker = FileMaker(CATALOG, Random(0))
    names = [f"{number:04}.yaml" for number in range(400)]
    for name in names:
        (tmp_path / name).write_text(maker.valid())

    silent = Verdict((), ())
    assert {name: said for name, said in judged(tmp_path, names).items() if said != silent} == {}
    assert [
        each.sentence
        for each in lint_files([tmp_path / name for name in names], CATALOG)
        if each.code in (REJECTED | WARNED)
    ] == []


def test_lint_and_server_agree_on_files_that_people_wrote(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Realistic ones, each with the fault that its name tells."""
    names = []
    for path in sorted(CORPUS.rglob("*.yaml")):
        names.append(path.name)
        (tmp_path / path.name).write_bytes(path.read_bytes())

    assert len(names) >= 16
    assert disagreements(tmp_path, names, monkeypatch) == []
