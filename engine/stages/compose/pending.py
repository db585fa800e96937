"""What notes about drafts tell: how many wait, until when, and where they are signed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.domain.civil import local
from engine.domain.keys import told_behind
from engine.stages.compose.links import Links
from engine.stages.compose.notes import DEADLINE, NOTHING, OF_DRAFTS, Pending, told_of
from engine.stages.compose.receivers import Receiver
from engine.store.outbox import to_sign
from engine.store.outbox.compose_rows import TouchRow
from engine.store.outbox.to_sign import Noted


def noted_by(connection: Any, touches: Sequence[TouchRow]) -> dict[int, Noted]:
    """The drafts that the notes among these touches are about."""
    found: dict[int, Noted] = {}
    for touch in touches:
        about = told_behind(touch.occurrence_key)
        if about == DEADLINE:
            noted = to_sign.noted_of(connection, touch.receiver, touch.due_at)
        else:
            noted = to_sign.noted_one(connection, told_of(touch.occurrence_key)) if about in OF_DRAFTS else None
        if noted is not None:
            found[touch.id] = noted
    return found


def pending(touch: TouchRow, receiver: Receiver, noted: Mapping[int, Noted], links: Links | None) -> Pending:
    """The same for the text of one note; nothing where all of it was signed in the meantime."""
    found = noted.get(touch.id)
    if found is None or found.deadline_at is None:
        return NOTHING
    until = local(found.deadline_at, receiver.timezone).strftime("%Y-%m-%d %H:%M")
    if links is None:
        return Pending(found.drafts, until, "")
    pile = told_behind(touch.occurrence_key) == DEADLINE
    url = links.queue(touch) if pile else links.signing(found.touch, receiver.id, found.deadline_at)
    return Pending(found.drafts, until, url)
