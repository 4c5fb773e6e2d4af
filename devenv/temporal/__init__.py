"""Talks to a Temporal server. The only home of temporalio."""
