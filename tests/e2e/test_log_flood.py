"""A container that logs without measure beside the add-on `observability`, by `just log-flood`.

Whether VictoriaLogs takes the lines, hangs or has ended: who writes does not wait, and the stack goes on.
"""

from __future__ import annotations

import json
import sys
import time
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING

import pytest
from e2e.engine_view import docker
from e2e.observing import ended, hanging, log_lines
from e2e.polling import eventually
from e2e.workflows import complete_workflow

if TYPE_CHECKING:
    from collections.abc import Iterator

    from e2e.observing import Trouble
    from e2e.stacks import Stack, Yard

pytestmark = pytest.mark.stack

LINES = 200_000
# In a minute: a sixtieth, then a second of rest.
PACED = f"for second in $(seq 60); do seq -f 'line %g of a flood, paced' {LINES // 60}; sleep 1; done"
AT_ONCE = f"seq -f 'line %g of a flood, at once' {LINES}"
# A busy machine writes slowly; a container whose log driver blocks would still be at its first lines.
WITHIN_S = {PACED: 180, AT_ONCE: 60}
CASES: dict[str, tuple[str, Trouble]] = {
    "VictoriaLogs takes them": (PACED, lambda _: nullcontext()),
    "VictoriaLogs hangs": (AT_ONCE, hanging("victoria-logs")),
    "VictoriaLogs has ended": (AT_ONCE, ended("victoria-logs")),
}
# Docker sends what it has kept every five seconds.
SETTLES_S = 15
FLOOD = '"event.attrs.com.docker.compose.service":=flood'


@pytest.fixture(scope="module")
def flooded(module_yard: Yard) -> Stack:
    """Return a stack with the add-on, which all tests share: each leaves it as it was."""
    files = {"devenv.toml": 'timeout = "5m"\n[addons]\nobservability = true\n'}
    stack = module_yard.project("flooded", files)
    assert stack.cli.run("images", "build", "--keep-cache", "-o", "json").exit == 0
    stack.up()
    return stack


@contextmanager
def flooding(stack: Stack, script: str) -> Iterator[str]:
    """Have a container run `script` that logs as those of the stack do; yield its id."""
    config = stack.services()["temporal"]["HostConfig"]["LogConfig"]
    options = [f"--log-opt={name}={value}" for name, value in config["Config"].items()]
    where = [f"--log-driver={config['Type']}", *options, "--label=com.docker.compose.service=flood"]
    clock = "cut -d. -f1 /proc/uptime"
    timed = f"{clock} > /began; {script}; {clock} > /done; sleep infinity"
    image = stack.services()["postgres"]["Config"]["Image"]
    container = docker("run", "--detach", "--init", *where, "--entrypoint=sh", image, "-c", timed).strip()
    try:
        yield container
    finally:
        docker("rm", "--force", container)


def memory(stack: Stack) -> str:
    """Return what VictoriaLogs has and may have, as Docker writes it."""
    name = f"{stack.name}-victoria-logs-1"
    return str(json.loads(docker("stats", "--no-stream", "--format=json", name))["MemUsage"])


def arrived(stack: Stack) -> int:
    """Return how many lines of floods VictoriaLogs has."""
    [found] = log_lines(stack, f"{FLOOD} | stats count() n")
    return int(found["n"])


@pytest.mark.parametrize("case", CASES)
def test_nobody_waits_for_the_logs(flooded: Stack, case: str) -> None:
    """Neither who writes nor the stack; and VictoriaLogs keeps within its memory."""
    script, trouble = CASES[case]
    with flooding(flooded, script) as container:
        with trouble(flooded):
            complete_workflow(flooded.grpc, "default")
            done = eventually(lambda: docker("exec", container, "cat", "/done"), within_s=300)
            took = int(done) - int(docker("exec", container, "cat", "/began"))
            complete_workflow(flooded.grpc, "default")
        before = eventually(lambda: arrived(flooded) + 1, within_s=60) - 1
        time.sleep(SETTLES_S)
        shown = docker("logs", container).count("of a flood")
        sys.stderr.write(
            f"\n{case}: {LINES} lines written in {took} s; {shown} are in `docker logs`, VictoriaLogs has "
            f"{arrived(flooded)} ({before} at once), and takes {memory(flooded)}\n"
        )
    assert took <= WITHIN_S[script]
    state = flooded.services()["victoria-logs"]["State"]
    assert (state["Running"], state["OOMKilled"]) == (True, False)
