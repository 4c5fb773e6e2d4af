"""Writes the files of a project: `init` now, services later."""
