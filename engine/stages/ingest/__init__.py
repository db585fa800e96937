"""What the world outside tells: areas from files, messages of disaster feeds, and the circumstances they become."""
