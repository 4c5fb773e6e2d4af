"""`devenv export kubernetes`: values for the official Helm chart, and manifests for what belongs to it.

A module has the builders of one sort of thing; each returns plain data, and `files.py` makes text of it.
"""
