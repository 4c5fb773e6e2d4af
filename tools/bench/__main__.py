"""`just bench`: measure, print a table, write JSON."""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from tools.bench.contestants import (
    PEER_PROJECT,
    Devenv,
    Peer,
    dev_server,
    fresh_project,
    memory_mb,
    tagged_for_peer,
)
from tools.bench.edits import edit
from tools.bench.probe import watch

if TYPE_CHECKING:
    from collections.abc import Iterable

ROOT = Path(__file__).parents[2]
GRPC = "127.0.0.1:7233"
BARE_PORT = 17233
IDLE_S = 20

# What is measured, its unit, and what it is compared with: a key and the ratio that is good enough.
COMPARISONS = {
    "cold: first workflow": ("peer cold: first workflow", 0.35),
    "cold: found": ("peer cold: found", None),
    "cold: ready": ("peer cold: found", 0.65),
    "warm: first workflow": ("peer again: first workflow", None),
    "warm: ready": ("peer again: found", 0.45),
    "down": ("peer down", 1.5),
    "embedded up: 5 namespaces": ("bare start-dev: first workflow", None),
}
EDIT = "dynamic config: edit in effect"
LIMITS = {
    "up on a ready stack": 1.0,
    "status -o json": 0.7,
    "--help": 0.2,
    "embedded up: 5 namespaces": 1.5,
    "memory MB": 500.0,
    EDIT: 6.0,
}


class Measurements:
    """Values by what they measure, in seconds unless the name says otherwise."""

    def __init__(self) -> None:
        self.values: dict[str, list[float]] = defaultdict(list)
        self._console = Console(stderr=True)

    def note(self, what: str, value: float) -> None:
        """Keep one value, and say it."""
        self.values[what].append(value)
        self._console.print(f"{what}: {value:.2f}")

    def median(self, what: str) -> float:
        """Return the median of `what`."""
        return statistics.median(self.values[what])


def main() -> int:
    """Run the benchmark of the command line."""
    options = _parser().parse_args()
    found = Measurements()
    with tempfile.TemporaryDirectory(prefix="devenv-bench-") as directory:
        scratch = Path(directory)
        os.environ["XDG_STATE_HOME"] = str(scratch / "state")
        devenv = Devenv(fresh_project(ROOT / "examples" / "shop", scratch))
        for _ in range(options.rounds):
            measure_commands(devenv, found)
            measure_embedded(devenv, scratch, found)
            if options.peer is not None:
                measure_stacks(devenv, Peer(options.peer.resolve(), scratch), found)
        if options.edits:
            measure_edits(devenv, options.edits, found)
    _print(found)
    options.json.write_text(json.dumps(_document(found), indent=2) + "\n")
    return 0


def measure_commands(devenv: Devenv, found: Measurements) -> None:
    """Measure what needs no stack."""
    found.note("--help", devenv.run("--help"))


def measure_embedded(devenv: Devenv, scratch: Path, found: Measurements) -> None:
    """Measure the embedded engine beside the server that it runs."""
    found.note("embedded up: 5 namespaces", devenv.run("up", "--engine", "embedded"))
    devenv.run("down", "--volumes", "--yes")
    with dev_server(BARE_PORT, scratch) as began:
        sighting = watch(f"127.0.0.1:{BARE_PORT}", "default", began)
    found.note("bare start-dev: first workflow", sighting.started_s)


def measure_stacks(devenv: Devenv, peer: Peer, found: Measurements) -> None:
    """Measure cold, warm, idle and down, of devenv and the peer in turn."""
    images = devenv.document("images", "list")["images"]
    present = {str(item["service"]): str(item["ref"]) for item in images if item["present"]}  # type: ignore[attr-defined]
    with tagged_for_peer(present):
        _measure_peer(peer, found)
        _measure_devenv(devenv, found)


