"""Letters become what they mean: contacts, absences, bounces, entries of the suppression list.

Each letter is taken in once, by its Message-ID, in one transaction with all that it does: a crash repeats nothing,
however far the mailbox's cursor had come. A few letters share a transaction, for each commit waits for the disk.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import structlog

from adapters.inbox.letters import Letter
from engine.domain.civil import local_date, utc_date
from engine.domain.words import Audience
from engine.settings.email_model import EmailChannel
from engine.settings.meaning_feeds import seconds
from engine.settings.model import Settings
from engine.stages.compose.receivers import channels_by
from engine.stages.listen.classify import classify, ours_among
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
from engine.stages.listen.returned import ACTOR, take_back
from engine.store.database import Connection, Database
from engine.store.facts.interactions import Interaction, log_interaction
from engine.store.facts.letters import (
    Sent,
    is_confidential,
    is_of_a_rep,
    keep_back_on,
    keep_letter,
    last_sent_to,
    leads_at,
    sent_as,
    was_taken_in,
    zone_of,
)
from engine.store.facts.restrictions import restriction_of
from engine.store.facts.suppressions import suppress
from engine.store.failures import failure_line

LOOK_BACK = timedelta(days=14)
"""How old a message may be that a bounce is about which names only the address. Servers give up within 5 days."""
TOGETHER = 20
"""Letters a transaction: others write in between."""
_LONGEST_NOTE = 2_000
NOTHING = "who wrote it was erased: nothing is put down"

NAMES: dict[type[Kind], str] = {
    Reply: "reply", OutOfOffice: "out_of_office", Bounce: "bounce", Unsubscribe: "unsubscribe",
    OurOwnCopy: "own_copy", Forward: "forward", Unknown: "other",
}  # fmt: skip
"""The kinds as lists and counts name them."""
FAILED = "failed"
"""The kind of a letter in which something went wrong inside; the log has the places, `followup inbox` the letter."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Taken:
    """What one letter was and did. `told` is for people and holds no personal data."""

    letter: str
    kind: str
    told: str
    lead: str | None = None


def take_in(db: Database, settings: Settings, letters: Sequence[Letter], now: int) -> tuple[Taken, ...]:
    """Take in those letters that were not taken in before, in their order."""
    taken = []
    for start in range(0, len(letters), TOGETHER):
        with db.writing() as connection:
            some = [_take_in(connection, settings, one, now) for one in letters[start : start + TOGETHER]]
        taken += [one for one in some if one is not None]
    return tuple(taken)


def _take_in(connection: Connection, settings: Settings, letter: Letter, now: int) -> Taken | None:
    """None: it was taken in before."""
    ident = ident_of(letter)
    if was_taken_in(connection, ident) or was_taken_in(connection, _digest(ident)):
        return None
    one = _Taking(connection, settings, letter, ident, now)
    try:
        with connection.begin_nested():
            kind, told = one.take()
            name = NAMES[type(kind)]
    except Exception as error:  # one letter that we do not understand must not keep all behind it waiting
        if failure_line(error) is not None:
            raise
        log.exception("letter_failed")
        name, told = FAILED, f"could not be taken in: {type(error).__name__}"
    if one.lead is not None and one.is_erased(one.lead):  # an id of his mail program's, that tells nothing of him
        ident, one.lead = _digest(ident), None
    keep_letter(connection, {
        "id": ident, "kind": name, "lead": one.lead, "told": told,
        "delivery": one.sent.id if one.sent else None, "received_at": one.at, "seen_at": now,
    })  # fmt: skip
    return Taken(ident, name, told, one.lead)


def counted(taken: Sequence[Taken]) -> dict[str, int]:
    """How many letters there were of each kind."""
    return dict(Counter(one.kind for one in taken))


def ident_of(letter: Letter) -> str:
    """The Message-ID, or a digest of one that is too long to be a key."""
    given = letter.message_id
    return given if len(given) <= 300 else _digest(given)


def _digest(ident: str) -> str:
    return f"<{hashlib.blake2b(ident.encode(), digest_size=16).hexdigest()}@too-long>"


def ours_of(settings: Settings) -> Ours:
    """How our own mail is known by this config.yaml."""
    froms = [channel.from_address for channel in settings.channels.values() if isinstance(channel, EmailChannel)]
    own = settings.inbox.addresses if settings.inbox else ()
    return Ours(settings.company.domain, frozenset(address.lower() for address in (*froms, *own)))


