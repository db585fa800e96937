"""What release adds to the book: a manager's copy of a reminder, and the note that a draft waits for somebody else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.domain.keys import occurrence_key
from engine.domain.words import Action, Audience, Touch
from engine.settings.model import Settings
from engine.stages.compose.notes import SIGN, note_row
from engine.stages.compose.receivers import usual_ways
from engine.stages.release.before import Waiting
from engine.stages.release.signatures import Roles


def manager_copy(waiting: Waiting, settings: Settings, roles: Roles, now: int) -> Mapping[str, Any] | None:
    """The same reminder for the manager of the lead's owner, let go with it; None where there is none.

    It has a key of its own, that of this step for this receiver: he gets it once, also if the step is for him too.
    """
    row = waiting.row
    boss, absent = roles.copied(waiting.lead, max(row.due_at, now))
    if row.audience == Audience.LEAD or not boss:
        return None
    step = list(waiting.step.via) if waiting.step else []
    return {
        "occurrence_key": occurrence_key(row.rule, row.lead, row.anchor, row.step, boss), "rule": row.rule,
        "lead": row.lead, "anchor": row.anchor, "step": row.step, "receiver": boss, "absent": absent,
        "shard": row.shard, "revision": row.revision, "generation": row.generation, "action": Action.REMIND,
        "audience": Audience.MANAGER, "category": row.category, "priority": row.priority,
        "nominal_at": row.nominal_at, "due_at": row.due_at, "day_on": row.day_on, "expires_at": row.expires_at,
        "state": Touch.RELEASED, "released_at": now, "via": step or usual_ways(roles.reps.get(boss), settings),
        "via_index": 0, "gathered": waiting.gathers,
    }  # fmt: skip


def sign_note(waiting: Waiting, signer: str, via: Sequence[str], now: int) -> Mapping[str, Any]:
    """The note to who must sign now, because the first signer let the deadline pass."""
    return note_row(waiting.row, signer, via, now, SIGN)
