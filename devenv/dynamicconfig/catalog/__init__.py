"""Every dynamic config setting of the server versions that devenv knows: `load_catalog` is the way in."""
