"""The engine without Docker: the Temporal CLI's development server, one detached process per stack."""

from devenv.engines.embedded.engine import EmbeddedEngine

__all__ = ["EmbeddedEngine"]
