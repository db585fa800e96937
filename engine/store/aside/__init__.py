"""Rows that followup never wrote so, by whose customers nothing is done until they can be read."""
