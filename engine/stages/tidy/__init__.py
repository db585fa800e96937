"""Putting away what has become old."""
