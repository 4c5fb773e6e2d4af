"""The server and OpenSearch boot side by side: what is written before the index exists is not lost."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from e2e.command_line import finish
from e2e.engine_view import docker
from e2e.polling import eventually
from e2e.stacks import UP
from e2e.workflows import found_by, start_workflow

if TYPE_CHECKING:
    from e2e.stacks import Stack, Yard

pytestmark = pytest.mark.stack

INDEX = "temporal_visibility_v1_dev"
# The index is made when somebody says so: everything else of the stack is as always.
HELD_BACK = """\
services:
  visibility-index:
    command:
      - |
        echo held back
        until [ -e /tmp/go ]; do sleep 0.1; done
        {original}
    tmpfs: [/tmp]
"""


def test_a_workflow_started_before_the_index_exists_is_found_afterwards(yard: Yard) -> None:
    stack = yard.project("order", {"devenv.toml": '[compose]\noverlays = ["compose/held-back.yaml"]\n'})
    (stack.project / "compose").mkdir()
    (stack.project / "compose" / "held-back.yaml").write_text(_overlay(stack))
    with stack.cli.start(*UP, "--timeout", "3m") as process:
        try:
            identifier = _start_before_the_index(stack)
            docker("exec", stack.services()["visibility-index"]["Id"], "touch", "/tmp/go")  # noqa: S108
        finally:
            result = finish(process)
    assert result.exit == 0, result
    stack.document = result.document
    found = eventually(lambda: found_by(stack.grpc, "default", "WorkflowType = 'Waiting'"))
    assert found == [identifier]
    assert _field_types(stack)["WorkflowType"] == "keyword"
    assert _field_types(stack)["StartTime"] == "date_nanos"


def _overlay(stack: Stack) -> str:
    """Return an overlay that holds the stack's own command back."""
    from ruamel.yaml import YAML

    from devenv.project.builtin import builtin_dir

    shipped = YAML(typ="safe").load((builtin_dir("compose") / "stack.yaml").read_text())
    original = shipped["services"]["visibility-index"]["command"][0]
    return HELD_BACK.format(original=original.replace("\n", "\n        "))


def _start_before_the_index(stack: Stack) -> str:
    """Start a workflow as soon as the server takes one, and see that there is no index then."""
    address = eventually(lambda: _published_frontend(stack), within_s=60)
    eventually(lambda: _curl(stack, "/_cluster/health"), within_s=60)
    identifier = eventually(lambda: start_workflow(address, "default"), within_s=60)
    # The server has written, or tried to: OpenSearch refuses to make an index by itself.
    assert "no such index" in _curl(stack, f"/{INDEX}/_mapping")
    return identifier


def _published_frontend(stack: Stack) -> str:
    [binding] = stack.services()["temporal"]["NetworkSettings"]["Ports"]["7233/tcp"]
    return f"127.0.0.1:{binding['HostPort']}"


def _curl(stack: Stack, path: str) -> str:
    opensearch = stack.services()["opensearch"]["Id"]
    return docker("exec", opensearch, "curl", "-s", f"http://127.0.0.1:9200{path}")


def _field_types(stack: Stack) -> dict[str, Any]:
    mapping = json.loads(_curl(stack, f"/{INDEX}/_mapping"))[INDEX]["mappings"]
    assert mapping["dynamic"] == "false"
    return {name: field["type"] for name, field in mapping["properties"].items()}
