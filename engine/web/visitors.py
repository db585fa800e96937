"""Who is asking, and what he may see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from engine.store.database import Connection
from engine.store.lookups.colleagues import Colleague, colleague, managed_by, stood_in_for

Role = Literal["", "rep", "manager", "ops", "admin", "api"]


@dataclass(frozen=True)
class Visitor:
    """Somebody with a session, or NOBODY. `name` is what the audit says; `rep` an id, "" for ops and admin."""

    role: Role
    rep: str
    name: str

    def may_see(self, connection: Connection, owner: str | None, *, confidential: bool) -> bool:
        """Whether he may see a lead of that owner: his own, those he stands in for, his team's; ops and admin all.

        A confidential lead is seen by its owner and his manager only.
        """
        if self.role in ("ops", "admin"):
            return not confidential
        if not self.rep or not owner:
            return False
        return owner == self.rep or owner in self._others(connection, confidential=confidential)

    def owners(self, connection: Connection) -> frozenset[str] | None:
        """The reps whose leads he may see, confidential ones aside; None: everybody's."""
        if self.role in ("ops", "admin"):
            return None
        if not self.rep:
            return frozenset()
        return self._others(connection, confidential=False) | {self.rep}

    def _others(self, connection: Connection, *, confidential: bool) -> frozenset[str]:
        found = managed_by(connection, self.rep) if self.role == "manager" else frozenset()
        return found if confidential else found | stood_in_for(connection, self.rep)


NOBODY = Visitor("", "", "")


def rep_visitor(connection: Connection, rep_id: str) -> tuple[Visitor, Colleague] | None:
    """The session of a rep, in his own role. None: there is no such rep, or he has left."""
    found = colleague(connection, rep_id)
    if found is None or found.left:
        return None
    return Visitor("manager" if found.role == "manager" else "rep", rep_id, rep_id), found
