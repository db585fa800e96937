"""Who is asking, and what he may see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from engine.store.database import Connection
from engine.store.lookups.colleagues import Colleague, colleague, managed_by, stood_in_for, teams_of

Role = Literal["", "rep", "manager", "ops", "admin", "api", "monitor"]

PEOPLE: tuple[Role, ...] = ("rep", "manager", "ops", "admin")
REPS: tuple[Role, ...] = ("rep", "manager")
DESK: tuple[Role, ...] = ("ops", "admin")
PROGRAMS: tuple[Role, ...] = ("api", "monitor")
"""They come with their token each time, and open no session."""


@dataclass(frozen=True)
class Sight:
    """The owners whose leads a visitor may see, and of them those whose confidential ones too.

    `passed_on`: owners whose leads are another manager's business, and his while he stands in for that one; their
    pages open to him, his lists do not hold them.
    """

    owners: frozenset[str] = frozenset()
    confidants: frozenset[str] = frozenset()
    passed_on: frozenset[str] = frozenset()
    everybody: bool = False

    def sees(self, owner: str | None, *, confidential: bool) -> bool:
        """Whether a lead of that owner is his business."""
        if confidential:
            return owner in self.confidants
        return self.everybody or owner in self.owners or owner in self.passed_on


@dataclass(frozen=True)
class Visitor:
    """Somebody with a session, or NOBODY. `name` is what the audit says; `rep` an id, "" for ops and admin."""

    role: Role
    rep: str
    name: str

    def may_see(self, connection: Connection, owner: str | None, *, confidential: bool) -> bool:
        """Whether he may see a lead of that owner; for many leads, `sight` asks the database once."""
        return self.sight(connection).sees(owner, confidential=confidential)

    def sight(self, connection: Connection) -> Sight:
        """Whose leads he may see: his own, his team's, those of whom he stands in for, and of that one's team.

        Ops and admin see everybody's. A confidential lead is seen by its owner and his manager only.
        """
        if self.role in ("ops", "admin"):
            return Sight(everybody=True)
        if not self.rep:
            return Sight()
        team = managed_by(connection, self.rep) if self.role == "manager" else frozenset()
        close = team | {self.rep}
        others = stood_in_for(connection, self.rep)
        return Sight(owners=close | others, confidants=close, passed_on=teams_of(connection, others))


NOBODY = Visitor("", "", "")


def rep_visitor(connection: Connection, rep_id: str) -> tuple[Visitor, Colleague] | None:
    """The session of a rep, in his own role. None: there is no such rep, or he has left."""
    found = colleague(connection, rep_id)
    if found is None or found.left:
        return None
    return Visitor("manager" if found.role == "manager" else "rep", rep_id, rep_id), found
