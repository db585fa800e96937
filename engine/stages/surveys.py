"""A customer says how satisfied he is: his score and his words become a contact, once for each link."""

from __future__ import annotations

from dataclasses import dataclass

from engine.domain.links import Link
from engine.domain.talks import SCORES
from engine.domain.words import WEB, Touch
from engine.ground.errors import UsageError
from engine.settings.model import Settings, Vocabularies
from engine.store.database import Connection, Database
from engine.store.facts.interactions import Interaction, log_interaction
from engine.store.facts.links import Use, use_link, use_of
from engine.store.lookups.customers import lead_by_id
from engine.store.lookups.lookups import touch_by_id

PURPOSE = "survey"
"""What the contact is for, where config.yaml has that purpose."""
CUSTOMER = "customer"
"""Who answered, as the used link says it: the link may have been passed on."""
LONGEST = 2_000
"""Characters that are kept of a comment."""
_LEFT = (Touch.RELEASED, Touch.DELIVERED, Touch.BOUNCED)


@dataclass(frozen=True)
class Survey:
    """The form behind a link: whose answer it asks for, his locale and zone, and what was done with it."""

    link: Link
    lead: str
    locale: str
    zone: str
    use: Use | None


def survey_of(connection: Connection, link: Link) -> Survey | None:
    """The form that the link opens; None: the message that it stands in has not left, or there is none."""
    touch = touch_by_id(connection, int(link.subject))
    lead = lead_by_id(connection, touch["lead"]) if touch and touch["state"] in _LEFT else None
    if lead is None or lead["erased_at"] is not None:
        return None
    return Survey(link, str(lead["id"]), str(lead["locale"]), str(lead["timezone"]), use_of(connection, link))


def take_answer(db: Database, settings: Settings, survey: Survey, score: int, comment: str, now: int) -> bool:
    """Log the answer as the customer's own. False: the link was used before, and nothing is done.

    UsageError: that is no score. What cannot be printed of the comment is left out.
    """
    worst, best = SCORES
    if not worst <= score <= best:
        raise UsageError(f"a score lies between {worst} and {best}, not at {score}")
    words = settings.vocabularies
    outcome = _outcome(words)
    entry = Interaction(
        id=f"survey-{survey.link.token_id}", lead=survey.lead, at=now, outcome=outcome,
        effective=outcome in words.effective_outcomes, channel=WEB, note=_printable(comment), score=score,
        purpose=PURPOSE if PURPOSE in words.purposes else None,
    )  # fmt: skip
    with db.writing() as connection:
        if not use_link(connection, survey.link, Use(outcome, CUSTOMER, now)):
            return False
        return log_interaction(connection, entry, now)


def _outcome(words: Vocabularies) -> str:
    """The first word for a customer's own answer; a house without one has only words for contacts."""
    return (*words.reply_outcomes, *words.effective_outcomes)[0]


def _printable(text: str) -> str | None:
    lines = text[:LONGEST].replace("\r\n", "\n").split("\n")
    kept = ("".join(letter for letter in line if letter.isprintable()) for line in lines)
    return "\n".join(kept).strip() or None
