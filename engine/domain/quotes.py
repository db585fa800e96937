"""Other people's words in a text of ours."""

from __future__ import annotations

import re

LONGEST_NAME = 120
"""Characters that a text says of a name. Ours: what is longer is no name but a slip, and the mail stays readable."""

_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


def shortened(text: str, most: int) -> str:
    """The words on one line, cut off behind `most` characters."""
    words = " ".join(text.split())
    return words if len(words) <= most else words[: most - 1] + "…"


def called(name: str) -> str:
    """A name as texts say it: on one line, not too long, without signs that are not seen.

    Such as those that turn the direction of what follows: behind one, `gro.elpmaxe` reads like an address.
    """
    if len(name) <= LONGEST_NAME and name.isprintable():
        return name
    return shortened(_UNSEEN.sub("", " ".join(name[: 4 * LONGEST_NAME].split())), LONGEST_NAME)
