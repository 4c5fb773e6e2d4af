"""What runs a stack: Docker Compose, or the Temporal CLI's development server in one process.

The only home of docker, python-on-whales and psutil.
"""
