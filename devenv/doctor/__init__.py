"""Preflight checks: what a stack needs from this machine, and what to do where it is missing."""
