"""What happened to a lead since an occasion of his began: what `if` and `until` read besides his own fields."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.rulebook.conditions import Condition, fields_of
from engine.rulebook.evaluate import Snapshot
from engine.rulebook.parse_conditions import SINCE_THEN
from engine.store.book import judging
from engine.store.database import Connection

LAST_OUTCOME = "last_outcome"
"""A field of the lead, of which an occasion sees only what was logged in its own time."""
_LOGGED = frozenset({"replied", "outcome"})

Logged = Sequence[tuple[int, str]]
"""(instant, outcome) of what people logged with one lead."""


def paths_of_leads(conditions: Iterable[Condition]) -> frozenset[str]:
    """The lead's own fields among those that these conditions read."""
    return frozenset(path for one in conditions for path in fields_of(one)) - SINCE_THEN.keys()


def reads_occasion(condition: Condition) -> bool:
    """Whether the condition means something else for each occasion of one lead."""
    return any(path in SINCE_THEN or path == LAST_OUTCOME for path in fields_of(condition))


@dataclass(frozen=True)
class SinceThen:
    """What was logged with some leads, as far as their occasions ask. `replies`: the outcomes that are an answer."""

    replies: tuple[str, ...]
    logged: Mapping[str, Logged] = field(default_factory=dict)

    def seen(self, snapshot: Snapshot, lead: Any, counts_from: int, *, with_its_cause: bool) -> Snapshot:
        """The lead as a condition of an occasion that counts from that instant reads him.

        `with_its_cause`: `last_outcome` may be the very talk that the occasion began with. `if` asks what is known
        by now, `until` only what came after.
        """
        outcomes = tuple(word for at, word in self.logged.get(snapshot.lead, ()) if at > counts_from)
        latest = max((at for at in (lead.last_contact_at, lead.last_attempt_at) if at is not None), default=None)
        is_seen = latest is not None and (latest > counts_from or (with_its_cause and latest == counts_from))
        values = {
            "contacted": lead.last_contact_at is not None and lead.last_contact_at > counts_from,
            "replied": any(word in self.replies for word in outcomes),
            "outcome": outcomes or None,
            LAST_OUTCOME: lead.last_outcome if is_seen else None,
        }
        merged = {**snapshot.values, **values}
        return Snapshot(snapshot.lead, snapshot.zone, snapshot.now, merged, snapshot.circumstances)


def asks_what_was_logged(conditions: Iterable[Condition]) -> bool:
    """Whether any of these conditions reads what people logged since the occasion began."""
    return any(path in _LOGGED for one in conditions for path in fields_of(one))


def since_then(connection: Connection, asked: Iterable[tuple[str, int]], replies: tuple[str, ...]) -> SinceThen:
    """Read what was logged with those leads who are `asked` about, since the instants that their occasions count
    from."""
    wanted = list(asked)
    if not wanted:
        return SinceThen(replies)
    first = min(at for _, at in wanted)
    return SinceThen(replies, judging.outcomes_since(connection, sorted({lead for lead, _ in wanted}), first))
