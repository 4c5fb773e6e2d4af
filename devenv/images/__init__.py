"""The images of a stack: the official ones, and stand-ins built here where no registry is reachable."""
