"""What a project declares, written as files for something else than a stack of devenv."""
