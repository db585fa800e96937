"""Texts against patterns in which `*` stands for any text and `?` for one character; everything else for itself.

The whole text must fit, by code point, upper and lower case told apart. Databases have patterns of their own:
`as_glob` and `as_like` spell ours in theirs, so that all three mean the same. There is no way to ask for a
literal `*` or `?`; `?` fits them.
"""

from __future__ import annotations

MAX_PATTERN = 200
"""Characters of a pattern. Ours; no name or note needs more."""


def fits(text: str, pattern: str) -> bool:
    """Whether the whole text fits. Takes at most len(text) x len(pattern) comparisons, whatever the pattern."""
    at = place = 0
    star = resume = -1
    while at < len(text):
        wanted = pattern[place] if place < len(pattern) else ""
        if wanted == "*":
            star, resume = place, at
            place += 1
        elif wanted in ("?", text[at]) and wanted:
            at, place = at + 1, place + 1
        elif star >= 0:  # let the last star take one character more
            resume += 1
            at, place = resume, star + 1
        else:
            return False
    return not pattern[place:].strip("*")


def as_glob(pattern: str) -> str:
    """The pattern for GLOB of SQLite, whose third wildcard is the class in brackets."""
    return pattern.replace("[", "[[]")


def as_like(pattern: str) -> str:
    r"""The pattern for LIKE of PostgreSQL, with `\` as its escape."""
    for plain in ("\\", "%", "_"):
        pattern = pattern.replace(plain, "\\" + plain)
    return pattern.replace("*", "%").replace("?", "_")
