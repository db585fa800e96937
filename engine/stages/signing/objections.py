"""Why a draft cannot be signed: its text is unfit to leave, or it is not there to be signed any more."""

from __future__ import annotations

import re
from typing import Literal

from engine.ground.errors import FollowupError

Why = Literal["late", "unwritten", "changed", "empty", "long", "unprintable", "slot"]

LONGEST_SUBJECT, LONGEST_TEXT = 300, 20_000
"""Characters that a person may sign. Ours: a greeting has some hundreds."""

_MARKS = re.compile(r"\{\{|\}\}|\{%|%\}|\{#|#\}|_{3,}|＿{2,}")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_SLOT = re.compile(r"【([^】]*)】")


class CannotSign(FollowupError):
    """Nothing was signed. `why` is for pages, which say it in their own language; the message is for the shell."""

    def __init__(self, why: Why, said: str, slot: str = "") -> None:
        self.why: Why = why
        self.slot = slot
        super().__init__(said)


def insist_fit(subject: str, text: str, company: str) -> None:
    """CannotSign, unless the text can leave as it is: something is said, and nothing is left to fill in.

    What a template leaves to its signer stands in 【】; only the house's own name may stay there, as SMS begin with it.
    """
    if not text.strip():
        raise CannotSign("empty", "the text is empty; reject the draft if nothing is to be sent")
    if len(subject) > LONGEST_SUBJECT or len(text) > LONGEST_TEXT:
        raise CannotSign(
            "long", f"it is too long; a subject has up to {LONGEST_SUBJECT} characters, a text {LONGEST_TEXT}"
        )
    if _CONTROLS.search(text) or _CONTROLS.search(subject):
        raise CannotSign("unprintable", "it holds control characters; remove them")
    slot = left_over(f"{subject}\n{text}", company)
    if slot:
        raise CannotSign("slot", f'"{slot}" is still to be filled in', slot)


def left_over(text: str, company: str) -> str:
    """The first place that is still to be filled in; "" if there is none."""
    for found in _SLOT.finditer(text):
        if not company or found[1].strip() != company:
            return found[0]
    mark = _MARKS.search(text)
    return mark[0] if mark else ""
