"""A real Temporal environment for a developer or a CI job, in one command."""

__version__ = "0.1.0"
