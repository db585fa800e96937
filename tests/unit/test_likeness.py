"""How alike two texts are, by their letters and by what is left of them."""

from __future__ import annotations

import random

from engine.stages.compose.likeness import BINS, estimated, fingerprint, likeness

WISH = "王总，您好：新春将至，祝您和家人身体健康，万事如意，新的一年生意兴隆，步步高升。李敏 示例公司"
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def test_names_and_punctuation_alone_make_no_other_text() -> None:
    assert likeness("Dear Wang, all the best!", "dear  WANG — all the best") == 1.0
    assert likeness(WISH, WISH.replace("王总", "陈姐")) > 0.9
    assert likeness(WISH, "陈姐，上次说的新厂顺利投产了吗？我一直记着，节后来看您。") < 0.4


def test_an_empty_text_is_like_nothing() -> None:
    assert likeness("", "") == likeness("!", "!") == estimated(fingerprint(""), fingerprint("")) == 0.0


def test_a_fingerprint_is_always_the_same_and_shows_no_word() -> None:
    assert fingerprint("Happy New Year") == fingerprint("happy new  year!")
    assert len(fingerprint("hi")) == 8 * BINS
    assert set(fingerprint(WISH)) <= set("0123456789abcdef")


def test_fingerprints_tell_how_alike_texts_are_without_them() -> None:
    dice = random.Random(7)
    for share in (0.0, 0.5, 0.9, 1.0):
        off = []
        for _ in range(40):
            words = ["".join(dice.choices(LETTERS, k=6)) for _ in range(60)]
            others = [word if dice.random() < share else "".join(dice.choices(LETTERS, k=6)) for word in words]
            one, other = "".join(words), "".join(others)
            off.append(estimated(fingerprint(one), fingerprint(other)) - _dice(one, other))
        assert abs(sum(off) / len(off)) < 0.03
        assert max(map(abs, off)) < 0.25


def _dice(one: str, other: str) -> float:
    """Twice what they share by what both have, of all pieces of three letters."""
    first, second = ({text[n : n + 3] for n in range(len(text) - 2)} for text in (one, other))
    return 2 * len(first & second) / (len(first) + len(second))
