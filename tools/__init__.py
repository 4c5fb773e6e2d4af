"""Programs for those who work on devenv."""
