"""`import`, as people and programs see it, and `plan` of another server."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from devenv.temporal.protocol import Namespace, NexusEndpoint, Server

if TYPE_CHECKING:
    from cli.conftest import CommandLine

IMPORTED = """\
# Imported from a running server, after the JSON Schema seeds.schema.json that temporal-devenv ships.
# It is yours now: split it, one file for each service, and correct it as you like.
# The server lists no task queues: only those that schedules and Nexus endpoints name are looked at.
# Nexus endpoint url is left out: it leads to a URL, which seeds cannot declare
namespaces:
  - name: "legacy"
    retention: "9d"
"""


@pytest.fixture
def legacy(running: CommandLine) -> CommandLine:
    """Return a command line whose running stack has something that nobody declares."""
    gateway = running.world.gateway
    gateway.registered["legacy"] = Namespace("legacy", timedelta(days=9))
    gateway.nexus["url"] = NexusEndpoint("url", url="http://example.com")
    return running


def test_it_writes_seeds_and_says_what_it_left_out(legacy: CommandLine) -> None:
    """A plan finds nothing to change then, and a second import nothing to write."""
    result = legacy("import")
    assert (result.code, result.out) == (0, "wrote seeds/imported.yaml: 1 namespace\n")
    assert "warning: Nexus endpoint url is left out" in result.err
    assert (legacy.project / "seeds" / "imported.yaml").read_text() == IMPORTED
    assert legacy("plan").out == "No changes.\n"
    assert legacy("import").out == "Nothing to import: what the server has is declared, or cannot be.\n"


def test_a_dry_run_prints_and_writes_nothing(legacy: CommandLine) -> None:
    """On stdout."""
    assert legacy("import", "--dry-run").out == IMPORTED
    document = legacy("import", "--dry-run", "-o", "json").document
    assert (document["written"], document["content"]) == (None, IMPORTED)
    assert not (legacy.project / "seeds").exists()


def test_the_document_says_what_became_of_everything(legacy: CommandLine) -> None:
    """With the file."""
    document = legacy("import", "-o", "json").document
    assert document["written"] == "seeds/imported.yaml"
    assert document["imported"] == {
        "namespaces": ["legacy"],
        "nexus_endpoints": [],
        "schedules": [],
        "task_queues": [],
        "users": [],
    }
    [left] = document["left_out"]
    assert (left["kind"], left["name"], left["namespace"]) == ("nexus_endpoint", "url", None)


def test_nothing_is_overwritten(legacy: CommandLine) -> None:
    """Another file can be named, or a directory; one that `plan` does not read is said."""
    legacy.write("seeds/imported.yaml", "# mine\n")
    error = legacy("import", "-o", "json").error
    assert (error["code"], "seeds/imported.yaml" in error["message"]) == ("file-exists", True)
    assert (legacy.project / "seeds" / "imported.yaml").read_text() == "# mine\n"
    legacy.write("other/kept.txt", "")
    result = legacy("import", "--into", "other")
    assert result.out.startswith("wrote other/imported.yaml: ")
    assert "other/imported.yaml is not among the seeds" in result.err
    assert legacy("import", "--into", "seeds/legacy.yaml").out.startswith("wrote seeds/legacy.yaml: ")
    assert legacy("plan").out == "No changes.\n"


@pytest.mark.parametrize("into", ["seeds/legacy", "seeds/legacy.txt", "seeds/.hidden.yaml"])
def test_a_file_that_nobody_would_read_is_refused(legacy: CommandLine, into: str) -> None:
    """Before it is written."""
    assert legacy("import", "--into", into, "-o", "json").error["exit_code"] == 3
    assert not (legacy.project / "seeds").exists()


def test_only_some_namespaces(legacy: CommandLine) -> None:
    """Those that are named; one that is not there is an error with the nearest name."""
    legacy.world.gateway.registered["other"] = Namespace("other")
    document = legacy("import", "-n", "other", "--dry-run", "-o", "json").document
    assert document["imported"]["namespaces"] == ["other"]
    error = legacy("import", "--namespace", "legaci", "-o", "json").error
    assert (error["code"], 'did you mean "legacy"?' in error["message"]) == ("unknown-namespace", True)


@pytest.mark.parametrize("command", ["plan", "import"])
def test_another_server_is_asked_as_the_options_say(devenv: CommandLine, command: str) -> None:
    """The project needs no stack for it, and the document is about none."""
    options = (
        "--address",
        "staging:7233",
        "--api-key",
        "secret",
        "--tls-ca-path",
        "ca.pem",
        "--profile",
        "p",
    )
    devenv.world.gateway.registered["default"] = Namespace(
        "default", description="The namespace of clients that name none"
    )
    document = devenv(command, *options, "-o", "json").document
    assert (document["ok"], document["stack"]) == (True, None)
    assert devenv.wiring.servers == [
        Server("staging:7233", "p", api_key="secret", tls_server_ca_cert_path=Path("ca.pem"))
    ]
    assert "secret" not in repr(devenv.wiring.servers)
    assert devenv.world.gateway.calls == []


@pytest.mark.parametrize("command", ["plan", "import"])
def test_how_to_connect_needs_a_server_to_connect_to(devenv: CommandLine, command: str) -> None:
    """Else the options would be ignored in silence."""
    result = devenv(command, "--tls-server-name", "x")
    assert (result.code, "--tls-server-name needs --address or --profile" in result.err) == (2, True)


def test_without_a_running_stack_there_is_nothing_to_import(devenv: CommandLine) -> None:
    """The hint says how to get one."""
    assert devenv("import", "-o", "json").error["code"] == "not-running"


@pytest.fixture
def more_than_declared(running: CommandLine) -> CommandLine:
    """Return a command line whose declared namespace has a search attribute that nobody declares."""
    running.write("seeds/orders.yaml", "namespaces:\n  - name: orders\n")
    running("apply")
    # With one index for all, the attribute would be written as one of `default`.
    running.world.gateway.shares_attributes = False
    running.world.gateway.attributes["orders"] = {"Extra": "Text"}
    return running


def test_what_belongs_into_a_file_that_is_there_is_named_with_its_place(
    more_than_declared: CommandLine,
) -> None:
    """`plan --prune` would delete it, so there is something to import, and no file to write it to."""
    assert more_than_declared("plan", "--prune").out == "- search attribute orders.Extra\n"
    result = more_than_declared("import")
    assert result.out == (
        "Nothing to write: what is not declared belongs into your own files.\n"
        "the namespace orders is declared at seeds/orders.yaml:2:5: add search_attributes {Extra: Text}\n"
    )
    document = more_than_declared("import", "-o", "json").document
    assert (document["written"], document["to_add"]) == (
        None,
        [
            {
                "namespace": "orders",
                "declared_at": "seeds/orders.yaml:2:5",
                "search_attributes": {"Extra": "Text"},
            }
        ],
    )
    more_than_declared.write(
        "seeds/orders.yaml", "namespaces:\n  - name: orders\n    search_attributes: {Extra: Text}\n"
    )
    assert more_than_declared("import").out.startswith("Nothing to import")
    assert more_than_declared("plan", "--prune").out == "No changes.\n"
