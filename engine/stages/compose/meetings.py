"""The appointment that a message is about, as calendars and invitations need it."""

from __future__ import annotations

from typing import Any

from engine.domain.keys import MEETING, event_uid, meeting_key
from engine.stages.compose.desk import Desk
from engine.stages.compose.notes import is_note
from engine.store.outbox.compose_rows import TouchRow, record_of

ANCHOR = "appointment.starts:"


def appointment_of(touch: TouchRow, desk: Desk) -> dict[str, Any] | None:
    """A delivery's column: which event, when, and how often its customer's file has changed; None: it is about none.

    The uid is that of the rep's calendar feed, so that no calendar shows the appointment twice.
    """
    if touch.occurs_at is None or touch.gathered or is_note(touch.occurrence_key):
        return None
    if not touch.anchor.startswith(ANCHOR):
        return None
    step = desk.steps.get(touch.id)
    uid = event_uid(meeting_key(record_of(touch.anchor)), desk.settings.company.domain)
    changes = desk.material.leads[touch.lead].judge_version
    return {
        "uid": uid, "starts_at": touch.occurs_at, "minutes": MEETING, "sequence": changes,
        "invite": step is not None and step.invite,
    }  # fmt: skip
