"""What becomes of objections: kept for ever, and said to whoever asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from engine.domain.changes import Actor
from engine.ground.errors import FollowupError
from engine.stages.gates.objections import Objection
from engine.store.database import Connection
from engine.store.facts.gate_events import record_gate_events


class Refused(FollowupError):
    """A gate refuses a change: nothing was changed. The message names each gate with its evidence."""

    def __init__(self, objections: Sequence[Objection]) -> None:
        self.objections = tuple(one for one in objections if one.refuses)
        super().__init__(self.said_in("en"))

    def said_in(self, locale: str) -> str:
        """The message for a reader of that locale, as far as the gates speak his language."""
        return f"refused by {reasons(self.objections, locale)}"


def reasons(objections: Sequence[Objection], locale: str = "en") -> str:
    """The objections as one line, for a reader of that locale."""
    return "; ".join(one.sentence(locale) for one in objections)


def record(
    connection: Connection, objections: Sequence[Objection], actor: Actor, now: int, cause: str | None = None
) -> None:
    """Keep every objection: who asked, when, for what, by which gate, with which evidence.

    A change that one gate refuses and another flags is refused: only the refusals are kept then.
    """
    refused = {one.change.lead for one in objections if one.refuses}
    kept = [one for one in objections if one.refuses or one.change.lead not in refused]
    rows = [
        {"gate": one.gate, "outcome": "refused" if one.refuses else "flagged", "lead": one.change.lead,
         "change": one.change.as_json(), "evidence": asdict(one.failed), "actor": actor.id, "role": actor.role.value,
         "cause": cause, "at": now}
        for one in kept
    ]  # fmt: skip
    record_gate_events(connection, rows)
