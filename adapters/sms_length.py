"""How many short messages a text takes on the air (3GPP TS 23.038): 7-bit letters, else 16-bit units."""

from __future__ import annotations

from collections.abc import Sequence

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_ESCAPED = frozenset("^{}\\[~]|€")
"""Letters of the extension table: two septets each, which stay together."""

_ALONE_7, _EACH_7 = 160, 153
_ALONE_16, _EACH_16 = 70, 67


def segments(text: str) -> int:
    """How many messages a carrier makes of the text, and charges for. One Chinese letter makes all of it 16-bit."""
    if set(text) <= _BASIC | _ESCAPED:
        return _packed([2 if letter in _ESCAPED else 1 for letter in text], _ALONE_7, _EACH_7)
    return _packed([2 if ord(letter) > 0xFFFF else 1 for letter in text], _ALONE_16, _EACH_16)


def _packed(sizes: Sequence[int], alone: int, each: int) -> int:
    """Parts for letters of these sizes; none is torn in two."""
    if sum(sizes) <= alone:
        return 1
    parts, room = 1, each
    for size in sizes:
        if size > room:
            parts, room = parts + 1, each
        room -= size
    return parts
