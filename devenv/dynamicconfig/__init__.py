"""The dynamic config of a stack: layers of files, merged into the one that the server reads."""
