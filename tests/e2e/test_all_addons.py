"""All add-ons at once: each works beside the others, and the declared state is as on a plain stack.

`just all-addons` runs it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from e2e.clients import PYTHON_CLIENT, TEMPORAL_CLI, evaluated
from suites.declared_state import DeclaredStateSuite

if TYPE_CHECKING:
    from e2e.command_line import Cli
    from e2e.stacks import Yard

pytestmark = pytest.mark.stack

SETTINGS = """\
visibility = "postgres"
timeout = "15m"

[addons]
archive = true
backups = true
login = true
observability = {traces = true}
roles = true
tls = {client_certificates = true}
"""
ADDONS = {"archive", "backups", "login", "object-store", "observability", "roles", "tls"}


@pytest.fixture(scope="class")
def project(module_yard: Yard) -> Cli:
    """Return a project that declares nothing and is up, with every add-on."""
    stack = module_yard.project("everything", {"devenv.toml": SETTINGS})
    answer = stack.up()
    assert (answer["state"], set(answer["addons"])) == ("ready", ADDONS)
    return stack.cli


class TestDeclaredStateWithEveryAddon(DeclaredStateSuite):
    """The suite, on split roles, behind TLS and a login, beside all others."""

    def test_a_client_that_shows_no_token_or_speaks_plain_text_is_refused(self, clean: Cli) -> None:
        """While one that does as `devenv env` says gets in."""
        for program in (TEMPORAL_CLI, PYTHON_CLIENT):
            assert evaluated(clean, program)
        for spoilt in ("unset TEMPORAL_API_KEY", "export TEMPORAL_TLS=false"):
            refused = clean.shell(f'eval "$(devenv env)" && {spoilt} && temporal workflow count')
            assert refused.exit == 1, refused

    def test_it_can_be_backed_up_and_restored(self, clean: Cli) -> None:
        """What is declared is there again."""
        backup = clean.answer("backup", "now")["backup"]["name"]
        assert clean.answer("restore", "--to", backup, "--yes")["ok"]
