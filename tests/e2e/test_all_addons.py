"""All add-ons at once: each works beside the others, and the declared state is as on a plain stack.

`just all-addons` runs it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from e2e.clients import PYTHON_CLIENT, TEMPORAL_CLI, evaluated
from suites.by_hand import ColumnsSuite
from suites.declarations import SEEDS
from suites.declared_state import planned

if TYPE_CHECKING:
    from e2e.command_line import Cli
    from e2e.stacks import Yard

pytestmark = pytest.mark.stack

# Clients of the suite connect in plain text and show no token: `tls` and `login` are in the second test.
PLAIN = """\
visibility = "postgres"
timeout = "15m"

[addons]
archive = true
backups = true
observability = {traces = true}
roles = true
"""
GUARDED = f"{PLAIN}login = true\ntls = {{client_certificates = true}}\n"
ADDONS = {"archive", "backups", "login", "object-store", "observability", "roles", "tls"}


@pytest.fixture(scope="class")
def project(module_yard: Yard) -> Cli:
    """Return a project that declares nothing and is up."""
    stack = module_yard.project("plain", {"devenv.toml": PLAIN})
    stack.up()
    return stack.cli


class TestDeclaredStateWithAddons(ColumnsSuite):
    """The suite, on split roles, beside metrics, logs, traces, archive and backups."""

    way_out = 'visibility = "opensearch"'


def test_what_is_declared_is_there_behind_tls_and_a_login(yard: Yard) -> None:
    """Every add-on is on: programs get in as `devenv env` says, and without a token nobody does."""
    stack = yard.project("guarded", {"devenv.toml": GUARDED, "seeds/all.yaml": SEEDS})
    answer = stack.up()
    assert (answer["state"], answer["drift"], set(answer["addons"])) == ("ready", [], ADDONS)
    assert planned(stack.cli) == []
    for program in (TEMPORAL_CLI, PYTHON_CLIENT):
        assert evaluated(stack.cli, program)
    refused = stack.cli.shell('eval "$(devenv env)" && unset TEMPORAL_API_KEY && temporal workflow count')
    assert (refused.exit, "unauthorized" in refused.err) == (1, True), refused
    assert stack.cli.answer("backup", "now")["ok"]
    assert stack.cli.answer("down", "--volumes", "--yes")["ok"]
