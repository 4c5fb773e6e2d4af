"""`devenv namespace`: the namespaces of the running stack by hand, one file for each command."""
