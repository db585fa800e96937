"""What people do by hand: sign or turn down a draft, log a talk, change what is known of a customer.

Each act is one short write transaction, and says who did it. UsageError names what does not exist or fit.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from engine.domain import cells
from engine.domain.civil import instant
from engine.domain.people import BadRow, lead_columns, lead_entry
from engine.domain.records import RecordEntry
from engine.domain.words import Touch
from engine.ground.errors import FollowupError, UsageError
from engine.settings.model import Settings
from engine.stages.compose.templates import Written
from engine.stages.gates.objections import Gates
from engine.stages.gates.passing import actor_named, gated, pass_gates
from engine.stages.gates.records import Refused
from engine.stages.imports import terms_of
from engine.stages.known import known_lead, known_rep, known_word
from engine.stages.signing.objections import CannotSign, insist_fit
from engine.store.database import Connection, Database
from engine.store.facts.asked import asked_by_entries
from engine.store.facts.dirty import Stamp
from engine.store.facts.entries import write_leads, write_records
from engine.store.facts.interactions import Interaction, log_interaction
from engine.store.lookups import lookups
from engine.store.lookups.customers import is_rep
from engine.store.outbox import signing
from engine.store.outbox.signing import Draft
from engine.store.outbox.transitions import return_merged

BY_HAND = "by hand"
"""The cause that transitions made by these acts name."""

MORNING = time(9)
"""The hour of an appointment of which only the day is known, by the lead's clock."""


def approve(
    db: Database, touch_id: int, actor: str, now: int, edited: Written | None = None, *, company: str = "",
    seen: str | None = None,
) -> int:
    """Sign a draft, perhaps in other words; it leaves at its hour, which is returned (seconds UTC).

    `seen`: the draft's text as the signer was shown it; `company`: the house's name, as `insist_fit` knows it.
    CannotSign: it is too late, its text was written anew in the meantime, or the words cannot leave like this.
    """
    with db.writing() as connection:
        signing.keep_still(connection, touch_id)
        row = _touch(connection, touch_id, (Touch.DRAFT,))
        if row["deadline_at"] is not None and row["deadline_at"] <= now:
            raise CannotSign("late", f"touch {touch_id} was to be signed earlier: its deadline has passed")
        draft = signing.draft_of(connection, touch_id)
        if draft is None and edited is None:
            raise CannotSign("unwritten", f"the text of touch {touch_id} is not written yet; wait for the next tick")
        if seen is not None and (draft is None or draft["text"] != seen):
            raise CannotSign("changed", f"touch {touch_id} was written anew in the meantime; look at it again")
        subject, text = _chosen(draft, edited)
        insist_fit(subject, text, company)
        if edited is not None:
            signing.edit(connection, touch_id, subject, text, now)
        _insist(signing.sign(connection, touch_id, actor, now), touch_id)
        signing.note_decision(connection, touch_id, "approve", actor, now)
    return int(row["due_at"])


def _chosen(draft: Draft | None, edited: Written | None) -> tuple[str, str]:
    """Subject and text that are signed. A subject left empty is the draft's."""
    subject, text = (draft["subject"], draft["text"]) if draft is not None else ("", "")
    return (" ".join(edited.subject.split()) or subject, edited.text) if edited is not None else (subject, text)


def reject(db: Database, touch_id: int, actor: str, now: int) -> None:
    """Turn a draft down, signed or not: it never leaves. What was merged into it comes back."""
    with db.writing() as connection:
        _touch(connection, touch_id, (Touch.DRAFT, Touch.SIGNED))
        _insist(signing.turn_down(connection, touch_id, now), touch_id)
        signing.note_decision(connection, touch_id, "reject", actor, now)
        return_merged(connection, [touch_id], now)


def _touch(connection: Connection, touch_id: int, allowed: tuple[Touch, ...]) -> Mapping[str, Any]:
    row = lookups.touch_by_id(connection, touch_id)
    if row is None:
        raise UsageError(f"there is no touch {touch_id}; list drafts with: followup touches --state draft")
    if row["state"] not in allowed:
        raise UsageError(f"touch {touch_id} is {row['state']}, not {' or '.join(allowed)}")
    return dict(row)


def _insist(done: bool, touch_id: int) -> None:
    if not done:
        raise FollowupError(f"touch {touch_id} changed while you were at it; look at it again")


@dataclass(frozen=True)
class Talk:
    """What happened between somebody and a lead. `at` is when (seconds UTC).

    `appointment`: the next, as `DATE purpose`. `next_step`: what was agreed to be done next.
    `score`: what he answered to a survey, 0 (worst) to 10.
    """

    lead: str
    outcome: str
    at: int
    channel: str | None = None
    purpose: str | None = None
    note: str | None = None
    benefit: str | None = None
    appointment: str | None = None
    score: int | None = None
    next_step: str | None = None


