"""Overlays, the project's own Compose files: what they may do, and what needs their user's trust.

The models of Docker Compose with and without the overlays are compared. Every change that is not on an
allow-list needs a permission, which says in plain words what it allows.
"""
