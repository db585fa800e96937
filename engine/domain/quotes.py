"""Other people's words in a text of ours."""

from __future__ import annotations


def shortened(text: str, most: int) -> str:
    """The words on one line, cut off behind `most` characters."""
    words = " ".join(text.split())
    return words if len(words) <= most else words[: most - 1] + "…"
