"""CI files that people copy or use, each by its own steps: the action, snippets of docs/ci.md, a service's.

Here instead of the runner's: `uv` and `go` of this machine, the embedded engine where the file leaves the
choice, and a wheel of this checkout where `temporal-devenv` is asked of PyPI.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import toolchain
from ci_steps import ROOT, GithubJob, blocks, gitlab_job, inputs_of, read, run_gitlab_job
from e2e.command_line import Cli

if TYPE_CHECKING:
    from collections.abc import Mapping

# Set by `just ci-files`: the engine that all steps of generated workflows run on.
ENGINE = os.environ.get("TEMPORAL_DEVENV_TEST_CI_FILES", "")
# How a test of each half is broken, by the language of the service, and what the workflow fails with.
BROKEN = {
    ("python", "python"): ("test_service.py", 'f"customer-', 'f"declined-', "PaymentDeclined: "),
    ("both", "python"): ("test_service.py", '"1 Main Street"', '"nowhere"', "Undeliverable: "),
    ("both", "go"): (
        "order_test.go",
        "CustomerID = rand.Text()",
        'CustomerID = "declined"',
        "PaymentDeclined: ",
    ),
}
SETTINGS = 'engine = "embedded"\n'
TEST = """\
import asyncio
import os

from temporalio.client import Client
from temporalio.service import RPCError


def test_the_stack_is_there():
    async def start():
        client = await Client.connect(os.environ["TEMPORAL_ADDRESS"])
        await client.start_workflow("Order", id="order-1", task_queue="nobody-polls-this")

    asyncio.run(start())
    assert "fails" not in os.environ.get("VERDICT", "")
