"""The embedded engine beside a Temporal server of somebody else: nothing is ever written to that one."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from e2e.command_line import Cli, finish_all
from foreign_server import (
    FILES,
    NAMES,
    ForeignServer,
    Moment,
    chance,
    check_launch,
    launched_beside_a_stranger,
    launches,
    random_moment,
    tell,
)

from devenv.engines.host import ports

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

EMBEDDED = ("--engine", "embedded")
# As long as an `up` takes on a busy machine.
LONGEST_S = 4.0
SHORT = 3
COMMANDS = {
    "plan": 5,
    "apply": 5,
    "namespace list": 5,
    "namespace create more": 5,
    "namespace delete orders --yes": 5,
    "config apply": 5,
    "import --dry-run": 5,
    "temporal workflow list": 5,
    "env": 5,
    "up": 5,
    "run -- true": 125,
}


@pytest.fixture
def project(tmp_path: Path, run_home: Path) -> Iterator[Cli]:
    """A project that declares one of each kind, not up yet."""
    root = tmp_path / "shop"
    for name, text in {"devenv.toml": "", **FILES}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    cli = Cli(root.resolve(), run_home, {"DOCKER_HOST": f"unix://{run_home}/no-engine.sock"})
    yield cli
    cli.run("down", "--volumes", "--yes")


@pytest.fixture(scope="module")
def pristine() -> Any:
    """What a foreign server has that nobody has written to."""
    with ForeignServer() as server:
        assert server.serves()
        assert server.writes() == set()
        return server.contents()


def test_who_takes_a_port_during_a_launch_is_left_alone(project: Cli, pristine: Any) -> None:
    """In a usual run once for each port, as soon as the ports are chosen; else at random moments."""
    draw, count = chance(), launches(SHORT)
    moments = [Moment(name) for name in NAMES] + [
        random_moment(draw, LONGEST_S) for _ in range(count - SHORT)
    ]
    won: Counter[tuple[str, bool]] = Counter()
    for moment in moments:
        with launched_beside_a_stranger(project, EMBEDDED, moment) as (result, server):
            won[moment.name, check_launch(project, result, server, moment, pristine)] += 1
    tell(won)
    assert sum(won.values()) == count


def test_two_homes_that_go_for_the_same_ports_never_meet(project: Cli, tmp_path: Path) -> None:
    """At one moment, with nothing in common but the ports: one gets them, the other is told who did."""
    grpc, ui, http = (ports.any_free() for _ in NAMES)
    toml = f"[ports]\ngrpc = {grpc}\nui = {ui}\nhttp = {http}\n"
    (project.project / "devenv.local.toml").write_text(toml, encoding="utf-8")
    other = Cli(tmp_path / "bank", tmp_path / "home", project.variables)
    other.home.mkdir()
    (other.project / "seeds").mkdir(parents=True)
    (other.project / "devenv.toml").write_text(toml, encoding="utf-8")
    (other.project / "seeds" / "bank.yaml").write_text("namespaces: [{name: bank}]\n", encoding="utf-8")
    try:
        results = finish_all([each.start("up", *EMBEDDED, "-o", "json") for each in (project, other)])
        assert sorted(each.exit for each in results) == [0, 5], results
        winner, name = (project, "orders") if results[0].exit == 0 else (other, "bank")
        known = {item["name"] for item in winner.answer("namespace", "list")["namespaces"]}
        assert known == {"default", name}
        assert winner.answer("status")["state"] == "ready"
    finally:
        other.run("down", "--volumes", "--yes")


def test_who_has_the_port_of_a_stack_that_is_down_is_left_alone(project: Cli, pristine: Any) -> None:
    """Every command that connects names him; so it does once the server of a stack that is up has died."""
    grpc, ui, http = (ports.any_free() for _ in NAMES)
    toml = f"[ports]\ngrpc = {grpc}\nui = {ui}\nhttp = {http}\n"
    (project.project / "devenv.local.toml").write_text(toml, encoding="utf-8")
    assert project.answer("up", *EMBEDDED)["state"] == "ready"
    assert project.run("stop").exit == 0
    with ForeignServer({"grpc": grpc}) as server:
        assert server.serves()
        for command, code in COMMANDS.items():
            result = project.run(*command.split()[:-1], command.split()[-1])
            assert result.exit == code, (command, result)
            assert f"Port {grpc} (grpc) is taken by temporal (pid {server.process.pid})" in result.err, (
                command
            )
        assert project.answer("status")["state"] == "stopped"
        assert server.contents() == pristine
        assert server.writes() == set()
    assert project.answer("up")["state"] == "ready"
