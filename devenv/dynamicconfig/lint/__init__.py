"""What the server would reject, ignore or hardly want: findings, without a server.

`run` is the way in; each other module is one family of checks.
"""