"""


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a directory with a wheel of this checkout."""
    directory = tmp_path_factory.mktemp("wheels")
    command = (sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(directory))
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return directory


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory, wheels: Path) -> dict[str, str]:
    """Return the environment of a runner on which nothing of devenv is installed yet."""
    toolchain.demand("uv", "git", "bash")
    home = tmp_path_factory.mktemp("runner").resolve()
    tools = {"UV_TOOL_DIR": str(home / "tools"), "UV_TOOL_BIN_DIR": str(home / "bin")}
    own = {"HOME": str(home), "XDG_STATE_HOME": str(home / "state"), "UV_FIND_LINKS": str(wheels)}
    known = toolchain.environment(**own, **tools, TEMPORAL_DEVENV_ANY_PORT="true", UV_PYTHON=sys.executable)
    return {name: value for name, value in known.items() if not name.startswith(("GITHUB_", "CI"))}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a fresh clone of a project with one integration test."""
    origin, clone = tmp_path / "origin", tmp_path / "clone"
    for name, text in {"devenv.toml": SETTINGS, "tests/integration/test_orders.py": TEST}.items():
        (origin / name).parent.mkdir(parents=True, exist_ok=True)
        (origin / name).write_text(text)
    return cloned(origin, clone)


def cloned(origin: Path, clone: Path) -> Path:
    """Return a clone of what lies in `origin`, as a checkout makes it."""
    identity = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com")
    for command in (
        ("git", "-C", origin, "init", "--quiet"),
        ("git", "-C", origin, "add", "."),
        ("git", *identity, "-C", origin, "commit", "--quiet", "-m", "The project"),
        ("git", "clone", "--quiet", origin, clone),
    ):
        subprocess.run(command, check=True, capture_output=True)
    return clone


def nothing_runs(project: Path, environment: Mapping[str, str]) -> bool:
    state = Path(environment["XDG_STATE_HOME"]) / "temporal-devenv" / "stacks"
    return [path for path in state.glob("*/") if not path.name.startswith(".")] == []


def test_the_action_runs_a_command_and_keeps_the_evidence(project: Path, machine: dict[str, str]) -> None:
    """Green first; then with a test that fails: the job fails, the artifact is there, and nothing runs."""
    action = read(ROOT / "action.yml")
    steps = action["runs"]["steps"]
    inputs = inputs_of(action, ROOT, command='pytest -q tests/integration\necho "it\'s $(basename $PWD)"')
    green = GithubJob(project, machine)
    green.run(steps, inputs)
    assert not green.has_failed, green.done
    assert green.done[-1].out.endswith("it's clone\n")
    assert "### devenv run: bash ended with exit code 0" in green.summary
    assert not (project / "devenv-artifacts").exists()

    red = GithubJob(project, {**machine, "VERDICT": "fails"}, runner="red")
    red.run(steps, inputs)
    assert [done.exit for done in red.done] == [0, 1], red.done
    assert "::error title=devenv run%3A bash::bash ended with exit code 1" in red.done[-1].err
    assert red.used == ["astral-sh/setup-uv", "actions/upload-artifact"]
    index = json.loads((red.uploads["devenv-artifacts"] / "index.json").read_text())
    assert [each["workflow_id"] for each in index["workflows"]] == ["order-1"]
    assert "| default | order-1 | Order | is still open |" in red.summary
    assert nothing_runs(project, machine)


def test_the_action_only_installs_without_a_command(project: Path, machine: dict[str, str]) -> None:
    """Later steps find devenv on their PATH."""
    action = read(ROOT / "action.yml")
    job = GithubJob(project, machine)
    job.run(action["runs"]["steps"], inputs_of(action, ROOT))
    job.run([{"run": "command -v devenv && devenv --version"}])
    assert [done.exit for done in job.done] == [0, 0], job.done
    assert job.done[-1].out.startswith(machine["UV_TOOL_BIN_DIR"])


def test_the_snippet_for_gitlab(project: Path, machine: dict[str, str]) -> None:
    """What it keeps as artifacts is there after a test that fails."""
    job = gitlab_job("integration-embedded")
    job["variables"]["UV_TOOL_BIN_DIR"] = machine["UV_TOOL_BIN_DIR"]  # that of the job's own container
    environment = {**machine, "PATH": f"{machine['UV_TOOL_BIN_DIR']}:{machine['PATH']}"}
    green = run_gitlab_job(job, project, environment)
    assert green.exit == 0, green
    red = run_gitlab_job(job, project, {**environment, "VERDICT": "fails"})
    assert red.exit == 1
    assert "1 passed" in green.out
    assert job["artifacts"]["when"] == "on_failure"
    assert [(project / path / "index.md").exists() for path in job["artifacts"]["paths"]] == [True]
    assert "::" not in red.err.replace("test_orders.py::", "")
    assert nothing_runs(project, machine)


def test_the_snippet_for_a_shell(project: Path, machine: dict[str, str]) -> None:
    """As it stands, with `sh`."""
    [script] = [block for block in blocks("sh") if "uv tool install" in block]
    done = subprocess.run(
        ["sh", "-e", "-c", script],
        cwd=project,
        env={**machine, "VERDICT": "fails"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done
    assert (project / "devenv-artifacts" / "index.md").exists()
    assert nothing_runs(project, machine)


@pytest.mark.parametrize("half", ["go", "python"] if ENGINE else ["python"])
def test_the_workflow_of_a_generated_service(
    half: str, tmp_path: Path, run_home: Path, machine: dict[str, str]
) -> None:
    """With one of its tests broken: the code, the evidence, and nothing runs.

    `just ci-files` executes every step of both jobs, green first. Here those are left out that prepare, lint
    and test: test_generated_services.py has them.
    """
    toolchain.demand("uv", "just", *(["go"] if half == "go" else []))
    origin = tmp_path / "origin"
    origin.mkdir()
    cli = Cli(origin, run_home, {"DOCKER_HOST": f"unix://{run_home}/no-engine.sock"})
    language = "both" if ENGINE else half
    assert cli.run("new-service", "orders", "--lang", language, "--no-apply").exit == 0
    (origin / "devenv.toml").write_text(f'engine = "{ENGINE or "embedded"}"\n')
    clone = cloned(origin, tmp_path / "clone")
    steps = read(clone / ".github" / "workflows" / "orders.yaml")["jobs"][half]["steps"]
    if ENGINE:
        green = GithubJob(clone, machine)
        green.run(steps)
        assert not green.has_failed, green.done
    else:
        steps = [step for step in steps if "setup lint test" not in step.get("run", "")]

    path, right, wrong, failure = BROKEN[language, half]
    test = clone / "orders" / half / "integration" / path
    assert right in test.read_text()
    test.write_text(test.read_text().replace(right, wrong))
    red = GithubJob(clone, machine, runner="red")
    red.run(steps)
    *before, last = red.done
    assert {done.exit for done in before} == {0}, red.done
    assert last.exit != 0
    assert last.name.startswith("devenv run -- ")
    index = json.loads((red.uploads[f"orders-{half}-evidence"] / "index.json").read_text())
    assert index["exit_code"] == last.exit
    failures = [each["failure"] or "" for each in index["workflows"]]
    assert any(each.startswith(failure) for each in failures), index
    assert {"logs/temporal.log", "timings.json"} <= {each["path"] for each in index["files"]}
    assert nothing_runs(clone, machine)
