"""What people look up: only reading."""
