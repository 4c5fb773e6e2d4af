"""Executes the steps of CI files as their runners do: by the same shells, with their variables.

What another action provides is there already, or is noted: `PROVIDED` names each. A step or an expression
that is not known here fails the test.
"""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

ROOT = Path(__file__).parents[1]
TIMEOUT_S = 900
# The actions that steps use, and what of it is here: programs on PATH, or nothing but a note.
PROVIDED: Mapping[str, Sequence[str]] = {
    "actions/checkout": ("git",),
    "actions/setup-go": ("go",),
    "astral-sh/setup-uv": ("uv",),
    "actions/upload-artifact": (),
}
# How the runner calls them: https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax
SHELLS = {None: ("bash", "-e"), "bash": ("bash", "--noprofile", "--norc", "-eo", "pipefail")}
EXPRESSION = re.compile(r"\$\{\{ *(.*?) *\}\}")


@dataclass(frozen=True)
class Done:
    """A step that was executed."""

    name: str
    exit: int
    out: str
    err: str


@dataclass
class GithubJob:
    """One job of GitHub Actions in `workspace`, on a machine with `environment`."""

    workspace: Path
    environment: Mapping[str, str]
    runner: str = "runner"
    done: list[Done] = field(default_factory=list)
    used: list[str] = field(default_factory=list)
    uploads: dict[str, Path] = field(default_factory=dict)
    _outcomes: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._files = self.workspace.parent / f"{self.workspace.name}-{self.runner}"
        self._files.mkdir()
        for name in ("PATH", "ENV", "OUTPUT", "STEP_SUMMARY"):
            (self._files / name).touch()

    @property
    def summary(self) -> str:
        """What the steps have added to their summaries."""
        return (self._files / "STEP_SUMMARY").read_text()

    @property
    def has_failed(self) -> bool:
        return any(done.exit for done in self.done)

    def run(self, steps: Iterable[Mapping[str, Any]], context: Mapping[str, str] = {}) -> None:
        """Execute `steps`; `context` has what their expressions name, as `inputs.command`."""
        for step in steps:
            known = {**context, **{f"steps.{name}.outcome": end for name, end in self._outcomes.items()}}
            if not self._is_due(step.get("if"), known):
                continue
            if "uses" in step:
                self._use(step, known)
            else:
                self._execute(step, known)

    def _is_due(self, condition: str | None, context: Mapping[str, str]) -> bool:
        if condition is None:
            return not self.has_failed
        run = context.get("steps.run.outcome", "skipped")
        known = {
            "inputs.command != ''": bool(context.get("inputs.command")) and not self.has_failed,
            "failure()": self.has_failed,
            "always() && (steps.run.outcome == 'failure' || steps.run.outcome == 'cancelled')": run
            in {"failure", "cancelled"},
        }
        return known[condition]

    def _use(self, step: Mapping[str, Any], context: Mapping[str, str]) -> None:
        action = step["uses"].partition("@")[0]
        for program in PROVIDED[action]:
            subprocess.run(
                [program, "version" if program == "go" else "--version"],
                env=self._variables(),
                check=True,
                capture_output=True,
            )
        self.used.append(action)
        if action == "actions/upload-artifact":
            given = {name: _filled(text, context) for name, text in step["with"].items()}
            path = self.workspace / given["path"]
            if path.exists():
                self.uploads[given["name"]] = path

    def _execute(self, step: Mapping[str, Any], context: Mapping[str, str]) -> None:
        script = self._files / f"{len(self.done)}.sh"
        script.write_text(_filled(step["run"], context))
        own = {name: _filled(text, context) for name, text in step.get("env", {}).items()}
        ended = subprocess.run(
            [*SHELLS[step.get("shell")], script],
            cwd=self.workspace / _filled(step.get("working-directory", "."), context),
            env={**self._variables(), **own},
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )
        self.done.append(Done(step.get("name", step["run"]), ended.returncode, ended.stdout, ended.stderr))
        if "id" in step:
            self._outcomes[step["id"]] = "failure" if ended.returncode else "success"

    def _variables(self) -> dict[str, str]:
        added = (self._files / "PATH").read_text().split()
        set_by_steps = dict(
            line.split("=", 1) for line in (self._files / "ENV").read_text().splitlines() if line
        )
        path = os.pathsep.join([*reversed(added), self.environment["PATH"]])
        files = {
            f"GITHUB_{name}": str(self._files / name) for name in ("PATH", "ENV", "OUTPUT", "STEP_SUMMARY")
        }
        own = {"CI": "true", "GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": str(self.workspace)}
        return {**self.environment, **own, **files, **set_by_steps, "PATH": path}


def _filled(text: Any, context: Mapping[str, str]) -> str:
    return EXPRESSION.sub(lambda match: context[match[1]], str(text))


def read(path: Path) -> Any:
    """Return what a CI file says."""
    return yaml.safe_load(path.read_text())


def inputs_of(action: Mapping[str, Any], path: Path, **given: str) -> dict[str, str]:
    """Return the context of an action that is used with these inputs; it lies in `path`."""
    assert given.keys() <= action["inputs"].keys()
    values = {
        name: given.get(name, str(declared.get("default", ""))) for name, declared in action["inputs"].items()
    }
    return {f"inputs.{name}": value for name, value in values.items()} | {"github.action_path": str(path)}


def blocks(language: str) -> list[str]:
    """Return the blocks of docs/ci.md in a language."""
    text = (ROOT / "docs" / "ci.md").read_text()
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def gitlab_job(name: str) -> Any:
    """Return a job that docs/ci.md has for GitLab."""
    return next(jobs[name] for block in blocks("yaml") if name in (jobs := yaml.safe_load(block)))


def run_gitlab_job(job: Mapping[str, Any], workspace: Path, environment: Mapping[str, str]) -> Done:
    """Execute `before_script` and `script` of a job in one shell, until a line fails."""
    lines = [*job.get("before_script", ()), *job["script"]]
    script = workspace.parent / f"{workspace.name}-gitlab.sh"
    script.write_text("\n".join(lines) + "\n")
    variables = {
        "CI": "true",
        "GITLAB_CI": "true",
        "CI_PROJECT_DIR": str(workspace),
        **job.get("variables", {}),
    }
    ended = subprocess.run(
        ["bash", "-eo", "pipefail", script],
        cwd=workspace,
        env={**environment, **variables},
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    return Done(" && ".join(lines), ended.returncode, ended.stdout, ended.stderr)
