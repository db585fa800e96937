"""Pulling leads and their records from databases that are there already."""
