"""What is told of a confidential customer to whom he does not concern."""

from __future__ import annotations


def initial(name: str) -> str:
    """The first letter of his name, enough for who knows him to see who is meant."""
    return f"{name[:1]}…"