def _measure_peer(peer: Peer, found: Measurements) -> None:
    try:
        for name in ("peer cold", "peer again"):
            began = time.monotonic()
            process = peer.up()
            sighting = watch(GRPC, "default", began)
            process.wait()
            found.note(f"{name}: first workflow", sighting.started_s)
            found.note(f"{name}: found", sighting.found_s)
            if name == "peer cold":
                time.sleep(IDLE_S)
                found.note("peer memory MB", memory_mb(PEER_PROJECT))
                found.note("peer down", peer.down())
    finally:
        peer.down("-v")


def _measure_devenv(devenv: Devenv, found: Measurements) -> None:
    try:
        for name in ("cold", "warm"):
            began = time.monotonic()
            process = devenv.start("up", "--engine", "compose")
            sighting = watch(GRPC, "orders", began)
            if process.wait() != 0:
                raise RuntimeError("devenv up failed")
            found.note(f"{name}: ready", time.monotonic() - began)
            found.note(f"{name}: first workflow", sighting.started_s)
            found.note(f"{name}: found", sighting.found_s)
            if name == "cold":
                _measure_running(devenv, found)
                found.note("down", devenv.run("down"))
    finally:
        devenv.run("down", "--volumes", "--yes")


def measure_edits(devenv: Devenv, times: int, found: Measurements) -> None:
    """Measure edits of dynamic config on a stack of their own; each is used at once."""
    try:
        devenv.run("up", "--engine", "compose", "--any-port")
        status = devenv.document("status")
        address = str(status["endpoints"]["grpc"])  # type: ignore[index]
        for seconds in edit(devenv.project, str(status["stack"]), address, times):
            found.note(EDIT, seconds)
        for _ in range(3):
            found.note("config apply without a change", devenv.run("config", "apply"))
    finally:
        devenv.run("down", "--volumes", "--yes")


def _measure_running(devenv: Devenv, found: Measurements) -> None:
    for _ in range(3):
        found.note("up on a ready stack", devenv.run("up"))
        found.note("status -o json", devenv.run("status", "-o", "json"))
    time.sleep(IDLE_S)
    found.note("memory MB", memory_mb(str(devenv.document("status")["stack"])))


def _print(found: Measurements) -> None:
    table = Table("WHAT", "MEDIAN", "RUNS", "BESIDE", "RATIO", "GOAL", box=None, pad_edge=False)
    for what in found.values:
        other, goal = COMPARISONS.get(what, (None, None))
        limit = LIMITS.get(what)
        beside = found.median(other) if other in found.values else None
        ratio = found.median(what) / beside if beside else None
        table.add_row(
            what,
            f"{found.median(what):.2f}",
            " ".join(f"{value:.2f}" for value in found.values[what]),
            f"{other} {beside:.2f}" if beside else "",
            f"{ratio:.2f}" if ratio else "",
            " ".join(_goals(goal, limit)),
        )
    Console(width=160).print(table)


def _goals(ratio: float | None, limit: float | None) -> Iterable[str]:
    if ratio is not None:
        yield f"ratio ≤ {ratio}"
    if limit is not None:
        yield f"≤ {limit:g}"


def _document(found: Measurements) -> dict[str, object]:
    medians = {what: found.median(what) for what in found.values}
    ratios = {
        what: found.median(what) / found.median(other)
        for what, (other, _) in COMPARISONS.items()
        if what in found.values and other in found.values
    }
    machine = {"platform": platform.platform(), "cores": os.cpu_count(), "python": platform.python_version()}
    return {"machine": machine, "medians": medians, "ratios": ratios, "runs": found.values}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="just bench", description=__doc__)
    parser.add_argument(
        "--peer", type=Path, help="compose file to compare with; without it stacks are not measured"
    )
    parser.add_argument("--rounds", type=int, default=3, help="how often everything is measured (3)")
    parser.add_argument(
        "--edits", type=int, default=0, help="how many edits of dynamic config are measured (0)"
    )
    parser.add_argument(
        "--json", type=Path, default=Path("bench-results.json"), help="where to write the numbers"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
