"""What a letter is: a pure function of its bytes, our own addresses, and the day it came."""

from __future__ import annotations

import re
from datetime import date

from adapters.inbox.letters import Letter
from engine.stages.listen.away_dates import back_on
from engine.stages.listen.bounces import bounce_of, is_report
from engine.stages.listen.kinds import (
    Bounce,
    Forward,
    Kind,
    OurOwnCopy,
    Ours,
    OutOfOffice,
    Reply,
    Unknown,
    Unsubscribe,
)
from engine.stages.listen.own_words import own_words

_LEFT_SIDE = re.compile(r"[0-9a-f]{32}")
"""What stands before the @ of our Message-IDs, see domain/keys.py; a tagged address of ours carries the same."""
_ANSWER_MARK = re.compile(r"^(?:\s*(?:re|aw|sv|antw|回复|回覆|答复|答覆)\s*(?:\[\d+\])?\s*[:：])+\s*", re.IGNORECASE)
_FORWARD_MARK = re.compile(r"^\s*(?:fwd?|wg|tr|转发|轉寄|轉發)\s*[:：]", re.IGNORECASE)
_ENOUGH = re.compile(
    r"\s*(?:please\s+)?(?:unsubscribe(?:\s+me)?|remove\s+me|opt[ -]?out|stop|(?:请)?(?:退订|退訂|取消订阅|取消訂閱)|td)"
    r"(?:\s+[0-9a-f]{32})?(?:\s*please)?\s*[.!。！]*\s*",
    re.IGNORECASE,
)
_AWAY_MARK = re.compile(
    r"^\s*(?:automatic(?:al)?\s+reply|auto(?:matic)?[- ]?(?:reply|response)|out\s+of\s+(?:the\s+)?office"
    r"|自动回复|自動回覆|自动答复|自動回復|abwesenheit)",
    re.IGNORECASE,
)
_ABSENT = re.compile(
    r"out\s+of\s+(?:the\s+)?office|on\s+(?:annual\s+|sick\s+|maternity\s+|parental\s+)?leave|vacation|holidays?\b"
    r"|\baway\b|absen[tc]|travell?ing|not\s+in\s+the\s+office|back\s+(?:on|in)|return"
    r"|休假|假期|放假|度假|年假|病假|产假|產假|出差|外出|不在|离开|離開|休息|外地|返回|旅行|旅游",
    re.IGNORECASE,
)
_LISTED = ("list-id", "list-post")
_MASS_MAIL = ("feedback-id", "x-campaign", "x-mailchimp-id")
_MACHINE_HEADERS = ("x-autoreply", "x-autorespond", "x-autoresponder", "x-mail-autoreply")
_LOOKED_AT = 4_000
"""Characters of a letter's own words in which a date of return is looked for."""


def classify(letter: Letter, ours: Ours, today: date) -> Kind:
    """What it is. `today` is the day on which it came, by the clock of whoever wrote it as far as that is known."""
    if bounce := bounce_of(letter):
        return bounce
    if is_report(letter):
        return Unknown(automatic=True)  # a receipt that it was read, or delivered
    if letter.sender in ours.addresses or is_ours(letter.message_id, ours):
        return OurOwnCopy()
    words = own_words(letter.text)
    if _is_automatic(letter) or (_is_by_list(letter) and not ours_among(letter, ours)):
        return _absence(letter, words, today)
    if _asks_to_stop(letter, words):
        return Unsubscribe()
    if _FORWARD_MARK.match(letter.subject):
        return Forward()
    return Reply() if ours_among(letter, ours) else Unknown()


def is_ours(message_id: str, ours: Ours) -> bool:
    """Whether a Message-ID is of the form we give."""
    left, _, right = message_id.strip("<>").rpartition("@")
    return right.lower() == ours.domain.lower() and _LEFT_SIDE.fullmatch(left) is not None


def ours_among(letter: Letter, ours: Ours) -> tuple[str, ...]:
    """Our Message-IDs that it is about, the nearest first.

    Some providers give our mail a Message-ID of their own, so that answers refer to that: then the address that we
    asked them to answer to tells, `care+HASH@example.com`, and the subject of what our unsubscribe link makes.
    """
    found = [one for one in (*letter.returned, *letter.references) if is_ours(one, ours)]
    tags = [address.partition("@")[0].rpartition("+")[2] for address in letter.to if "+" in address]
    tags += [word for word in letter.subject.split() if _ENOUGH.fullmatch(letter.subject)]
    found += [f"<{tag}@{ours.domain}>" for tag in tags if _LEFT_SIDE.fullmatch(tag)]
    if isinstance(bounce_of(letter), Bounce):
        found += [one for one in re.findall(r"<[^<>\s]{1,200}>", letter.text[:20_000]) if is_ours(one, ours)]
    return tuple(dict.fromkeys(found))


def _is_automatic(letter: Letter) -> bool:
    """Whether a machine wrote it (RFC 3834, and what was in use before it)."""
    head = letter.headers
    submitted = head.get("auto-submitted", "no").split(";")[0].strip().lower()
    return (
        submitted != "no"
        or any(name in head for name in (*_MACHINE_HEADERS, *_MASS_MAIL))
        or (head.get("precedence", "").lower() in ("bulk", "junk", "auto_reply") and not _is_listed(letter))
        or _AWAY_MARK.match(_ANSWER_MARK.sub("", letter.subject)) is not None
    )


def _is_by_list(letter: Letter) -> bool:
    """Whether a mailing list sent it on: to many, unless it answers what we wrote to the list's address."""
    return _is_listed(letter) or letter.headers.get("precedence", "").lower() == "list"


def _is_listed(letter: Letter) -> bool:
    """By the list's own fields (RFC 2919, 2369): then `Precedence: bulk` is the list's word, and no machine's."""
    return any(name in letter.headers for name in _LISTED)


def _absence(letter: Letter, words: str, today: date) -> Kind:
    """An answer that says nothing of an absence only acknowledges; a newsletter answers nothing."""
    if _is_by_list(letter) or any(name in letter.headers for name in _MASS_MAIL):
        return Unknown(automatic=True)
    said = f"{letter.subject}\n{words[:_LOOKED_AT]}"
    until = back_on(said, today)
    if _is_an_answer(letter) and (until is not None or _ABSENT.search(said)):
        return OutOfOffice(until)
    return Unknown(automatic=True)


def _is_an_answer(letter: Letter) -> bool:
    """Whether something made the machine write. Exchange calls its answers `auto-generated`, as nobody else does."""
    if not letter.headers.get("auto-submitted", "").lower().startswith("auto-generated"):
        return True
    marked = _AWAY_MARK.match(letter.subject) is not None or "x-auto-response-suppress" in letter.headers
    return marked or bool(letter.references)


def _asks_to_stop(letter: Letter, words: str) -> bool:
    """Whether that is all that it says, in its subject or in its own words."""
    subject = _ANSWER_MARK.sub("", letter.subject)
    return bool(_ENOUGH.fullmatch(subject)) or bool(len(words) <= 80 and _ENOUGH.fullmatch(words))
