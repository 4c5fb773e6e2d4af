"""Containers that are replaced, paused or cut off, and things of others that an overlay names."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING

import pytest
from e2e import engine_view
from e2e.command_line import finish, read_until
from e2e.engine_view import docker
from e2e.stacks import BROKEN, UP

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from e2e.stacks import Stack, Yard

pytestmark = pytest.mark.stack

SERVICES = ("postgres", "opensearch", "temporal", "ui")
CHANGES = int(os.environ.get("TEMPORAL_DEVENV_TEST_REPLACEMENTS", "4"))
OVERLAY = "compose/changes.yaml"
SETTINGS = f'[compose]\noverlays = ["{OVERLAY}"]\n'
FOREIGN = "dev.temporal-devenv.test.named"


def overlay(**rounds: int) -> str:
    """Return an overlay with a variable for each service: another number is another container."""
    lines = [f'  {name}: {{environment: {{ROUND: "{number}"}}}}\n' for name, number in rounds.items()]
    return "services:\n" + "".join(lines)


@pytest.fixture(scope="module")
def stack(module_yard: Yard) -> Stack:
    """Return a stack whose containers the tests of this module have replaced."""
    rounds = dict.fromkeys(SERVICES, 0)
    stack = module_yard.project("replaced", {"devenv.toml": SETTINGS, OVERLAY: overlay(**rounds)})
    stack.up()
    return stack


def identities(stack: Stack) -> dict[str, str]:
    return {name: item["Id"] for name, item in stack.services().items()}


def assert_clean(stack: Stack) -> None:
    """Six containers, each with the name that Compose gives it."""
    names = sorted(item["Name"] for item in stack.services().values())
    services = (*SERVICES, "sql-schema", "visibility-index")
    assert names == sorted(f"/{stack.name}-{service}-1" for service in services)
    assert len(stack.containers()) == len(services)


def test_one_in_turn_is_replaced_and_every_up_is_ready(stack: Stack) -> None:
    """Nobody is asked anything by a server that is about to go; `just replacements` makes 20 changes."""
    rounds = dict.fromkeys(SERVICES, 0)
    for number in range(CHANGES):
        service = SERVICES[number % len(SERVICES)]
        rounds[service] += 1
        (stack.project / OVERLAY).write_text(overlay(**rounds))
        before = identities(stack)
        result = stack.cli.run(*UP)
        assert result.exit == 0, f"change {number} ({service}): {result}"
        assert result.document["state"] == "ready"
        assert identities(stack)[service] != before[service]
        assert_clean(stack)


def test_another_durability_is_ready_at_once(stack: Stack) -> None:
    """The change that a person makes: Postgres, what waits for it and the server are replaced."""
    (stack.project / "devenv.toml").write_text('durability = "fast"\n' + SETTINGS)
    assert stack.up()["state"] == "ready"
    assert_clean(stack)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_an_up_that_is_cut_off_while_it_replaces_is_mended_by_the_next(
    stack: Stack, number: signal.Signals
) -> None:
    """Killed or ended: it leaves containers half replaced, and Compose at work or not."""
    changed = dict.fromkeys(SERVICES, 1000 + number)
    (stack.project / OVERLAY).write_text(overlay(**changed))
    with stack.cli.start(*UP, "-v") as process:
        read_until("engine", process)
        time.sleep(2)  # Compose needs five seconds for it
        process.send_signal(number)
        assert finish(process, timeout_s=30).exit in {-signal.SIGKILL, 128 + signal.SIGTERM}
    assert stack.up()["state"] == "ready"
    assert_clean(stack)


def test_what_older_composes_left_is_cleared(stack: Stack) -> None:
    """A container with the name of a replacement: beside the one that it was to replace, or alone."""
    docker("rename", f"{stack.name}-temporal-1", f"0123456789ab_{stack.name}-temporal-1")
    (stack.project / OVERLAY).write_text(overlay(**dict.fromkeys(SERVICES, 2000)))
    assert stack.up()["state"] == "ready"
    assert_clean(stack)


def test_paused_containers_are_named_and_run_again(stack: Stack) -> None:
    """Whichever of the four it is. Docker takes up to 30 s to find them healthy again."""
    for name in SERVICES:
        docker("pause", stack.services()[name]["Id"])
    status = stack.cli.run("status", "-o", "json")
    assert status.document["state"] == "degraded"
    assert {item["state"] for item in status.document["services"]} == {"paused"}
    assert all(f"the service {name} is paused" in status.err for name in SERVICES)
    result = stack.cli.run("start", "-o", "json")
    assert result.exit == 0, result
    assert result.document["state"] == "ready"


def test_what_is_paused_can_be_stopped(stack: Stack) -> None:
    """Some engines refuse to stop it."""
    docker("pause", stack.services()["postgres"]["Id"])
    assert stack.cli.run("stop").exit == 0
    assert {item["State"]["Status"] for item in stack.services().values()} == {"exited"}


@pytest.fixture
def named_things(stack: Stack) -> Iterator[str]:
    """A container, a volume with a file in it and a network that exist before, and are called `named-…`.

    They look as if another Compose project had made them.
    """
    image = stack.services()["ui"]["Config"]["Image"]
    name = f"named-{os.getpid()}"
    labels = (f"--label={FOREIGN}={name}", "--label=com.docker.compose.project=another")
    docker("volume", "create", *labels, name)
    docker("network", "create", *labels, name)
    run = ("run", "--detach", "--pull=never", f"--volume={name}:/data", "--user=0", *labels, f"--name={name}")
    docker(*run, "--entrypoint=sh", image, "-c", "echo kept >/data/file; exec sleep 600")
    yield name
    engine_view.remove_everything(f"{FOREIGN}={name}")


def overlay_naming(name: str) -> str:
    """Return an overlay that mounts the volume and means to make it, as many a Compose file does."""
    return f"""\
