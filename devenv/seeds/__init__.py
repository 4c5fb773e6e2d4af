"""What a project declares about its server: models, and reading them from files."""
