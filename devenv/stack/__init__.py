"""Brings stacks up and down, as lists of small steps.

No terminal output here: progress goes to the `Reporter`, results are returned, failures raised.
"""