class _Taking:
    """One letter on its way into the book. `lead` and `sent`: whom and which message it is about, if that is known."""

    def __init__(self, connection: Connection, settings: Settings, letter: Letter, ident: str, now: int) -> None:
        assert settings.inbox is not None
        self.connection, self.settings, self.inbox = connection, settings, settings.inbox
        self.letter, self.ident, self.now = letter, ident, now
        self.at = min(letter.received_at or now, now)
        self.sent: Sent | None = None
        self.lead: str | None = None

    def take(self) -> tuple[Kind, str]:
        """What it is and what it did."""
        ours = ours_of(self.settings)
        self.sent = sent_as(self.connection, ours_among(self.letter, ours))
        if self.sent is not None and self.sent.lead:
            self.lead = self.sent.lead
        kind = classify(self.letter, ours, self._today())
        match kind:
            case Bounce():
                return kind, self._bounce(kind)
            case OutOfOffice():
                return kind, self._away(kind)
            case Unsubscribe():
                return kind, self._stop()
            case Reply():
                return kind, self._reply()
            case Forward() | Unknown(automatic=False):
                return kind, self._message()
            case OurOwnCopy() | Unknown():
                self.lead = None
                return kind, "nothing to do"

    def is_erased(self, lead: str) -> bool:
        """Whether nothing may be put down about him."""
        return restriction_of(self.connection, lead).erased_at is not None

    def _today(self) -> date:
        """The day it came, by the clock of whom it is about."""
        zone = zone_of(self.connection, self.lead) if self.lead else self.settings.defaults.timezone
        return local_date(self.at, zone)

    def _reply(self) -> str:
        if self.sent is None:
            return self._message()
        if is_of_a_rep(self.connection, self.letter.sender):
            return "a colleague wrote it"
        if self.sent.audience != Audience.LEAD:
            return "it answers a message to a colleague"
        return self._contact(self.sent.lead, self.inbox.reply_outcome)

    def _message(self) -> str:
        """A customer's letter that answers nothing of ours; what others forward or write does nothing."""
        self.lead, why = self._by_sender()
        return self._contact(self.lead, self.inbox.message_outcome) if self.lead else why

    def _by_sender(self) -> tuple[str | None, str]:
        """The one lead who has the sender's address; else why it says of nobody."""
        if self.letter.sender in ("", *ours_of(self.settings).addresses):
            return None, "nothing to do"
        if is_of_a_rep(self.connection, self.letter.sender):
            return None, "a colleague wrote it"
        found = leads_at(self.connection, self.letter.sender)
        if len(found) > 1:
            return None, f"{len(found)} leads have the sender's address"
        return (found[0], "") if found else (None, "nobody known wrote it")

    def _contact(self, lead: str, outcome: str) -> str:
        if self.is_erased(lead):
            return NOTHING
        kept = self.inbox.keep_text and not is_confidential(self.connection, lead)
        note = own_words(self.letter.text)[:_LONGEST_NOTE] if kept else None
        entry = Interaction(
            id=f"letter-{hashlib.blake2b(self.ident.encode(), digest_size=12).hexdigest()}", lead=lead, at=self.at,
            outcome=outcome, effective=outcome in self.settings.vocabularies.effective_outcomes, channel="email",
            note=note or None,
        )  # fmt: skip
        log_interaction(self.connection, entry, self.now)
        return f"logged as {outcome}"

    def _away(self, kind: OutOfOffice) -> str:
        if self.sent is None or self.sent.audience != Audience.LEAD:
            self.lead, why = self._by_sender()
            if self.lead is None:
                return why
        assert self.lead is not None
        if self.is_erased(self.lead):
            return NOTHING
        day = kind.back_on or self._today() + timedelta(seconds=seconds(self.inbox.away))
        if not keep_back_on(self.connection, self.lead, day.isoformat(), self.now):
            return f"known to be away, back on {day}"
        return f"away, back on {day}" + ("" if kind.back_on else " (it does not say)")

    def _bounce(self, bounce: Bounce) -> str:
        if self.sent is None and bounce.address:
            since = utc_date(self.now) - LOOK_BACK
            found = leads_at(self.connection, bounce.address)
            self.sent = last_sent_to(self.connection, found, bounce.address, since.isoformat())
        if self.sent is None:
            return f"({bounce.code}) it is about no message of ours"
        self.lead = self.sent.lead or None
        return take_back(self.connection, bounce, self.sent, self.now)

    def _stop(self) -> str:
        """All mail to whom our message went to, and to every lead who has the sender's address."""
        leads = set(leads_at(self.connection, self.letter.sender)) if self.letter.sender else set()
        if self.sent is not None and self.sent.audience == Audience.LEAD:
            leads.add(self.sent.lead)
        for lead in sorted(leads):
            for channel in channels_by("email", self.settings):
                suppress(self.connection, lead, channel, "", "unsubscribed by mail", ACTOR, self.now)
        self.lead = self.lead or min(leads, default=None)
        return "no more mail to the customer" if leads else "nobody known wrote it"
