"""One file a revision. A released revision never changes."""
