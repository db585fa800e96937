"""The facts that the oracle of planning reads: plain and mutable, as a test edits them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date


@dataclass
class Lead:
    """A lead as the oracle knows him."""

    id: str
    zone: str
    owner: str
    tier: str
    grade: str
    registered: int
    birthday: tuple[str, int, int] | None   # (solar or lunar, month, day)
    stage: str = "new"
    last_contact: int | None = None
    last_ref: str | None = None
    owner_since: int | None = None
    since_owner: int = 0
    won: list[tuple[int, int]] = field(default_factory=list)   # (transition id, instant)
    contracts: dict[str, date] = field(default_factory=dict)
    receivables: dict[str, date] = field(default_factory=dict)
    signed: date | None = None
    keys_on: date | None = None
    history: int | None = None         # what fell due before came in as history
    talks: dict[str, tuple[int, str]] = field(default_factory=dict)     # purpose or channel -> (instant, id)
    missed: list[tuple[str, int, int]] = field(default_factory=list)   # (id, instant, when it was logged)
    floods: dict[str, tuple[int, int | None]] = field(default_factory=dict)


@dataclass
class World:
    """All facts."""

    leads: dict[str, Lead] = field(default_factory=dict)
    reps: dict[str, tuple[str, str | None]] = field(default_factory=dict)      # id -> (zone, manager)
    away: dict[str, tuple[str, str, str]] = field(default_factory=dict)        # id -> (first, last day, delegate)
    dirty: set[str] = field(default_factory=set)
