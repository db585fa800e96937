"""Texts that a person signs before they leave."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from engine.settings.model import Settings
from engine.stages.compose.desk import set_out, write
from engine.stages.compose.environment import Unwritable
from engine.stages.compose.receivers import receiver_of
from engine.stages.compose.shelf import Shelf
from engine.stages.compose.templates import Written
from engine.store.database import Database
from engine.store.outbox import compose_rows


@dataclass(frozen=True)
class Drafts:
    """Texts for signing, by touch, and why the others cannot be written."""

    written: dict[int, Written]
    failed: dict[int, str]


def render_touches(db: Database, shelf: Shelf, settings: Settings, touches: Collection[int]) -> Drafts:
    """The texts of these touches as they would be sent now, whatever their state. It only reads."""
    with db.reading() as connection:
        desk = set_out(connection, compose_rows.touches_by_id(connection, touches), shelf, settings)
    drafts = Drafts({}, {})
    for touch in desk.material.touches:
        receiver = receiver_of(touch, desk.material)
        if receiver is None or not desk.knows_lead(touch):
            drafts.failed[touch.id] = "there is no receiver"
            continue
        try:
            drafts.written[touch.id] = write(touch, receiver, desk)
        except Unwritable as error:
            drafts.failed[touch.id] = str(error)
    return drafts


def as_rows(written: Mapping[int, Written]) -> dict[int, tuple[str, str, str]]:
    """Texts as the store takes them: (subject, text, html) by touch."""
    return {touch: (one.subject, one.text, one.html) for touch, one in written.items()}
