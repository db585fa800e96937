"""What lies beside a draft while it is read: the customer's portrait, and what he and others got before."""

from __future__ import annotations

from dataclasses import dataclass

from engine.domain.quotes import shortened
from engine.stages.compose.distinct import Alike, Wish, compare
from engine.stages.compose.likeness import likeness
from engine.stages.compose.shelf import Shelf
from engine.store.database import Connection
from engine.store.lookups import customers
from engine.store.outbox import compose_rows, to_sign
from engine.store.outbox.to_sign import Near, Paper

MOST_SHOWN = 3
"""Of the other customers' texts, those most like this one."""
TALKS_LOOKED_BACK = 10
LONGEST_NOTE = 300


@dataclass(frozen=True)
class Portrait:
    """Who the draft is for, in a few words; "" for what is not known. `talked_at` is seconds UTC."""

    name: str
    salutation: str
    company: str
    tier: str
    temperament: str
    stage: str
    hope: str
    talked_at: int | None
    talk: str


@dataclass(frozen=True)
class Beside:
    """A text that was said at the same step, and how like the draft it is (0 to 1)."""

    near: Near
    likeness: float


def portrait(connection: Connection, lead_id: str) -> Portrait:
    """The customer as far as he is on record."""
    lead = customers.lead_by_id(connection, lead_id) or {}
    talks = [one for one in customers.interactions_of(connection, lead_id, TALKS_LOOKED_BACK) if one["effective"]]
    note = next((one["note"] for one in talks if one["note"]), "")
    said = {name: lead.get(name) or "" for name in ("name", "salutation", "company", "tier", "temperament", "stage",
                                                    "hope")}  # fmt: skip
    return Portrait(**said, talked_at=lead.get("last_contact_at"), talk=shortened(note, LONGEST_NOTE))


def last_time(connection: Connection, one: Paper, text: str) -> Beside | None:
    """What the customer himself got the last time at this step, if its words are still kept."""
    found = to_sign.said_before(connection, one)
    return _beside(found, text) if found is not None and found.text else None


def neighbours(connection: Connection, one: Paper, text: str) -> list[Beside]:
    """What the signer's other customers get at this step, the most alike first."""
    found = [_beside(near, text) for near in to_sign.said_nearby(connection, one)]
    return sorted(found, key=lambda beside: -beside.likeness)


def _beside(near: Near, text: str) -> Beside:
    return Beside(near, likeness(near.text, text))


def alike(connection: Connection, shelf: Shelf, one: Paper, text: str) -> Alike | None:
    """What these words are too much like, by the `distinct` of their step; None: nothing, or it asks for nothing."""
    step = shelf.step(connection, one.rule, one.revision, one.step)
    found = compose_rows.touches_by_id(connection, [one.touch]).touches
    if step is None or step.distinct is None or not found:
        return None
    return compare(connection, [Wish(found[0], one.owner, text, step.distinct)])[one.touch].alike
