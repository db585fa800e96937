"""Moving what ended long ago into the archive, reading both as one, and bringing a row back that must change."""
