"""`just bench`: measure, print a table, write JSON."""

from __future__ import annotations

import argparse
import json
import os
import platform
import signal
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from devenv.engines.host.ports import any_free
from devenv.errors import ExitCode
from devenv.project.services import Ports
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
from tools.bench.ports import BenchError, demand_free
from tools.bench.probe import watch
from tools.bench.running import interrupt, timed, undisturbed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROOT = Path(__file__).parents[2]
IDLE_S = 20
EDIT = "dynamic config: edit in effect"

# What is measured, and what of the same run it is compared with: its key, and the ratio that is good enough.
# No limit is in seconds: the pace of a machine varies by half within minutes.
COMPARISONS = {
    "--help": ("import typer", 2.0),
    "embedded up: 5 namespaces": ("bare start-dev: first workflow", 8.0),
    "cold: first workflow": ("peer cold: first workflow", 0.35),
    "cold: found": ("peer cold: found", None),
    "cold: ready": ("peer cold: found", 0.65),
    "warm: first workflow": ("peer again: first workflow", None),
    "warm: ready": ("peer again: found", 0.45),
    "up on a ready stack": ("--help", 8.0),
    "status -o json": ("--help", 6.0),
    "memory MB": ("peer memory MB", 0.8),
    "down": ("peer down", 1.5),
    "postgres cold: first workflow": ("postgres peer cold: first workflow", None),
    "postgres cold: found": ("postgres peer cold: found", None),
    "postgres cold: ready": ("postgres peer cold: found", None),
    "postgres warm: ready": ("postgres peer again: found", None),
    "postgres memory MB": ("postgres peer memory MB", None),
    "postgres down": ("postgres peer down", None),
}
# The stack with visibility in Postgres beside the peer's file without OpenSearch.
VARIANT = "postgres "
IN_POSTGRES = 'visibility = "postgres"\n'


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


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark of a command line; return 0, 1 if it could not be done, 130 if it was interrupted."""
    options = _parser().parse_args(arguments)
    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        found = _measure(options)
    except BenchError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("bench: interrupted; what it started is removed", file=sys.stderr)
        return ExitCode.INTERRUPTED
    finally:
        signal.signal(signal.SIGTERM, before)
    _print(found)
    options.json.write_text(json.dumps(_document(found), indent=2) + "\n")
    return 0


def _measure(options: argparse.Namespace) -> Measurements:
    found = Measurements()
    with tempfile.TemporaryDirectory(prefix="devenv-bench-") as directory:
        scratch = Path(directory)
        os.environ["XDG_STATE_HOME"] = str(scratch / "state")
        peer, postgres_peer = (
            Peer(file.resolve(), scratch) if file else None for file in (options.peer, options.postgres_peer)
        )
        for each in (peer, postgres_peer):
            if each:
                demand_free(each.ports())
        bare_port = any_free()
        devenv = _project(scratch)
        in_postgres = _project(scratch, settings=IN_POSTGRES)
        for _ in range(options.rounds):
            measure_commands(devenv, found)
            measure_embedded(devenv, bare_port, scratch, found)
            if peer:
                measure_stacks(devenv, peer, found)
            if postgres_peer:
                measure_stacks(in_postgres, postgres_peer, found, variant=VARIANT)
        if options.edits:
            measure_edits(devenv, options.edits, found)
    return found


def measure_commands(devenv: Devenv, found: Measurements) -> None:
    """Measure what needs no stack."""
    for _ in range(3):
        found.note("import typer", timed("import typer", [sys.executable, "-c", "import typer"]))
        found.note("--help", devenv.run("--help"))


def measure_embedded(devenv: Devenv, bare_port: int, scratch: Path, found: Measurements) -> None:
    """Measure the embedded engine beside the server that it runs."""
    with _removed_afterwards(devenv):
        found.note("embedded up: 5 namespaces", devenv.run("up", "--engine", "embedded"))
    began = time.monotonic()
    with dev_server(bare_port, scratch) as target:
        sighting = watch(target, began)
    found.note("bare start-dev: first workflow", sighting.started_s)


def measure_stacks(devenv: Devenv, peer: Peer, found: Measurements, variant: str = "") -> None:
    """Measure cold, warm, idle and down, of devenv and the peer in turn; `variant` begins their names."""
    images = devenv.document("images", "list")["images"]
    present = {str(item["service"]): str(item["ref"]) for item in images if item["present"]}
    with tagged_for_peer(peer, present):
        _measure_peer(peer, found, variant)
        _measure_devenv(devenv, found, variant)


def _measure_peer(peer: Peer, found: Measurements, variant: str) -> None:
    # Somebody may have come since the last round.
    demand_free(peer.ports())
    try:
        for name in (f"{variant}peer cold", f"{variant}peer again"):
            began = time.monotonic()
            with peer.coming_up() as target:
                sighting = watch(target, began)
            found.note(f"{name}: first workflow", sighting.started_s)
            found.note(f"{name}: found", sighting.found_s)
            if name.endswith("cold"):
                time.sleep(IDLE_S)
                found.note(f"{variant}peer memory MB", memory_mb(PEER_PROJECT))
                found.note(f"{variant}peer down", peer.down())
    finally:
        with undisturbed():
            peer.down("-v")


def _measure_devenv(devenv: Devenv, found: Measurements, variant: str) -> None:
    stack = devenv.stack()
    with _removed_afterwards(devenv):
        for name in (f"{variant}cold", f"{variant}warm"):
            began = time.monotonic()
            with devenv.coming_up(stack) as target:
                sighting = watch(target, began)
            found.note(f"{name}: ready", time.monotonic() - began)
            found.note(f"{name}: first workflow", sighting.started_s)
            found.note(f"{name}: found", sighting.found_s)
            if name.endswith("cold"):
                _measure_running(devenv, found, variant)
                found.note(f"{variant}down", devenv.run("down"))


def measure_edits(devenv: Devenv, times: int, found: Measurements) -> None:
    """Measure edits of dynamic config on a stack of their own; each is used at once."""
    with _removed_afterwards(devenv):
        devenv.run("up", "--engine", "compose")
        for seconds in edit(devenv.project, devenv.stack(), f"127.0.0.1:{devenv.ports['grpc']}", times):
            found.note(EDIT, seconds)
        for _ in range(3):
            found.note("config apply without a change", devenv.run("config", "apply"))


@contextmanager
def _removed_afterwards(devenv: Devenv) -> Iterator[None]:
    try:
        yield
    finally:
        with undisturbed():
            devenv.run("down", "--volumes", "--yes", "--no-snapshot")


def _measure_running(devenv: Devenv, found: Measurements, variant: str) -> None:
    for _ in range(3):
        found.note(f"{variant}up on a ready stack", devenv.run("up"))
        found.note(f"{variant}status -o json", devenv.run("status", "-o", "json"))
    time.sleep(IDLE_S)
    found.note(f"{variant}memory MB", memory_mb(devenv.stack()))


def _project(scratch: Path, *, settings: str = "") -> Devenv:
    """Return the command in a copy of the example, on ports that are free."""
    grpc, ui, http = (any_free() for _ in range(3))
    project = fresh_project(ROOT / "examples" / "shop", scratch, settings=settings)
    return Devenv(project, Ports.of(grpc=grpc, ui=ui, http=http))


def _print(found: Measurements) -> None:
    table = Table("WHAT", "MEDIAN", "RUNS", "BESIDE", "RATIO", "GOAL", box=None, pad_edge=False)
    for what in found.values:
        other, goal = COMPARISONS.get(what, (None, None))
        beside = found.median(other) if other in found.values else None
        ratio = found.median(what) / beside if beside else None
        table.add_row(
            what,
            f"{found.median(what):.2f}",
            " ".join(f"{value:.2f}" for value in found.values[what]),
            f"{other} {beside:.2f}" if beside else "",
            f"{ratio:.2f}" if ratio else "",
            _verdict(ratio, goal),
        )
    Console(width=160).print(table)


def _verdict(ratio: float | None, goal: float | None) -> str:
    if ratio is None or goal is None:
        return ""
    return f"≤ {goal:g}" if ratio <= goal else f"≤ {goal:g} missed"


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
    parser.add_argument(
        "--postgres-peer",
        type=Path,
        help="compose file without OpenSearch, to compare the stack with visibility in Postgres with",
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
