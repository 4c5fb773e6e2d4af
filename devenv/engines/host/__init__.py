"""This machine: its processes, ports and web servers, and programs in the foreground."""
