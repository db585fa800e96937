"""Texts tried on made-up customers and made-up days, before anybody real is written to."""