def log_talk(db: Database, settings: Settings, talk: Talk, actor: str, now: int) -> int | None:
    """Log a contact or an attempt; the instant of the next appointment, if one was made."""
    with db.writing() as connection:
        return write_talk(connection, settings, talk, actor, now)


def write_talk(connection: Connection, settings: Settings, talk: Talk, actor: str, now: int) -> int | None:
    """The same in the caller's transaction."""
    words = settings.vocabularies
    known_word("outcome", talk.outcome, (*words.effective_outcomes, *words.attempt_outcomes))
    if talk.purpose is not None:
        known_word("purpose", talk.purpose, words.purposes)
    if talk.at > now:
        raise UsageError("what is logged has happened; --at lies in the future (an appointment is --next)")
    known_lead(connection, talk.lead)
    log_interaction(connection, _interaction(talk, settings, actor if is_rep(connection, actor) else None), now)
    if talk.appointment is None:
        return None
    stamp = Stamp(now, actor, BY_HAND)
    return write_appointment(connection, settings, talk.lead, talk.appointment, talk.note, stamp)


def _interaction(talk: Talk, settings: Settings, rep: str | None) -> Interaction:
    return Interaction(
        id=uuid.uuid4().hex, lead=talk.lead, at=talk.at, outcome=talk.outcome,
        effective=talk.outcome in settings.vocabularies.effective_outcomes, rep=rep,
        channel=_text(talk.channel, "--channel"),
        purpose=talk.purpose, benefit=_text(talk.benefit, "--benefit"), note=_text(talk.note, "--note"),
        score=talk.score, next_step=_text(talk.next_step, "--next-step"),
    )  # fmt: skip


def _text(text: str | None, option: str) -> str | None:
    try:
        return None if text is None else cells.long_text(text)
    except ValueError as error:
        raise UsageError(f"{option}: {error}") from error


def write_appointment(
    connection: Connection, settings: Settings, lead_id: str, text: str, note: str | None, stamp: Stamp
) -> int:
    """Make one: `2026-03-01 visit` or `2026-03-01T14:00 visit`, by the lead's clock; its instant (seconds UTC)."""
    zone = str(known_lead(connection, lead_id)["timezone"])
    when, _, purpose = text.strip().partition(" ")
    purpose = known_word("purpose", purpose.strip(), settings.vocabularies.purposes)
    starts_at = _moment(when, zone)
    if starts_at <= stamp.now:
        raise UsageError(f'--next "{text}" lies in the past; an appointment is still to come')
    values = {"starts_at": starts_at, "product": purpose, "note": _text(note, "--note")}
    write_records(connection, [RecordEntry(uuid.uuid4().hex, lead_id, "appointment", values)], settings, stamp)
    return starts_at


def _moment(text: str, zone: str) -> int:
    try:
        if len(text) == 10:
            return instant(datetime.fromisoformat(text).date(), MORNING, zone)
        return cells.moment(text, zone)
    except ValueError as error:
        forms = '"2026-03-01 visit" or "2026-03-01T14:00 visit"'
        raise UsageError(f'--next: "{text}" is no date; write {forms}') from error


def set_lead(
    db: Database, settings: Settings, gates: Gates, lead_id: str, cells_by_name: Mapping[str, str], actor: str, now: int
) -> bool:
    """Set fields of a lead, named and written as import columns are; "" clears. False: nothing changed.

    Refused: a gate objects; that is recorded, and nothing is changed.
    """
    stamp = Stamp(now, actor, BY_HAND)
    with gated(db, actor, stamp) as connection:
        return write_fields(connection, settings, gates, lead_id, cells_by_name, stamp)


def write_fields(
    connection: Connection, settings: Settings, gates: Gates, lead_id: str, cells_by_name: Mapping[str, str],
    stamp: Stamp,
) -> bool:  # fmt: skip
    """The same in the caller's transaction."""
    terms = terms_of(settings)
    for name in cells_by_name:
        known_word("field", name, [column for column in lead_columns(terms) if column != "id"])
    who = actor_named(connection, stamp.actor)
    lead = known_lead(connection, lead_id)
    row = {"id": lead_id, "name": str(lead["name"]), "timezone": str(lead["timezone"]), **cells_by_name}
    try:
        entry = lead_entry(row, terms)
    except BadRow as error:
        raise UsageError(str(error)) from error
    if owner := entry.values.get("owner"):
        known_rep(connection, str(owner))
    refusals = pass_gates(connection, gates, asked_by_entries(connection, [entry]), who, stamp)
    if refusals:
        raise Refused(refusals[lead_id])
    return write_leads(connection, [entry], {}, settings, stamp).changed > 0
