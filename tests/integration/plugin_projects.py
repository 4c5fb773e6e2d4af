"""Projects of users with tests, in which pytest runs with the plugin."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


DEVENV_TOML = 'engine = "embedded"\nnamespace = "orders"\n'


SEEDS = "namespaces:\n  - {name: orders, search_attributes: {CustomerId: Keyword}}\n"


INI = """\
[pytest]
filterwarnings = error
asyncio_default_fixture_loop_scope = function
markers = asyncio
"""


# The same service in every project: a workflow with an activity that is no coroutine.
SERVICE = """
from datetime import timedelta

from temporalio import activity, workflow

@activity.defn
def greet(name: str) -> str:
    return f"Hello {name}"

@workflow.defn
class Greeting:
    @workflow.run
    async def run(self, name: str) -> str:
        return await workflow.execute_activity(greet, name, start_to_close_timeout=timedelta(seconds=30))
"""


def lay_out(pytester: pytest.Pytester, **modules: str) -> None:
    """Make a project of a user, with tests."""
    pytester.makefile(".toml", devenv=DEVENV_TOML)
    (pytester.mkdir("seeds") / "orders.yaml").write_text(SEEDS, "utf-8")
    pytester.makefile(".ini", pytest=INI)
    pytester.makepyfile(service=SERVICE, **modules)


def run(pytester: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    """Run pytest there, in a process of its own."""
    return pytester.runpytest_subprocess("-p", "no:cacheprovider", *arguments, timeout=240)


def processes_of(*paths: Path) -> list[str]:
    """Return the processes whose command line names one of `paths`: keepers and servers of a session."""
    found = (process.info["cmdline"] or [] for process in psutil.process_iter(["cmdline"]))
    lines = (" ".join(command) for command in found)
    return [line for line in lines if any(str(path) in line for path in paths)]
