"""The compose engine: the stack file brought up by Docker Compose.

Compose orchestrates; this package calls it, watches the containers from outside and finds things by label.
"""
