"""A program that signals do not end."""

from __future__ import annotations

# Says `started`, tells every SIGINT and SIGTERM that it hears, and ends with 5 when it reads a line.
# It writes past Python's buffers: a signal that comes while `print` has yet to return cannot print, too.
# It looks up ten times a second: a signal that comes just before a read does not interrupt that read.
PATIENT = """
import os, select, signal, sys
for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, lambda number, _: os.write(1, b"heard %d\\n" % number))
os.write(1, b"started\\n")
while not select.select([0], [], [], 0.1)[0]:
    pass
sys.stdin.readline()
sys.exit(5)
"""
