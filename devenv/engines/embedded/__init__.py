"""The engine without Docker: the Temporal CLI's development server, one detached process per stack."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devenv.engines.protocol import EngineTraits

if TYPE_CHECKING:
    from devenv.engines.embedded.engine import EmbeddedEngine
    from devenv.project.state import StackStore

TRAITS = EngineTraits(
    data_place="a database file in the state directory",
    lacks="Postgres, OpenSearch and dynamic config for single namespaces",
    config_delivery="launch",
    enforces_constraints=False,
    visibility="sqlite",
    exposes_internal_ports=True,
)


def make_engine(store: StackStore) -> EmbeddedEngine:
    """Return the engine, which runs the Temporal CLI that the environment names or devenv came with."""
    from devenv.engines.embedded.engine import EmbeddedEngine
    from devenv.engines.host import temporal_cli

    # To ask whether it has data must leave nothing: what launches makes the directory.
    return EmbeddedEngine(temporal_cli.chosen(), lambda stack: store.directory(stack.name))
