"""What can be done with a stack: `stack.Stack` is one, and `up` has the steps that bring it up.

No terminal output here: progress goes to the `Reporter`, results are returned, failures raised.
"""
