"""A program that signals do not end."""

from __future__ import annotations

# Says `started`, tells every SIGINT and SIGTERM that it hears, and ends with 5 when it reads a line.
PATIENT = """
import signal, sys
for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, lambda number, _: print("heard", int(number), flush=True))
print("started", flush=True)
sys.stdin.readline()
sys.exit(5)
"""
