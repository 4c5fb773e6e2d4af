"""Files that people and devenv write: text, YAML, TOML, durations, and how mistakes in them are told."""
