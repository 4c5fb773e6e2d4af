"""A newcomer's clock: from an empty directory to a completed workflow that the Web UI shows.

    python -m tools.newcomer [--engine auto|compose|embedded] [--source DIR] [-- OPTIONS OF pip install]

Installs devenv into a fresh environment, brings a stack up, writes a Python service, runs its tests and its
worker, places an order, asks the Web UI for it, and takes everything away again. Prints how long it all took.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ROOT = Path(__file__).parents[1]
WORKER_ENDS_S = 60
SEEN_WITHIN_S = 30


class Newcomer:
    """Somebody with a directory of their own and nothing in it."""

    def __init__(self, home: Path, engine: str) -> None:
        self.project = home / "shop"
        self.project.mkdir()
        self._bin = home / "venv" / "bin"
        self._engine = engine
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("TEMPORAL_")},
            "PATH": f"{self._bin}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
            "XDG_STATE_HOME": str(home / "state"),
        }
        self._environment.pop("VIRTUAL_ENV", None)

    def run(self, *command: str) -> str:
        """Run a command that must succeed."""
        done = subprocess.run(
            command, cwd=self.project, env=self._environment, capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise SystemExit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
        return done.stdout

    def install(self, source: Path, options: list[str]) -> None:
        """Install devenv, and the runner of recipes, into a fresh environment."""
        subprocess.run([sys.executable, "-m", "venv", str(self._bin.parent)], check=True)
        self.run(str(self._bin / "pip"), "install", "-q", *options, str(source), "rust-just", "uv")

    def up(self) -> None:
        """Bring the stack up."""
        self.run("devenv", "up", "--engine", self._engine, "--any-port")

    def new_service(self) -> None:
        """Write a service; the stack has it at once."""
        answer = json.loads(self.run("devenv", "new-service", "orders", "--lang", "python", "-o", "json"))
        if not answer["applied"]:
            raise SystemExit("the service was not applied")

    def test(self) -> None:
        """Run the service's own tests."""
        self.run("just", "-f", "orders/python/justfile", "setup", "test")

    def work(self) -> subprocess.Popen[bytes]:
        """Start the worker."""
        command = ["devenv", "run", "--", "just", "-f", "orders/python/justfile", "run"]
        return subprocess.Popen(
            command,
            cwd=self.project,
            env=self._environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def order(self) -> str:
        """Place an order and return the workflow's id; the worker takes it as soon as it is there."""
        command = ("devenv", "run", "--", "just", "-f", "orders/python/justfile", "start")
        return f"order-{json.loads(self.run(*command))['order_id']}"

    def see(self, workflow_id: str) -> None:
        """Wait until the Web UI's own API shows the workflow as completed."""
        ui = self._endpoints()["ui"]
        url = f"{ui}/api/v1/namespaces/orders/workflows/{workflow_id}"
        deadline = time.monotonic() + SEEN_WITHIN_S
        while _status(url) != "WORKFLOW_EXECUTION_STATUS_COMPLETED":
            if time.monotonic() > deadline:
                raise SystemExit(f"{url} does not show a completed workflow")
            time.sleep(0.1)

    def down(self) -> None:
        """Take the stack away."""
        self.run("devenv", "down", "--volumes", "--yes", "--no-snapshot")

    def _endpoints(self) -> Mapping[str, str]:
        endpoints: Mapping[str, str] = json.loads(self.run("devenv", "status", "-o", "json"))["endpoints"]
        return endpoints


def end(worker: subprocess.Popen[bytes]) -> None:
    """Stop the worker, with the recipe's runner that started it."""
    os.killpg(worker.pid, signal.SIGTERM)
    worker.wait(WORKER_ENDS_S)


def _status(url: str) -> str:
    answer = httpx.get(url, timeout=5)
    answer.raise_for_status()
    return str(answer.json()["workflowExecutionInfo"]["status"])


def main() -> None:
    """Run the clock."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine", default="auto")
    parser.add_argument("--source", type=Path, default=ROOT)
    parser.add_argument("options", nargs="*")
    given = parser.parse_args()
    started = time.monotonic()

    def timed(what: str, step: Callable[[], object]) -> None:
        before = time.monotonic()
        step()
        print(f"{time.monotonic() - before:7.1f} s  {what}", flush=True)

    with ExitStack() as cleanup:
        home = Path(cleanup.enter_context(tempfile.TemporaryDirectory())).resolve()
        newcomer = Newcomer(home, given.engine)
        timed("pip install", lambda: newcomer.install(given.source, given.options))
        cleanup.callback(newcomer.down)
        timed("devenv up", newcomer.up)
        timed("devenv new-service orders --lang python", newcomer.new_service)
        timed("just setup test", newcomer.test)
        worker = newcomer.work()
        cleanup.callback(end, worker)
        timed("worker and first order", lambda: newcomer.see(newcomer.order()))
        print(f"{time.monotonic() - started:7.1f} s  until the Web UI shows it as completed")


if __name__ == "__main__":
    main()
