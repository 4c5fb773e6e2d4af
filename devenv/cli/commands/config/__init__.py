"""`devenv config`: the dynamic config of the project, one file for each command."""
