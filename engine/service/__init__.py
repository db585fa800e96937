"""Wiring, ticker and lifecycle of the daemon."""
