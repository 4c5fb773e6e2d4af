"""`dev`: the workers of a project, run again whenever their files change."""
