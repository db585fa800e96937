"""How alike two texts are, from 0 to 1: by their letters, or by fingerprints where a text is not kept.

Both count the same thing, twice what the two have in common by what they have together (Dice): letters in their
order, or pieces of three letters. Punctuation, spaces, case and width of letters make no difference.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from hashlib import blake2b

PIECE = 3
BINS = 64
"""Values of a fingerprint. With 64 the estimate is off by some 0.05 (one standard deviation)."""
_DIGITS = 8
_STEP = 0x9E3779B9
"""What marks a bin that took another one's value, by how far away that was: 2**32 by the golden ratio."""


def likeness(one: str, other: str) -> float:
    """Of two texts. An empty one is like nothing."""
    from rapidfuzz import fuzz  # 2 MB, which a house does without whose rules ask for nothing `distinct`

    first, second = _plain(one), _plain(other)
    return fuzz.ratio(first, second) / 100 if first and second else 0.0


def fingerprint(text: str) -> str:
    """64 values of 32 bits in hex, always the same for a text; "" for one without letters.

    The least hash of the pieces that fall into each bin (one permutation hashing, Li, Owen and Zhang 2012); an empty
    bin takes the next one's (Shrivastava and Li 2014).
    """
    least: list[int | None] = [None] * BINS
    for piece in set(_pieces(_plain(text))):
        value = int.from_bytes(blake2b(piece.encode(), digest_size=8).digest(), "big")
        place, low = value % BINS, (value // BINS) & 0xFFFFFFFF
        known = least[place]
        least[place] = low if known is None else min(known, low)
    if all(value is None for value in least):
        return ""
    return "".join(f"{_value(least, place):0{_DIGITS}x}" for place in range(BINS))


def _value(least: list[int | None], place: int) -> int:
    distance = next(far for far in range(BINS) if least[(place + far) % BINS] is not None)
    return ((least[(place + distance) % BINS] or 0) + distance * _STEP) & 0xFFFFFFFF


def estimated(one: str, other: str) -> float:
    """How alike the texts behind two fingerprints are, as well as that can be told."""
    if not one or not other:
        return 0.0
    pairs = zip(_values(one), _values(other), strict=True)
    shared = sum(first == second for first, second in pairs) / BINS
    return 2 * shared / (1 + shared)


def _values(text: str) -> Iterator[str]:
    return (text[start : start + _DIGITS] for start in range(0, BINS * _DIGITS, _DIGITS))


def _pieces(text: str) -> Iterator[str]:
    return (text[start : start + PIECE] for start in range(max(len(text) - PIECE + 1, min(len(text), 1))))


def _plain(text: str) -> str:
    """Letters and digits only, in one width and case."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text).casefold()))
