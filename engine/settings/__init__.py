"""config.yaml as frozen, typed settings."""
