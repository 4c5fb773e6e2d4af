"""Overlays, the project's own Compose files: what they may do unasked, and what needs their user's trust.

What Docker Compose makes of the stack file with and without the overlays is compared; whatever is not on a
short list of harmless things is a power, told in plain words.
"""
