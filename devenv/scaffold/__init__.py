"""Writes the files of a project and of its services."""
