"""What may change about a lead, and who asks for it: what gates are asked about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class ChangeKind(StrEnum):
    """The kinds of change that gates stand before."""

    SET = "set"
    ASSIGN = "assign"
    EVENT_END = "event_end"


@dataclass(frozen=True)
class Change:
    """One change of one lead that somebody asks for, before it is made.

    `values` (set) are the fields that really change, with their new values; attributes are `attrs.NAME`.
    `assignee` (assign) is the id of the rep who gets the lead, None where it is the pool. `event` (event_end)
    is the circumstance that ends: id, kind, severity, age (the instant it began) and `attrs.NAME`.
    """

    lead: str
    kind: ChangeKind
    values: Mapping[str, object] = field(default_factory=dict)
    assignee: str | None = None
    event: Mapping[str, object] = field(default_factory=dict)

    def as_json(self) -> dict[str, object]:
        """The change as it is kept: ids and the values asked for."""
        match self.kind:
            case ChangeKind.SET:
                return {"set": dict(self.values)}
            case ChangeKind.ASSIGN:
                return {"assign": self.assignee or POOL}
            case _:
                return {"event_end": self.event.get("id")}


class Role(StrEnum):
    """Whose hand a change comes from. `ops` is whoever works at the command line without being a rep."""

    REP = "rep"
    MANAGER = "manager"
    OPS = "ops"
    ADMIN = "admin"
    ENGINE = "engine"
    SOURCE = "source"


@dataclass(frozen=True)
class Actor:
    """Who asks for a change: a rep by his id, or somebody or something else by name."""

    id: str
    role: Role


POOL = "pool"
"""Where leads without an owner wait."""

SUSPENDED = "suspended"
"""The status of a lead who gets no message."""
POOLED, ACTIVE = "pooled", "active"
"""The status of a lead in the pool, and of one who is looked after."""

ENGINE = Actor("engine", Role.ENGINE)
"""Steps of rules (`set`, `assign`)."""
