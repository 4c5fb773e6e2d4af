"""What a project declares about itself: settings, identity, files on disk."""