services:
  ui: {{volumes: ["named:/data"]}}
volumes:
  named: {{name: {name}}}
"""


def assert_untouched(name: str) -> None:
    assert len(engine_view.everything(f"{FOREIGN}={name}")) == 3
    assert docker("exec", name, "cat", "/data/file") == "kept\n"


def test_what_an_overlay_only_names_survives_a_failed_up(yard: Yard, named_things: str) -> None:
    """The crash of a service, a network that Compose does not take, a name that somebody has."""
    broken = BROKEN["compose/broken.yaml"]
    network = f"networks:\n  inner: {{name: {named_things}}}\nservices:\n  ui: {{networks: [inner]}}\n"
    container = f"services:\n  ui: {{container_name: {named_things}}}\n"
    for text, exit_code in ((broken, 7), (network, 1), (container, 1)):
        files = {"compose/broken.yaml": text, OVERLAY: overlay_naming(named_things)}
        files["devenv.toml"] = f'[compose]\noverlays = ["compose/broken.yaml", "{OVERLAY}"]\n'
        stack = yard.project(f"naming-{len(yard.stacks)}", files)
        # What is another's is out of reach of an overlay that nobody trusts.
        assert stack.cli.run(*UP).exit == 9
        stack.cli.answer("trust", "--yes")
        error = stack.cli.run(*UP).error
        assert error["exit_code"] == exit_code, error
        assert stack.everything() == []
        assert_untouched(named_things)


def test_what_an_overlay_only_names_survives_a_killed_up_and_down_with_volumes(
    yard: Yard, named_things: str, tmp_path: Path
) -> None:
    stack = yard.project("naming", {"devenv.toml": SETTINGS, OVERLAY: overlay_naming(named_things)})
    stack.cli.answer("trust", "--yes")
    with stack.cli.start(*UP, "-v") as process:
        read_until("launch", process)
        process.send_signal(signal.SIGKILL)
        finish(process, timeout_s=30)
    for options in ((), ("--volumes", "--yes")):
        assert stack.cli.run("down", *options).exit == 0
        assert_untouched(named_things)
    assert stack.everything() == []


def test_a_compose_project_of_the_same_name_is_not_taken_over(yard: Yard, named_things: str) -> None:
    """Compose itself would remove its containers as orphans."""
    stack = yard.project("taken")
    error = stack.cli.run(*UP, "--stack", "another").error
    assert (error["code"], error["exit_code"]) == ("compose-project-taken", 1)
    assert any(f"container {named_things}" in line for line in error["details"])
    stack.cli.run("down", "--volumes", "--yes", "--stack", "another")
    assert_untouched(named_things)
