"""Writes the catalog of dynamic config settings from the server's own Go modules."""
