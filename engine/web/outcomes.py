"""What forms offer to say of a customer, in words of the visitor's language."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from engine.web.asked import Asked

OUTCOMES = ("reached", "visited", "messaged", "replied", "no_answer", "left_message")
"""Outcomes that have words of their own here; others are shown as config.yaml writes them."""
WRONG_NUMBER = "wrong_number"
"""It has a button of its own, which does more than to log a try."""

HAPPENINGS = ("bereavement", "illness", "wedding", "birth", "opening", "complaint", "journey")
"""What may be told here, if config.yaml knows it; the ops desk knows more."""

_SAID = (*OUTCOMES, WRONG_NUMBER, "snoozed", "handed_over", "not_relevant", "wrong_address", "undone", "over")


def word_of(asked: Asked, word: str) -> str:
    """An outcome or an answer, as far as we have a word for it."""
    return asked.t(f"outcome.{word}") if word in _SAID else word.replace("_", " ")


def labelled(asked: Asked, words: Iterable[str]) -> list[tuple[str, str]]:
    """Each with what its button says."""
    return [(word, word_of(asked, word)) for word in words if word != WRONG_NUMBER]


def telling(asked: Asked, today: date) -> dict[str, Any]:
    """What the form of `told.html` offers, and what was filled in before."""
    settings = asked.site.settings
    return {
        "happenings": [kind for kind in HAPPENINGS if kind in settings.kinds], "today": today.isoformat(),
        "purposes": settings.vocabularies.purposes, "field": asked.field,
    }  # fmt: skip
