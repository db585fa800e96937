"""What an SMTP reply means for the delivery, in words without personal data."""

from __future__ import annotations

import re

from adapters.base import Outcome, Receipt

_ADDRESS = re.compile(r"[^\s<>()\[\]{},;:\"']*@[^\s<>()\[\]{},;:\"']*")
_QUEUED_AS = re.compile(r"queued as ([A-Za-z0-9._-]{1,64})")
_ABOUT_RECEIVER = ("rcpt:", "data:", "dot:")
_CROWDED = re.compile(
    r"too many|too much|exceed|thrott|\brate\b|\blimit|volume|congest|slow down|server busy|421 4\.7\.|4\.4\.5|4\.5\.3",
    re.IGNORECASE,
)
_ITS_OWN_MAILBOX = re.compile(r"\b4\.2\.|gr[ae]y.?list", re.IGNORECASE)
_MAX_READ = 1000
_MAX_DETAIL = 200

_NOT_OUR_ACCOUNT = frozenset({530, 534, 535, 538})
"""RFC 4954 section 6: our login lacks or fails; neither the message nor its receiver is at fault."""


def scrub(reply: str, address: str = "") -> str:
    """The reply as one line, at most 200 characters, without anything that looks like an address.

    Servers also write "user li.na unknown": the mailbox name of `address` goes wherever it stands alone.
    """
    printable = "".join(c if c.isprintable() else " " for c in reply[:_MAX_READ])
    scrubbed = _ADDRESS.sub("<address>", printable)
    mailbox = address.partition("@")[0]
    if mailbox:
        scrubbed = re.sub(rf"(?<!\w){re.escape(mailbox)}(?!\w)", "<address>", scrubbed, flags=re.IGNORECASE)
    return " ".join(scrubbed.split())[:_MAX_DETAIL]


def receipt_for(verb: str, code: int, reply: bytes, address: str) -> Receipt | None:
    """What a received reply to MAIL, RCPT, DATA or the final dot says; None if it is no reply to that verb.

    2yz is acceptance only after the dot: before it, there was no content to accept.
    """
    outcome = _outcome(verb, code)
    if outcome is None:
        return None
    text = reply.decode("utf-8", "replace")
    if outcome is Outcome.ACCEPTED:
        queued = _QUEUED_AS.search(text)
        return Receipt(outcome, str(code), remote_id=queued.group(1) if queued else "")
    name = "auth" if code in _NOT_OUR_ACCOUNT else str(code)
    return Receipt(outcome, name, f"{verb}: {code} {scrub(text, address)}")


def _outcome(verb: str, code: int) -> Outcome | None:
    if code in _NOT_OUR_ACCOUNT or 400 <= code <= 499:
        return Outcome.RETRY
    if 500 <= code <= 599:
        return Outcome.PERMANENT
    if verb == "dot" and 200 <= code <= 299:
        return Outcome.ACCEPTED
    return None


def malformed(outcome: Outcome, verb: str) -> Receipt:
    """The receipt for an answer that is none."""
    return Receipt(outcome, "malformed", f"{verb}: the server's answer is not an SMTP reply to it")


def is_about_receiver(receipt: Receipt) -> bool:
    """Whether it tells of the receiver or his domain, and not of the way there."""
    return receipt.outcome is Outcome.ACCEPTED or receipt.detail.startswith(_ABOUT_RECEIVER)


def is_crowded(receipt: Receipt) -> bool:
    """Whether a domain says that it has enough of us: more of the same would make it worse.

    A full mailbox says that of itself alone, and a greylist lets nobody in who has not knocked before.
    """
    if receipt.outcome is not Outcome.RETRY or receipt.code not in ("421", "450", "451", "452"):
        return False
    said = receipt.detail
    return bool(_CROWDED.search(said) and not _ITS_OWN_MAILBOX.search(said))
